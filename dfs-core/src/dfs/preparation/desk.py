"""The stage as the command line finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dfs.accounts.desk import desk
from dfs.foundation.clock import system_clock
from dfs.foundation.observatory import load_observatory
from dfs.foundation.settings import load_settings
from dfs.host import load_host
from dfs.instruments.service import Packages
from dfs.preparation.service import Preparation
from dfs.ui.principal import Principal


@contextmanager
def preparation_desk(
    database: str | None = None, user: str | None = None
) -> Iterator[tuple[Preparation, Principal]]:
    """Open the stage for somebody; as `dfs.accounts.desk.desk`.

    Raises
    ------
    DfsError
        The database, the observatory or a required plugin is not as it should be.
    """
    host = load_host()
    observatory = load_observatory(load_settings().observatory.file)
    with desk(database, user) as (engine, who):
        yield Preparation(engine, system_clock, host, Packages(host), observatory), who
