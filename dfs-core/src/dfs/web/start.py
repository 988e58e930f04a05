"""How the service starts: its database, its first administrator, its services."""

from __future__ import annotations

import logging
import secrets

from dfs.accounts import service as accounts
from dfs.foundation.clock import Clock, system_clock
from dfs.foundation.database import open_service_database
from dfs.foundation.observatory import load_observatory
from dfs.foundation.settings import Settings
from dfs.host.host import Host
from dfs.ui.principal import Role
from dfs.ui.web import Services

log = logging.getLogger(__name__)


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
        engine=open_service_database(settings.service.database),
        clock=clock,
        settings=settings,
        host=host,
        observatory=load_observatory(settings.observatory.file),
    )


def first_administrator(services: Services) -> str | None:
    """Make the user ``admin`` if nobody has an account.

    Returns
    -------
    str or None
        The password that was made up for it; None if the settings give one, or if there
        are users already.

    Raises
    ------
    UserError
        The password of the settings is too short.
    """
    if accounts.has_users(services.engine):
        return None
    given = services.settings.service.admin_password
    password = secrets.token_urlsafe(12) if given is None else given.get_secret_value()
    accounts.create_user(
        services.engine,
        services.clock,
        "admin",
        password,
        name="Administrator",
        roles=(Role.ADMINISTRATOR,),
    )
    log.info("first start: the user admin was made")
    return password if given is None else None
