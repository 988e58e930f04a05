"""The database of the service: made where it is empty, refused where it is another's."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa

from dfs.foundation.database import (
    create_service_engine,
    open_service_database,
    service_status,
    upgrade_service,
)
from dfs.foundation.errors import StorageError


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def address(request, tmp_path):
    """Give the address of a database without a table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'service.sqlite'}"
        return
    with request.getfixturevalue("postgres_server").empty() as url:
        yield url


def revise(address: str, revision: str) -> None:
    engine = create_service_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    engine.dispose()


def test_an_empty_database_is_made_at_the_first_start(address):
    engine = open_service_database(address)
    assert service_status(engine).is_current
    engine.dispose()


def test_processes_that_start_together_make_it_once(address):
    code = (
        "import sys; from dfs.foundation.database import open_service_database as o; o(sys.argv[1])"
    )
    starting = [
        subprocess.Popen([sys.executable, "-c", code, address], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1].decode() for process in starting]

    assert [process.returncode for process in starting] == [0, 0, 0], said


def test_a_database_of_another_revision_is_refused_and_the_command_named(address):
    open_service_database(address).dispose()
    revise(address, "0000")
    with pytest.raises(StorageError) as caught:
        open_service_database(address)

    assert caught.value.code.name == "storage.database-revision"
    assert "dfs db upgrade --service" in caught.value.code.remedy


def test_a_database_of_a_newer_version_is_not_upgraded(address):
    open_service_database(address).dispose()
    revise(address, "z999")
    engine = create_service_engine(address)
    with pytest.raises(StorageError) as caught:
        upgrade_service(engine)
    engine.dispose()

    assert caught.value.code.name == "storage.database-newer"


def test_sqlite_answers_only_what_is_on_the_disk(tmp_path):
    engine = open_service_database(f"sqlite:///{tmp_path / 'service.sqlite'}")
    with engine.connect() as connection:
        found = {
            name: connection.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("synchronous", "journal_mode", "foreign_keys")
        }
    engine.dispose()

    assert found == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}  # 2 is FULL


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("nonsense", "storage.database-address"),
        ("abacus://beads", "storage.database-address"),
        ("sqlite://", "storage.database-address"),
        ("sqlite:////nowhere/at/all.sqlite", "storage.service-database"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(address, code):
    with pytest.raises(StorageError) as caught:
        open_service_database(address)
    assert caught.value.code.name == code


def test_a_password_in_the_address_is_not_told(monkeypatch):
    pytest.importorskip("psycopg", reason="the extra dfs-core[postgres] is not installed")
    with pytest.raises(StorageError) as caught:
        open_service_database("postgresql+psycopg://dfs:hunter2@127.0.0.1:1/dfs")

    assert caught.value.code.name == "storage.service-database"
    assert "hunter2" not in str(caught.value)


def test_a_damaged_file_is_told_and_left_alone(tmp_path):
    path = tmp_path / "service.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError) as caught:
        open_service_database(f"sqlite:///{path}")

    assert caught.value.code.name == "storage.service-database"
    assert path.read_bytes() == b"no database" * 1000
