"""Blocks and containers on their way to the night: verified, certified, submitted, reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.foundation.database import writing
from dfs.foundation.errors import UserError
from dfs.plugin import Finding
from dfs.preparation.errors import NOT_SUBMITTABLE, NOTHING_TO_SUBMIT, STATUS
from dfs.preparation.logic.containers import depth_first, inside
from dfs.preparation.logic.lifecycle import transition
from dfs.preparation.model import (
    CERTIFIED,
    NEW,
    STATUSES,
    Action,
    Item,
    ItemKind,
    Submission,
    Verification,
)
from dfs.preparation.service.arranging import require_open
from dfs.preparation.service.changes import changing, changing_run
from dfs.preparation.service.context import (
    Preparation,
    absent,
    read_run,
    require_writable,
    run_of_item,
)
from dfs.preparation.service.facts import surroundings
from dfs.preparation.service.journal import ITEM, Journal, Record
from dfs.preparation.service.migrating import migrate
from dfs.preparation.service.readme import write_readme
from dfs.preparation.service.store import load_blocks, load_items, nest
from dfs.preparation.service.verifying import find, find_together, remember
from dfs.preparation.service.waivers import grant_waiver, revoke_waiver, waivers
from dfs.preparation.tables import ItemRow, TemplateRow
from dfs.preparation.verification import blocks_observation, rules
from dfs.preparation.verification import verify_run as verify_as_whole
from dfs.programmes.model import Right, Run
from dfs.programmes.service import lock_run

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

__all__ = [
    "Verification",
    "completely_filled_in",
    "grant_waiver",
    "migrate",
    "review",
    "revise",
    "revoke_waiver",
    "submit_run",
    "verify",
    "verify_run",
    "waivers",
]

# ── Verified ────────────────────────────────────────────────────────────────


def verify(
    room: Preparation, who: Principal, item_id: int, *, submit: bool = False
) -> Verification:
    """Verify a block, or a container with all in it; certify it if wanted and possible.

    Parameters
    ----------
    submit : certify it if nothing forbids to observe it.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status`` (it is certified already), ``.read-only``,
        ``run.forbidden``.
    """
    if submit:
        return _certify(room, who, item_id)
    with Session(room.engine) as session:
        run = run_of_item(session, who, item_id)
        require_writable(room, run)
        verification, notes = _verify(room, session, run, item_id)
    _remember(room, run, notes)
    return verification


def verify_run(
    room: Preparation, who: Principal, run_id: int
) -> tuple[list[Finding], dict[int, tuple[Finding, ...]]]:
    """Verify a run: as a whole, and each of its blocks.

    Returns
    -------
    tuple
        Findings on the run, and those on its blocks by id.

    Raises
    ------
    UserError
        ``run.absent``, ``preparation.read-only``.
    """
    with Session(room.engine) as session:
        run = read_run(session, who, run_id)
        require_writable(room, run)
        around = surroundings(room, session, run, room.clock())
        found, notes = find(room, session, around, list(around.facts.times_s))
    _remember(room, run, notes)
    return verify_as_whole(around.facts), found


def _remember(room: Preparation, run: Run, notes: list[dict[str, object]]) -> None:
    if notes:
        with writing(room.engine) as session:
            lock_run(session, run.id)
            remember(session, notes)


def _verify(
    room: Preparation, session: Session, run: Run, item_id: int, *, submitting: bool = False
) -> tuple[Verification, list[dict[str, object]]]:
    around = surroundings(room, session, run, room.clock(), submitting=submitting)
    (item,) = load_items(session, ItemRow.id == item_id) or (None,)
    if item is None:
        raise absent(item_id)
    if item.is_block:
        found, notes = find(room, session, around, [item_id])
        return Verification(item_id, found[item_id], item.status), notes
    tree = list(depth_first(load_items(session, ItemRow.run_id == run.id)))
    below = inside(tree, item_id)
    ids = [one.id for one in below if one.is_block]
    found, notes = find(room, session, around, ids)
    blocks = load_blocks(session, run, ItemRow.id.in_(ids))
    findings = find_together(room, nest(item, below, blocks), around, found)
    if submitting:
        findings += tuple(
            rules.MEMBERS.finding(f"{one.name} is not certified yet.")
            for one in below
            if one.kind.is_scheduling and one.status not in CERTIFIED
        )
    return Verification(item_id, findings, item.status), notes


def _certify(room: Preparation, who: Principal, item_id: int) -> Verification:
    with changing(room, who, item_id, "certify") as journal:
        row = journal.item(item_id)
        way = transition(Action.CERTIFY, ItemKind(row["kind"]), row["status"], journal.run.mode)
        verification, notes = _verify(room, journal.session, journal.run, item_id, submitting=True)
        remember(journal.session, notes)
        if verification.observable:
            _move(journal, row, way.after)
            journal.summary = f"certify {row['name']!r}"
            return Verification(item_id, verification.findings, way.after)
    return verification


def _move(journal: Journal, row: Record, status: str) -> None:
    journal.update(ITEM, row, {"status": status}, "version")


def completely_filled_in(room: Preparation, who: Principal, item_id: int) -> bool:
    """Tell whether a block has templates, and every parameter of them a value.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        (item,) = load_items(session, ItemRow.id == item_id)
        if not item.is_block:
            raise absent(item_id)
        query = select(TemplateRow.parameters).where(TemplateRow.item_id == item_id)
        filled = [None not in parameters.values() for parameters in session.scalars(query)]
    return bool(filled) and all(filled)


