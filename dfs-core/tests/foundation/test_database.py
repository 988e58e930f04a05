"""The database: one schema, made by its migrations; damage and newer versions are told."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

import dfs
from dfs.foundation import outbox
from dfs.foundation.clock import datetime_from_mjd, isot, mjd_from_datetime
from dfs.foundation.database import (
    open_workspace_database,
    revision_status,
    upgrade,
    writing,
)
from dfs.foundation.database.engine import _config, known_revisions
from dfs.foundation.errors import StorageError
from dfs.testkit.faults import full_disk

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def load_tables() -> None:
    importlib.import_module("dfs.foundation.jobs")
    for module in pkgutil.walk_packages(dfs.__path__, "dfs."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


def test_what_is_read_while_writing_is_still_so_when_it_is_written(database: sa.Engine) -> None:
    table = sa.Table("counted", sa.MetaData(), sa.Column("number", sa.Integer))
    table.create(database)

    def count() -> None:
        for _ in range(20):
            with writing(database) as session:
                number = session.scalar(sa.select(sa.func.count()).select_from(table))
                session.execute(sa.insert(table).values(number=number))

    with ThreadPoolExecutor(4) as threads:
        for counting in [threads.submit(count) for _ in range(4)]:
            counting.result()
    with database.connect() as connection:
        assert sorted(connection.scalars(sa.select(table.c.number))) == list(range(80))


def test_the_migrations_make_the_tables_that_the_rooms_declare(database: sa.Engine) -> None:
    load_tables()
    command.check(_config(database))


def test_the_names_of_the_migrations_tell_their_revisions(database: sa.Engine) -> None:
    scripts = ScriptDirectory.from_config(_config(database))
    assert known_revisions() == {script.revision for script in scripts.walk_revisions()}
    assert max(known_revisions()) == scripts.get_current_head()


def test_a_workspace_makes_and_keeps_its_database(tmp_path: Path) -> None:
    path = tmp_path / "dfs.sqlite"
    first = open_workspace_database(path)
    assert revision_status(first).is_current
    with Session(first) as session:
        outbox.post(session, "topic", {"n": 1}, NOON)
        session.commit()
    first.dispose()
    again = open_workspace_database(path)
    with Session(again) as session:
        row = session.scalars(sa.select(outbox.OutboxRow)).one()
        assert row.created_at == NOON
    assert upgrade(again).is_current
    again.dispose()


@pytest.mark.parametrize("size_kb", [20, 60, 100])
def test_a_database_that_could_not_be_made_is_made_the_next_time(
    tmp_path: Path, size_kb: int
) -> None:
    path = tmp_path / "dfs.sqlite"
    with full_disk(size_kb << 10), pytest.raises(StorageError):
        open_workspace_database(path)
    again = open_workspace_database(path)
    assert revision_status(again).is_current
    again.dispose()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dfs.sqlite"
    engine = open_workspace_database(path)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'z999'"))
    engine.dispose()
    with pytest.raises(StorageError) as caught:
        open_workspace_database(path)
    assert caught.value.code.name == "storage.database-newer"
    assert "z999" in str(caught.value)


def test_a_damaged_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "dfs.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError) as caught:
        open_workspace_database(path)
    assert caught.value.code.name == "storage.database"
    assert caught.value.where == str(path)
    assert path.read_bytes() == b"no database" * 1000


def test_a_naive_moment_is_not_stored(database: sa.Engine) -> None:
    with Session(database) as session:
        outbox.post(session, "topic", {}, NOON.replace(tzinfo=None))
        with pytest.raises(sa.exc.StatementError, match="naive"):
            session.commit()


def test_an_event_whose_handler_fails_is_delivered_again_and_holds_up_no_other(
    database: sa.Engine,
) -> None:
    with Session(database) as session:
        for number in range(3):
            outbox.post(session, "topic", {"n": number}, NOON)
        session.commit()
    seen: list[int] = []

    def handler(payload: dict[str, int]) -> None:
        if payload["n"] == 1 and 1 not in tried:
            tried.add(1)
            raise RuntimeError("not yet")
        seen.append(payload["n"])

    tried: set[int] = set()
    assert outbox.deliver(database, {"topic": handler}, lambda: NOON) == 2
    assert seen == [0, 2]
    assert outbox.deliver(database, {"topic": handler}, lambda: NOON) == 1
    assert seen == [0, 2, 1]
    assert outbox.deliver(database, {"topic": handler}, lambda: NOON) == 0


def test_an_event_of_an_unknown_topic_waits(database: sa.Engine) -> None:
    with Session(database) as session:
        outbox.post(session, "later", {}, NOON)
        session.commit()
    assert outbox.deliver(database, {}, lambda: NOON) == 0
    assert outbox.deliver(database, {"later": lambda payload: None}, lambda: NOON) == 1


def test_an_event_is_undone_with_its_change(database: sa.Engine) -> None:
    with Session(database) as session:
        outbox.post(session, "topic", {}, NOON)
        session.rollback()
    assert outbox.deliver(database, {"topic": lambda payload: None}, lambda: NOON) == 0


def test_moments_and_julian_dates_agree() -> None:
    # FITS paper IV, table: 2000-01-01T12:00 is MJD 51544.5.
    assert mjd_from_datetime(dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC)) == 51544.5
    assert datetime_from_mjd(51544.5) == dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC)
    assert isot(NOON) == "2026-11-22T12:00:00.000"
