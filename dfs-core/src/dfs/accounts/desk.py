"""Who acts on the command line of the machine that holds the service's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from dfs.accounts import service
from dfs.foundation.database import open_service_database
from dfs.foundation.settings import load_settings
from dfs.ui.principal import SYSTEM, Principal


@contextmanager
def desk(
    database: str | None = None, user: str | None = None
) -> Iterator[tuple[Engine, Principal]]:
    """Open the service's database for somebody.

    Parameters
    ----------
    database : its address; that of the settings if left out.
    user : for whom the operator acts; the operator if left out.

    Raises
    ------
    DfsError
        The database is not there or of another revision, or nobody is so called.
    """
    engine = open_service_database(database or load_settings().service.database)
    try:
        yield engine, SYSTEM if user is None else service.principal_of_user(engine, user)
    finally:
        engine.dispose()
