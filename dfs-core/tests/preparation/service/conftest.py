"""A stage with two runs of the demonstration camera and one of an instrument without a plugin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dfs.accounts.tables import UserRow
from dfs.foundation.errors import UserError
from dfs.foundation.observatory import load_observatory
from dfs.host import Host
from dfs.instruments.service import Packages
from dfs.preparation.model import Item, ItemKind
from dfs.preparation.service import Preparation, items, templates
from dfs.programmes.document import parse
from dfs.programmes.service import import_runs
from dfs.ui.principal import Principal, Role

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

PROGRAMMES = """
[[programme]]
code = "60.A-9253"
title = "Fields"
pi = "pi"
co_investigators = ["coi"]
[[programme.run]]
designation = "A"
instrument = "DEMO"
telescope = "T1"
mode = "SM"
period = 117
allocated_h = 10
constraints = { seeing = 1.2, fli = 0.4, atm = "70%" }
[[programme.run]]
designation = "B"
instrument = "DEMO"
telescope = "T1"
mode = "VM"
period = 117
allocated_h = 20
[[programme.run]]
designation = "C"
instrument = "ELSEWHERE"
telescope = "T1"
mode = "SM"
period = 117
allocated_h = 5
"""


class Hands:
    """The clock of the tests; a minute passes at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        self.now += dt.timedelta(minutes=1)
        return self.now


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage and who is there."""

    room: Preparation
    pi: Principal
    coi: Principal
    stranger: Principal
    support: Principal
    service: int
    visitor: int
    foreign: int
    """Ids of the runs."""

    def root(self, run_id: int) -> int:
        return items.prepared_run(self.room, self.pi, run_id).root_id

    def make(self, kind: str, name: str = "one", into: int | None = None) -> Item:
        place = self.root(self.service) if into is None else into
        return items.create_item(self.room, self.pi, place, ItemKind(kind), name)

    def observable(self, name: str = "one", into: int | None = None) -> Item:
        """Make a block with all that its author must give."""
        made = self.make("OB", name, into)
        target = {"name": "A field", "ra": "12:00:00.000", "dec": "-30:00:00.000"}
        items.save_block(self.room, self.pi, made.id, {"target": target}, made.version)
        templates.add_template(self.room, self.pi, made.id, "DEMO_img_acq")
        science = templates.add_template(self.room, self.pi, made.id, "DEMO_img_obs")
        templates.save_parameters(
            self.room,
            self.pi,
            made.id,
            science.template.id,
            {"DET.WIN1.UIT1": 60},
            science.version,
        )
        return self.see(made.id)

    def see(self, item_id: int) -> Item:
        return items.item(self.room, self.pi, item_id)

    def names(self, container_id: int) -> list[str]:
        return [one.name for one in items.members(self.room, self.pi, container_id)]


@pytest.fixture(scope="session")
def demo_host(plugin_modules: Path) -> Host:
    import dfs_demo.plugin

    return Host.from_modules({"demo": dfs_demo.plugin})


@pytest.fixture(scope="session")
def demo_packages(demo_host: Host) -> Packages:
    return Packages(demo_host)


def furnish(engine: Engine, host: Host, packages: Packages) -> Stage:
    """Put people and runs into an empty database."""
    hands = Hands()
    people = {}
    with Session(engine) as session, session.begin():
        for name, role in (
            ("pi", Role.ASTRONOMER),
            ("coi", Role.ASTRONOMER),
            ("stranger", Role.ASTRONOMER),
            ("support", Role.SUPPORT),
        ):
            row = UserRow(
                username=name,
                login=name,
                name=name.title(),
                email="",
                password_hash="",
                roles=[role],
                active=True,
                created_at=START,
            )
            session.add(row)
            session.flush()
            people[name] = Principal(row.id, name, row.name, frozenset({role}))
    import_runs(engine, hands, parse(PROGRAMMES, where="programmes"))
    room = Preparation(engine, hands, host, packages, load_observatory(None))
    ids = {one.run.code[-2]: one.run.id for one in items.runs(room, people["pi"])}
    return Stage(room, **people, service=ids["A"], visitor=ids["B"], foreign=ids["C"])


@pytest.fixture
def stage(service_database: Engine, demo_host: Host, demo_packages: Packages) -> Stage:
    return furnish(service_database, demo_host, demo_packages)


@pytest.fixture
def older(stage: Stage) -> Stage:
    """The stage as it was when the camera had its first package only."""

    class Old(Packages):
        def versions(self, instrument: str) -> tuple[str, ...]:
            return super().versions(instrument)[:1]

    return replace(stage, room=replace(stage.room, packages=Old(stage.room.host)))


@contextmanager
def _refused(code: str, where: str | None = None) -> Iterator[None]:
    with pytest.raises(UserError) as caught:
        yield
    assert caught.value.code.name == code
    if where is not None:
        assert caught.value.where == where


@pytest.fixture
def refused() -> Callable[..., object]:
    """Expect an error of this code, at this place."""
    return _refused


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    queries: list[str] = []

    def note(*arguments: object) -> None:
        queries.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def counted() -> Callable[..., object]:
    """Note every query that an engine is sent."""
    return _counted


@pytest.fixture(scope="session")
def furnished() -> Callable[[Engine, Host, Packages], Stage]:
    """Give what puts people and runs into an empty database."""
    return furnish
