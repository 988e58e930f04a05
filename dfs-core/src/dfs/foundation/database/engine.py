"""Engines and revisions.

The service refuses a database of another revision and names ``dfs db upgrade``;
a workspace at home upgrades itself, because its owner did not ask for a database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Engine, NullPool, QueuePool, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from dfs.foundation.errors import ErrorKind, StorageError, define
from dfs.foundation.files import DISK_FULL

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"

CURRENT = "head"
"""The revision of this installation."""

WORKSPACE_DATABASE = "dfs.sqlite"
"""Name of the database in the folder of a workspace."""

_UPGRADE_LOCK = 0x646673
# What PostgreSQL calls the right to upgrade ("dfs").

DATABASE_UNREADABLE = define(
    "storage.database",
    "The database cannot be opened or upgraded.",
    "Check that the file is a DFS workspace database and that you may write it; a damaged "
    "one can be moved away, it is made again from the files.",
)
SERVICE_DATABASE = define(
    "storage.service-database",
    "The database of the service cannot be reached, read or upgraded.",
    "Check the setting service.database, that the database runs, and who may write it.",
    ErrorKind.UNAVAILABLE,
)
DATABASE_REVISION = define(
    "storage.database-revision",
    "The database is not of the revision that this version of DFS works with.",
    "Make a backup, then run `dfs db upgrade --service` with the same settings.",
    ErrorKind.UNAVAILABLE,
)
DATABASE_ADDRESS = define(
    "storage.database-address",
    "The address of the database is not understood.",
    "Write sqlite:///PATH, or postgresql+psycopg://USER@HOST/NAME (needs dfs-core[postgres]).",
)
DATABASE_NEWER = define(
    "storage.database-newer",
    "The database was written by a newer version of DFS.",
    "Install that version, or use another folder.",
)


@dataclass(frozen=True, slots=True)
class RevisionStatus:
    """Where a database stands.

    Parameters
    ----------
    found : its revision; empty for a database without tables.
    wanted : the revision of this installation.
    """

    found: str
    wanted: str

    @property
    def is_current(self) -> bool:
        """Whether nothing needs to be upgraded."""
        return self.found == self.wanted


def _config(engine: Engine) -> Config:
    # Alembic is for those who upgrade; to see that nothing is to do takes no library.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def revision_status(engine: Engine) -> RevisionStatus:
    """Compare a database's revision with this installation's."""
    with engine.connect() as connection:
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return RevisionStatus(found or "", max(known_revisions()))


def known_revisions() -> frozenset[str]:
    """Give the revisions of this installation; their files' names begin with them."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*.py")
    return frozenset(path.stem.partition("_")[0] for path in files)


def upgrade(engine: Engine) -> RevisionStatus:
    """Bring a database to this installation's revision.

    Raises
    ------
    StorageError
        The database comes from a newer version, or is damaged.
    """
    status = revision_status(engine)
    if status.is_current:
        return status
    if status.found and status.found not in known_revisions():
        raise StorageError(
            DATABASE_NEWER,
            f"revision {status.found} is unknown here; this version knows {status.wanted}",
            where=engine.url.render_as_string(),
        )
    from alembic import command

    command.upgrade(_config(engine), CURRENT)
    return revision_status(engine)


def _sqlite_pragmas(synchronous: str, journal: str) -> Callable[[sqlite3.Connection, object], None]:
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in (
            f"journal_mode={journal}",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "busy_timeout=30000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return configure


def open_workspace_database(path: Path) -> Engine:
    """Open the SQLite database of a workspace, made or upgraded as needed.

    Raises
    ------
    StorageError
        It cannot be opened, or comes from a newer version.
    """
    # Without a pool a connection is closed when it is released, and none is left behind.
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _sqlite_pragmas("NORMAL", "WAL"))
    try:
        upgrade(engine)
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        cause = error.orig if isinstance(error, DBAPIError) else error
        is_full = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        code = DISK_FULL if is_full else DATABASE_UNREADABLE
        raise StorageError(code, str(cause), where=str(path)) from error
    return engine


def open_service_database(url: str) -> Engine:
    """Open the database of the service, which must be of this installation's revision.

    One that is empty is made; what holds data is upgraded only when somebody says so,
    with a backup at hand.

    Parameters
    ----------
    url : as SQLAlchemy writes it; ``sqlite:///path`` or ``postgresql+psycopg://…``.

    Raises
    ------
    StorageError
        It cannot be reached or made, or is of another revision.
    """
    engine = create_service_engine(url)
    try:
        status = service_status(engine)
        if not status.found:
            status = upgrade_service(engine)
        if not status.is_current:
            raise StorageError(
                DATABASE_REVISION,
                f"its revision is {status.found}; this version works with {status.wanted}",
                where=_shown(engine),
            )
    except StorageError:
        engine.dispose()
        raise
    return engine


def service_status(engine: Engine) -> RevisionStatus:
    """Compare the revision of a service's database with this installation's.

    Raises
    ------
    StorageError
        It cannot be reached.
    """
    try:
        return revision_status(engine)
    except DBAPIError as error:
        raise _unreachable(engine, error) from error


def upgrade_service(engine: Engine) -> RevisionStatus:
    """Bring the database of a service to this installation's revision.

    Raises
    ------
    StorageError
        It cannot be reached or upgraded, or comes from a newer version.
    """
    try:
        with _alone(engine):
            return upgrade(engine)
    except DBAPIError as error:
        raise _unreachable(engine, error) from error


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    # Two processes that start on an empty database must not both make its tables. SQLite
    # sees to it with the lock that the migrations take.
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({_UPGRADE_LOCK})"))
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({_UPGRADE_LOCK})"))


def _unreachable(engine: Engine, error: DBAPIError) -> StorageError:
    return StorageError(SERVICE_DATABASE, str(error.orig).strip(), where=_shown(engine))


def create_service_engine(url: str) -> Engine:
    """Make the engine of a service's database, whatever its revision.

    Raises
    ------
    StorageError
        The address is not understood, or its driver is not installed.
    """
    try:
        # As many connections as requests are answered at a time.
        engine = create_engine(
            url, poolclass=QueuePool, pool_pre_ping=True, pool_size=10, max_overflow=30
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageError(DATABASE_ADDRESS, str(error), where=url.partition("://")[0]) from error
    if engine.dialect.name == "sqlite":
        if engine.url.database in {None, "", ":memory:"}:
            raise StorageError(DATABASE_ADDRESS, "a service keeps a file", where=_shown(engine))
        # What was answered must still be there after a power cut.
        event.listen(engine, "connect", _sqlite_pragmas("FULL", "WAL"))
    return engine


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session for one transaction that reads, decides and writes.

    SQLite would lock only at the first change, and refuse it if somebody else has changed
    anything since the first look; so the lock is taken at once, and waited for.
    """
    with Session(engine) as session, session.begin():
        if engine.dialect.name == "sqlite":
            session.execute(text("BEGIN IMMEDIATE"))
        yield session


def hold(session: Session, name: str) -> None:
    """Let nobody else hold this name until the transaction of :func:`writing` ends.

    For a decision on rows that are not there yet, which nothing else could lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.execute(lock, {"name": name})


def workspace_revision(path: Path) -> RevisionStatus:
    """Compare the database of a workspace with this installation, changing nothing.

    Raises
    ------
    StorageError
        It cannot be read.
    """
    engine = create_engine(f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro&uri=true")
    try:
        return revision_status(engine)
    except DBAPIError as error:
        raise StorageError(DATABASE_UNREADABLE, str(error.orig), where=str(path)) from error
    finally:
        engine.dispose()