# ── Revised ─────────────────────────────────────────────────────────────────


def revise(room: Preparation, who: Principal, item_id: int) -> Item:
    """Open a certified block or container for changes.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.certified-container``, ``.read-only``,
        ``run.forbidden``.
    """
    with changing(room, who, item_id, "revise") as journal:
        row = journal.item(item_id)
        kind = ItemKind(row["kind"])
        way = transition(Action.REVISE, kind, row["status"], journal.run.mode)
        if row["parent_id"] is not None:
            require_open(journal.item(row["parent_id"]))
        for one in _blocks_below(journal, row):
            if one["status"] not in {NEW, "-", "D"} and not kind.is_block:
                meaning = STATUSES[one["status"]].meaning
                raise UserError(
                    STATUS, f"{one['name']!r} in it is {one['status']} ({meaning})", where="status"
                )
        _move(journal, row, way.after)
        journal.summary = f"revise {row['name']!r}"
    return _seen(room, item_id)


def _blocks_below(journal: Journal, row: Record) -> list[Record]:
    """Give the block itself, or the blocks of a container at any depth."""
    level, found = [row], []
    while level:
        found += [one for one in level if ItemKind(one["kind"]).is_block]
        around = [one["id"] for one in level if not ItemKind(one["kind"]).is_block]
        level = journal.rows(ITEM, ITEM.table.c.parent_id.in_(around)) if around else []
    return found


# ── Submitted and reviewed ──────────────────────────────────────────────────


def submit_run(room: Preparation, who: Principal, run_id: int) -> Submission:
    """Hand a run in for review: its certified blocks and its README are locked.

    Blocks in a group, time link or concatenation that is not certified stay behind.

    Raises
    ------
    UserError
        ``run.absent``, ``run.forbidden``, ``preparation.nothing-to-submit``,
        ``.not-submittable``, ``.read-only``.
    """
    with changing_run(room, who, run_id, "submit the run") as journal:
        run = journal.run
        rows = {row["id"]: row for row in journal.rows(ITEM)}
        ready = [row for row in rows.values() if _is_ready(row, rows)] if run.is_service else []
        if not ready:
            raise UserError(NOTHING_TO_SUBMIT, f"no block of {run.code} is certified")
        facts = surroundings(room, journal.session, run, journal.now).facts
        for finding in verify_as_whole(facts):
            if blocks_observation([finding]):
                raise UserError(NOT_SUBMITTABLE, finding.message, where=finding.path)
        after = transition(Action.SUBMIT, ItemKind.OB, "D", run.mode).after
        journal.update_many(ITEM, [(row, {"status": after}) for row in ready], "version")
        write_readme(journal, {"locked": True})
        journal.summary = f"submit {len(ready)} blocks"
    with Session(room.engine) as session:
        ids = [row["id"] for row in ready]
        return Submission(tuple(load_items(session, ItemRow.id.in_(ids))))


def _is_ready(row: Record, rows: dict[int, Record]) -> bool:
    if not ItemKind(row["kind"]).is_block or row["status"] != "D":
        return False
    around = rows[row["parent_id"]]
    while around["parent_id"] is not None:
        if ItemKind(around["kind"]).is_scheduling and around["status"] not in CERTIFIED:
            return False
        around = rows[around["parent_id"]]
    return True


def review(
    room: Preparation, who: Principal, item_id: int, *, accept: bool, remark: str = ""
) -> list[Item]:
    """Accept or reject a block that was submitted, or all such blocks of a container.

    What is rejected can be corrected, with the README and the containers around.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.read-only``, ``run.forbidden``.
    """
    action = Action.ACCEPT if accept else Action.REJECT
    with changing(room, who, item_id, action.value, Right.REVIEW) as journal:
        row = journal.item(item_id)
        mode = journal.run.mode
        blocks = _blocks_below(journal, row)
        if not ItemKind(row["kind"]).is_block:
            blocks = [one for one in blocks if one["status"] == "R"]
        for one in blocks:
            _move(
                journal, one, transition(action, ItemKind(one["kind"]), one["status"], mode).after
            )
        if not blocks:
            raise UserError(STATUS, "nothing in it is under review", where=f"{item_id}")
        if not accept:
            _open_around(journal, blocks)
            write_readme(journal, {"locked": False})
        journal.summary = f"{action} {row['name']!r}" + (f": {remark}" if remark else "")
    with Session(room.engine) as session:
        return load_items(session, ItemRow.id.in_([one["id"] for one in blocks]))


def _open_around(journal: Journal, blocks: list[Record]) -> None:
    """Let the certified containers around rejected blocks be corrected as well."""
    parents = {one["parent_id"] for one in blocks}
    while parents:
        around = journal.rows(ITEM, ITEM.table.c.id.in_(parents))
        for one in around:
            if ItemKind(one["kind"]).is_scheduling and one["status"] in CERTIFIED:
                _move(journal, one, "-")
        parents = {one["parent_id"] for one in around} - {None}


def _seen(room: Preparation, item_id: int) -> Item:
    with Session(room.engine) as session:
        found = load_items(session, ItemRow.id == item_id)
    if not found:
        raise absent(item_id)
    return found[0]
