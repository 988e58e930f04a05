"""How the service starts: its database, its first administrator, its services."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from dfs.accounts import service as accounts
from dfs.foundation.clock import Clock, system_clock
from dfs.foundation.database import create_service_engine, open_service_database, upgrade
from dfs.foundation.database.engine import revision_status
from dfs.foundation.observatory import load_observatory
from dfs.foundation.settings import Settings
from dfs.host.host import Host
from dfs.ui.principal import Role
from dfs.ui.web import Services

if TYPE_CHECKING:
    from sqlalchemy import Engine


def open_database(url: str) -> Engine:
    """Open the service's database; one that is empty yet is made.

    Raises
    ------
    StorageError
        It cannot be reached, or is of another revision.
    """
    engine = create_service_engine(url)
    try:
        if not revision_status(engine).found:
            upgrade(engine)
    finally:
        engine.dispose()
    return open_service_database(url)


def start(settings: Settings, clock: Clock = system_clock) -> Services:
    """Put together what the service works with.

    Raises
    ------
    DfsError
        The database, the observatory or a required plugin is not as it should be.
    """
    host = Host.load(settings.plugins)
    host.require(settings.plugins.required)
    return Services(
        engine=open_database(settings.service.database),
        clock=clock,
        settings=settings,
        host=host,
        observatory=load_observatory(settings.observatory.file),
    )


def first_administrator(services: Services) -> str | None:
    """Make the user ``admin`` if nobody has an account, and give the password that it got."""
    if accounts.has_users(services.engine):
        return None
    password = secrets.token_urlsafe(12)
    accounts.create_user(
        services.engine,
        services.clock,
        "admin",
        password,
        name="Administrator",
        roles=(Role.ADMINISTRATOR,),
    )
    return password
