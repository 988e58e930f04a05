"""What every use case of the stage needs, and which run it may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dfs.foundation.clock import Clock
from dfs.foundation.errors import DfsError, ErrorKind, UserError
from dfs.plugin import InstrumentPackage
from dfs.preparation.errors import ABSENT, READ_ONLY, STALE, VERSION_MISSING
from dfs.preparation.tables import ItemRow
from dfs.programmes import service as programmes
from dfs.programmes.model import Right, Run

if TYPE_CHECKING:
    from dfs.foundation.observatory import Observatory
    from dfs.host import Host
    from dfs.instruments.service import Packages
    from dfs.ui.principal import Principal

_LARGEST_ID: Final = (1 << 31) - 1
"""No column holds a larger one, and some databases stumble over the question."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """The stage.

    Parameters
    ----------
    engine : of the database.
    clock : gives the present moment.
    host : the instruments' plugins.
    packages : the instruments' packages.
    observatory : sites, telescopes, calendar.
    """

    engine: Engine
    clock: Clock
    host: Host
    packages: Packages
    observatory: Observatory

    def latest(self, instrument: str) -> InstrumentPackage | None:
        """Give the newest package of an instrument; None if nothing can be prepared."""
        return None if self.trouble(instrument) else self.packages.latest(instrument)

    def package(self, instrument: str, version: str) -> InstrumentPackage | None:
        """Give a package if it can be read."""
        try:
            return self.packages.get(instrument, version)
        except DfsError:
            return None

    def trouble(self, instrument: str) -> str:
        """Say why nothing can be prepared for an instrument; empty if it can."""
        try:
            self.packages.latest(instrument)
        except DfsError as error:
            return error.detail
        return ""


def read_run(session: Session, who: Principal, run_id: int, right: Right = Right.READ) -> Run:
    """Give a run to somebody who may do this with it.

    Raises
    ------
    UserError
        ``run.absent`` or ``run.forbidden``.
    """
    return programmes.run(session, who, askable(run_id), right)


def run_of_item(session: Session, who: Principal, item_id: int, right: Right = Right.READ) -> Run:
    """Give the run of an item to somebody who may do this with it.

    Raises
    ------
    UserError
        ``preparation.absent``: there is no such item, or not for them (nothing tells the
        two apart); ``run.forbidden``.
    """
    run_id = session.scalar(select(ItemRow.run_id).where(ItemRow.id == askable(item_id)))
    if run_id is None:
        raise absent(item_id)
    try:
        return programmes.run(session, who, run_id, right)
    except UserError as error:
        if error.code.kind is ErrorKind.ABSENT:
            raise absent(item_id) from error
        raise


def require_writable(room: Preparation, run: Run) -> None:
    """Insist that the run's instrument has a plugin with a package.

    Raises
    ------
    UserError
        ``preparation.read-only``, with what the host says of the plugin.
    """
    if reason := room.trouble(run.instrument):
        raise UserError(READ_ONLY, f"{run.code} is a run of {run.instrument}: {reason}")


def require_version(found: int, meant: int | None, where: str) -> None:
    """Insist that a change was made for the version that there is.

    Raises
    ------
    UserError
        ``preparation.version-missing`` or ``preparation.stale``.
    """
    if meant is None:
        raise UserError(VERSION_MISSING, "the change names no version", where=where)
    if meant != found:
        raise UserError(STALE, f"it is version {found} now, not {meant}", where=where)


def absent(item_id: object, what: str = "item") -> UserError:
    """Say that something is not there, or not for who asks."""
    return UserError(ABSENT, f"there is no such {what}, or it is not yours", where=f"{item_id}")


def askable(number: int) -> int:
    """Give an id that a database can be asked for: itself, or one that nothing has."""
    return number if 0 < number <= _LARGEST_ID else 0
