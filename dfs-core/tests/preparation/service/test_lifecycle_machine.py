"""Blocks and containers live as a small model of them says, whatever is done in which order."""

from __future__ import annotations

import copy
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.preparation.model import STATUSES, ItemKind
from dfs.preparation.service import history, items, lifecycle, readme, templates
from dfs.preparation.service.journal import ITEM, KEPT
from dfs.programmes.document import parse
from dfs.programmes.service import import_runs
from dfs.testkit.databases import sqlite_service

BLOCKS = {"OB", "CB"}
SCHEDULING = {"Group", "TimeLink", "Concatenation"}
HOLDS = {
    "Folder": BLOCKS | SCHEDULING | {"Folder"},
    "Group": BLOCKS | {"Concatenation"},
    "TimeLink": BLOCKS | {"Concatenation"},
    "Concatenation": BLOCKS,
}
EDITABLE = {"P", "-"}
CERTIFIED = {"D", "R", "+"}
RUN = """
[[programme]]
code = "{number}.A-0001"
title = "Machine"
pi = "pi"
[[programme.run]]
designation = "A"
instrument = "DEMO"
telescope = "T1"
mode = "SM"
period = 117
allocated_h = 1000
"""
_number = count(100)


@dataclass
class Thing:
    """What the model knows of an item."""

    kind: str
    parent: int | None
    status: str
    name: str
    contribution: float = 0.0
    members: list[int] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether what it holds may change."""
        return self.kind not in SCHEDULING or self.status in EDITABLE


class Lifecycle(RuleBasedStateMachine):
    """One run, one author, one reviewer."""

    stage = None
    certified: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        stage = self.stage
        self.room, self.pi, self.support = stage.room, stage.pi, stage.support
        document = parse(RUN.format(number=next(_number)), where="machine")
        (code,) = import_runs(self.room.engine, self.room.clock, document)
        (run,) = [one for one in items.runs(self.room, self.pi) if one.run.code == code]
        self.run, self.root = run.run.id, run.root_id
        text = {"strategy": "any"}
        readme.save_readme(self.room, self.pi, self.run, text, 0)
        self.model = {self.root: Thing("Folder", None, "", code)}
        self.before: tuple[int, dict[int, Thing]] | None = None
        self.old_versions: dict[int, set[int]] = {}

    # ── How a step is taken ─────────────────────────────────────────────────

    def attempt(self, act, refusals, change):
        """Do something: it is refused for one of these reasons, or it changes the model."""
        then = copy.deepcopy(self.model)
        try:
            result = act()
        except UserError as error:
            assert error.code.name.removeprefix("preparation.") in refusals, str(error)
            return
        assert not refusals, f"it should have been refused: {refusals}"
        change(result)
        if self.model != then:
            newest = history.run_history(self.room, self.pi, self.run, limit=1)
            self.before = newest[0].id, then

    def pick(self, data, *kinds):
        found = [id_ for id_, one in self.model.items() if not kinds or one.kind in kinds]
        return data.draw(st.sampled_from(found)) if found else self.root

    def around(self, item_id):
        return self.model[self.model[item_id].parent]

    def version(self, item_id, data, what="version"):
        """Give the version of an item, or one that it had before; and whether it is stale."""
        now = getattr(items.item(self.room, self.pi, item_id), what)
        stale = data.draw(st.integers(0, 5)) == 0
        return (now - 1 if stale else now), ({"stale"} if stale else set())

    def below(self, item_id):
        found = [item_id]
        for member in self.model[item_id].members:
            found += self.below(member)
        return found

    # ── What people do ──────────────────────────────────────────────────────

    @rule(data=st.data(), kind=st.sampled_from(sorted(ItemKind)), name=st.sampled_from("abcd"))
    def create(self, data, kind, name):
        into = self.pick(data)
        thing = self.model[into]
        refusals = set()
        if kind not in HOLDS.get(thing.kind, ()):
            refusals.add("nesting")
        if not thing.is_open:
            refusals.add("certified-container")

        def change(made):
            status = "" if kind == "Folder" else "P"
            self.model[made.id] = Thing(str(kind), into, status, name)
            thing.members.append(made.id)

        self.attempt(
            lambda: items.create_item(self.room, self.pi, into, kind, name), refusals, change
        )

    @rule(data=st.data(), kind=st.sampled_from(("", "Group", "Concatenation")))
    def create_what_can_be_certified(self, data, kind):
        into = self.pick(data, *HOLDS)
        if kind not in HOLDS[self.model[into].kind] | {""} or not self.model[into].is_open:
            return
        if kind:
            around = items.create_item(self.room, self.pi, into, ItemKind(kind), "together")
            self.model[around.id] = Thing(kind, into, "P", "together")
            self.model[into].members.append(around.id)
            into = around.id
        made = items.create_item(self.room, self.pi, into, ItemKind.CB, "flat")
        self.model[made.id] = Thing("CB", into, "P", "flat")
        self.model[into].members.append(made.id)
        templates.add_template(self.room, self.pi, made.id, "DEMO_img_cal_dark")
        if self.model[into].kind == "Group":
            said = {"contribution": 7.0}
            version = made.membership_version
            items.save_membership(self.room, self.pi, made.id, said, version)
            self.model[made.id].contribution = 7.0
        self.before = None

    @rule(data=st.data(), name=st.sampled_from("wxyz"))
    def rename(self, data, name):
        item_id = self.pick(data)
        thing = self.model[item_id]
        version, refusals = self.version(item_id, data)
        if thing.status not in EDITABLE | {""}:
            refusals.add("status")
        if item_id == self.root:
            refusals.add("root")
        save = items.save_block if thing.kind in BLOCKS else items.save_container

        def change(_):
            thing.name = name

        self.attempt(
            lambda: save(self.room, self.pi, item_id, {"name": name}, version), refusals, change
        )

    @rule(data=st.data(), contribution=st.sampled_from((0.0, 1.0, 40.0)))
    def contribute(self, data, contribution):
        item_id = self.pick(data)
        if item_id == self.root:
            return
        around = self.around(item_id)
        version, refusals = self.version(item_id, data, "membership_version")
        if not around.is_open:
            refusals.add("certified-container")
        if contribution and around.kind != "Group":
            refusals.add("value")

        def change(_):
            self.model[item_id].contribution = contribution

        said = {"contribution": contribution}
        self.attempt(
            lambda: items.save_membership(self.room, self.pi, item_id, said, version),
            refusals,
            change,
        )

    @rule(data=st.data())
    def delete(self, data):
        item_id = self.pick(data)
        thing = self.model[item_id]
        version, refusals = self.version(item_id, data)
        if item_id == self.root:
            refusals.add("root")
        elif not self.around(item_id).is_open:
            refusals.add("certified-container")
        if thing.members:
            refusals.add("not-empty")
        if thing.status not in EDITABLE | {"D", ""}:
            refusals.add("status")

        def change(_):
            self.around(item_id).members.remove(item_id)
            del self.model[item_id]

        self.attempt(
            lambda: items.delete_item(self.room, self.pi, item_id, version), refusals, change
        )

    @rule(data=st.data(), place=st.one_of(st.none(), st.integers(0, 3)))
    def move(self, data, place):
        item_id, into = self.pick(data), self.pick(data)
        thing, target = self.model[item_id], self.model[into]
        refusals = set()
        if item_id == self.root:
            refusals.add("root")
        elif not self.around(item_id).is_open:
            refusals.add("certified-container")
        if thing.kind not in HOLDS.get(target.kind, ()) or into in self.below(item_id):
            refusals.add("nesting")
        if not target.is_open:
            refusals.add("certified-container")

        def change(_):
            is_same = thing.parent == into
            self.around(item_id).members.remove(item_id)
            target.members.insert(len(target.members) if place is None else place, item_id)
            thing.parent = into
            if not is_same:
                thing.contribution = 0.0

        self.attempt(
            lambda: items.move_item(self.room, self.pi, item_id, into, place), refusals, change
        )

    @rule(data=st.data())
    def reorder(self, data):
        item_id = self.pick(data, *HOLDS)
        thing = self.model[item_id]
        order = data.draw(st.permutations(thing.members))
        version, refusals = self.version(item_id, data, "items_version")
        if not thing.is_open:
            refusals.add("certified-container")

        def change(_):
            thing.members = list(order)

        self.attempt(
            lambda: items.reorder(self.room, self.pi, item_id, order, version), refusals, change
        )

    @rule(data=st.data())
    def copy(self, data):
        item_id, into = self.pick(data), self.pick(data)
        if len(self.model) > 40:
            return
        refusals = set()
        if item_id == self.root:
            refusals.add("root")
        if self.model[item_id].kind not in HOLDS.get(self.model[into].kind, ()):
            refusals.add("nesting")
        if not self.model[into].is_open:
            refusals.add("certified-container")

        def change(made):
            tree = items.tree(self.room, self.pi, self.run)
            new = [made.id, *(one.id for one in containers_below(tree, made.id))]
            ids = dict(zip(self.below(item_id), new, strict=True))
            for old, fresh in ids.items():
                thing = copy.deepcopy(self.model[old])
                thing.status = "P" if thing.status else ""
                thing.members = [ids[one] for one in thing.members]
                thing.parent = ids.get(thing.parent, into)
                self.model[fresh] = thing
            self.model[made.id].parent = into
            self.model[made.id].contribution = 0.0
            self.model[into].members.append(made.id)

        self.attempt(
            lambda: items.duplicate_item(self.room, self.pi, item_id, into), refusals, change
        )

    @rule(data=st.data())
    def certify(self, data):
        ready = [
            id_
            for id_, one in self.model.items()
            if one.status in EDITABLE
            and (one.kind == "CB" or one.members)
            and all(self.model[member].status in CERTIFIED for member in one.members)
        ]
        containers = [id_ for id_ in ready if self.model[id_].members]
        hopeful = data.draw(st.booleans())
        item_id = (
            data.draw(st.sampled_from(containers or ready))
            if ready and hopeful
            else self.pick(data, "CB", *SCHEDULING)
        )
        thing = self.model[item_id]
        refusals = {"status"} if thing.status not in EDITABLE else set()

        def change(found):
            inside = [self.model[one] for one in self.below(item_id)[1:]]
            if found.observable:
                self.certified.add(thing.kind)
                assert thing.kind in BLOCKS or inside
                assert all(one.status in CERTIFIED for one in inside)
                thing.status = "D"
            assert found.status == thing.status

        self.attempt(
            lambda: lifecycle.verify(self.room, self.pi, item_id, submit=True), refusals, change
        )

    @rule(data=st.data())
    def revise(self, data):
        item_id = self.pick(data)
        thing = self.model[item_id]
        refusals = set()
        if thing.status != "D":
            refusals.add("status")
        if item_id != self.root and not self.around(item_id).is_open:
            refusals.add("certified-container")
        if thing.kind in SCHEDULING and any(
            self.model[one].status in {"R", "+"} for one in self.below(item_id)
        ):
            refusals.add("status")

        def change(_):
            thing.status = "P"

        self.attempt(lambda: lifecycle.revise(self.room, self.pi, item_id), refusals, change)

    @rule()
    def submit(self):
        ready = [
            id_
            for id_, one in self.model.items()
            if one.kind in BLOCKS and one.status == "D" and self._is_handed_in(id_)
        ]

        def change(result):
            assert {one.id for one in result.submitted} == set(ready)
            for one in ready:
                self.model[one].status = "R"

        self.attempt(
            lambda: lifecycle.submit_run(self.room, self.pi, self.run),
            set() if ready else {"nothing-to-submit"},
            change,
        )

    def _is_handed_in(self, item_id):
        one = self.model[item_id]
        while one.parent is not None:
            one = self.model[one.parent]
            if one.kind in SCHEDULING and one.status not in CERTIFIED:
                return False
        return True

    @rule(data=st.data(), accept=st.booleans())
    def review(self, data, accept):
        item_id = self.pick(data)
        waiting = [one for one in self.below(item_id) if self.model[one].status == "R"]

        def change(_):
            for one in waiting:
                self.model[one].status = "+" if accept else "-"
                parent = self.model[one].parent
                while not accept and parent is not None:
                    around = self.model[parent]
                    if around.kind in SCHEDULING and around.status in CERTIFIED:
                        around.status = "-"
                    parent = around.parent

        self.attempt(
            lambda: lifecycle.review(self.room, self.support, item_id, accept=accept),
            set() if waiting else {"status"},
            change,
        )

    @precondition(lambda self: self.before is not None)
    @rule()
    def undo(self):
        change_id, then = self.before
        self.before = None
        try:
            history.undo(self.room, self.pi, change_id)
        except UserError as error:
            assert error.code.name in {
                "preparation.undo",
                "preparation.status",
                "preparation.certified-container",
            }
        else:
            self.model = then

    # ── What always holds ───────────────────────────────────────────────────

    @invariant()
    def it_is_as_the_model_says(self):
        tree = items.tree(self.room, self.pi, self.run)
        assert {
            one.id: (one.kind, one.parent_id, one.status, one.name, one.membership.contribution)
            for one in tree
        } == {
            id_: (one.kind, one.parent, one.status, one.name, one.contribution)
            for id_, one in self.model.items()
        }
        members: dict[int, list[int]] = {}
        for one in tree:
            members.setdefault(one.parent_id, []).append(one.id)
        assert {id_: one.members for id_, one in self.model.items() if one.members} == {
            id_: found for id_, found in members.items() if id_ is not None
        }

    @invariant()
    def no_rule_of_containers_is_broken(self):
        for one in items.tree(self.room, self.pi, self.run):
            assert one.status in STATUSES or (one.kind, one.status) == ("Folder", "")
            if one.parent_id is None:
                continue
            around = self.model[one.parent_id]
            assert one.kind in HOLDS[around.kind]
            if not around.is_open:
                assert one.status in CERTIFIED
            follows = around.kind == "TimeLink" and around.members[0] != one.id
            assert (one.membership.earliest_after_previous is not None) is follows

    def teardown(self):
        """The history is complete: replaying it makes what is there."""
        with Session(self.room.engine) as session:
            run = history.run_history(self.room, self.pi, self.run, limit=10_000)
            changes = [history.load_change(session, self.pi, one.id) for one in reversed(run)]
            replayed = history.replay(changes)
            for kept in KEPT.values():
                table = kept.table
                query = select(table)
                if "run_id" in table.c:
                    query = query.where(table.c.run_id == self.run)
                else:
                    mine = select(ITEM.table.c.id).where(ITEM.table.c.run_id == self.run)
                    query = query.where(table.c.item_id.in_(mine))
                stored = {
                    row.id: {name: row._mapping[name] for name in kept.columns}
                    for row in session.execute(query)
                    if row.id != self.root or kept is not ITEM
                }
                assert stored == {
                    id_: values for (what, id_), values in replayed.items() if what == kept.what
                }


def containers_below(tree, item_id):
    from dfs.preparation.logic.containers import inside

    return inside(tree, item_id)


def _no_sync(connection, _record):
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="module")
def machine(demo_host, demo_packages, furnished):
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        engine = stack.enter_context(sqlite_service(Path(folder) / "machine.sqlite"))
        engine.dispose()
        event.listen(engine, "connect", _no_sync)
        Lifecycle.stage = furnished(engine, demo_host, demo_packages)
        yield Lifecycle
        Lifecycle.stage = None


def test_whatever_is_done_in_which_order(machine):
    machine.TestCase.settings = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase("runTest").runTest()
    # Otherwise the machine would prove little.
    assert machine.certified == {"CB", "Group", "Concatenation"}
