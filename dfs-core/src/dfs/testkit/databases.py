"""Databases of a service for tests: SQLite files and a PostgreSQL server, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from dfs.foundation.database import Base, create_service_engine, upgrade_service

__all__ = ["PostgresServer", "make_tables", "sqlite_service"]

_UNPRIVILEGED: Final = ("postgres", "nobody")
_START_S: Final = 30.0


def make_tables(engine: Engine) -> None:
    """Make the tables of all rooms, those as well that no migration makes yet."""
    for room in files("dfs").iterdir():
        if room.joinpath("tables.py").is_file() or room.joinpath("tables").is_dir():
            import_module(f"dfs.{room.name}.tables")
    for module in ("jobs", "outbox"):
        import_module(f"dfs.foundation.{module}")
    upgrade_service(engine)
    Base.metadata.create_all(engine)


@contextmanager
def sqlite_service(path: Path) -> Iterator[Engine]:
    """Make the database of a service in a file.

    Parameters
    ----------
    path : of the file; it does not exist yet.
    """
    path.write_bytes(_empty_sqlite())
    with _disposed(create_service_engine(f"sqlite:///{path}")) as engine:
        yield engine


@cache
def _empty_sqlite() -> bytes:
    # Made once a process: a test asks for one as often as it likes.
    with tempfile.TemporaryDirectory(prefix="dfs-sqlite-") as folder:
        path = Path(folder) / "empty.sqlite"
        with _disposed(create_service_engine(f"sqlite:///{path}")) as engine:
            make_tables(engine)
        return path.read_bytes()


class PostgresServer:
    """A PostgreSQL server of its own, without a network, as fast as losing all allows.

    It listens on a socket in a temporary folder. It refuses to run as root, so root
    starts it as another user.

    Examples
    --------
    ::

        with PostgresServer.started() as server, server.service() as engine:
            ...
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    @classmethod
    def why_not(cls) -> str:
        """Say why there can be no server here; empty if there can."""
        return "" if _programs() else "PostgreSQL is not installed (initdb is not found)"

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[PostgresServer]:
        """Run a server.

        Raises
        ------
        RuntimeError
            It is not installed, or did not start.
        """
        programs = _programs()
        if programs is None:
            raise RuntimeError(cls.why_not())
        # A socket's path may be 107 bytes long, so pytest's folders are too deep for it.
        folder = Path(tempfile.mkdtemp(prefix="dfs-pg-"))
        try:
            identity = _identity()
            if identity:
                shutil.chown(folder, identity["user"], identity["group"])
            _initialise(programs, folder, identity)
            with (folder / "log").open("wb") as log:
                process = subprocess.Popen(
                    [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", "", "-F",
                     "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
                    stdout=log, stderr=log, cwd=folder, **identity,
                )  # fmt: skip
            try:
                server = cls(folder)
                server._wait(process)
                # What template1 holds, each database that is made has from the beginning.
                with _disposed(create_engine(server.url("template1"))) as engine:
                    make_tables(engine)
                yield server
            finally:
                process.send_signal(signal.SIGINT)  # ends at once, whoever is connected
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Give the address of a database on this server."""
        return f"postgresql+psycopg://dfs@/{database}?host={self._folder}"

    @contextmanager
    def service(self) -> Iterator[Engine]:
        """Make the database of a service, and remove it afterwards."""
        with self._database("template1") as url, _disposed(create_service_engine(url)) as engine:
            yield engine

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Make a database without a table, give its address, and remove it afterwards."""
        with self._database("template0") as url:
            yield url

    @contextmanager
    def _database(self, template: str) -> Iterator[str]:
        name = f"dfs_{next(self._numbers)}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        alone = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with _disposed(alone) as engine, engine.connect() as connection:
            connection.execute(text(statement))

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        ends = time.monotonic() + _START_S
        while True:
            try:
                self._administer("SELECT 1")
            except OperationalError as error:
                if process.poll() is not None or time.monotonic() > ends:
                    said = (self._folder / "log").read_text("utf-8", "replace")
                    raise RuntimeError(f"PostgreSQL did not start: {said}") from error
                time.sleep(0.05)
            else:
                return


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _programs() -> Path | None:
    # Debian keeps them off the path, a folder for each version.
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


def _number(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0


def _identity() -> dict[str, Any]:
    """Give the arguments of a process that is not root's; none if we are not root."""
    if os.geteuid() != 0:
        return {}
    for name in _UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError(f"none of the users {', '.join(_UNPRIVILEGED)} exists to run PostgreSQL as")


def _initialise(programs: Path, folder: Path, identity: Mapping[str, Any]) -> None:
    done = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "dfs", "-A", "trust", "-E", "UTF8",
         "--locale=C", "--no-sync", "--no-instructions"],
        cwd=folder, capture_output=True, text=True, check=False, **identity,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr}")
