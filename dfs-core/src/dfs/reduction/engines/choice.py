"""The engine that a user names, among those that installed distributions bring."""

from __future__ import annotations

from typing import Final, cast

from dfs.foundation.errors import UserError
from dfs.host.discovery import discover, names
from dfs.host.quarantine import ForeignFailure, quarantine
from dfs.plugin import Engine
from dfs.reduction.errors import ENGINE_BROKEN, ENGINE_UNKNOWN

GROUP: Final = "dfs.engines"
"""Entry points here name callables that take the number of jobs and give an engine."""

_PARTS = ("is_isolated", "submit", "close")


def engine_names() -> tuple[str, ...]:
    """Give the names of the installed engines, sorted; none is imported."""
    return names(GROUP)


def open_engine(name: str, jobs: int) -> Engine:
    """Open an engine by its name; no other one is imported.

    Parameters
    ----------
    name : of its entry point.
    jobs : at most so many calls will run at a time.

    Raises
    ------
    UserError
        ``engine.unknown``, or ``engine.broken``: it cannot be imported or opened, is no
        engine, or two distributions claim its name.
    """
    found = [candidate for candidate in discover(GROUP) if candidate.id == name]
    if not found:
        known = ", ".join(engine_names()) or "none"
        raise UserError(ENGINE_UNKNOWN, f"there is no engine {name!r}; there are: {known}")
    if len(found) > 1:
        claimants = " and ".join(candidate.source for candidate in found)
        raise UserError(ENGINE_BROKEN, f"engine {name!r} is claimed by {claimants}")
    (candidate,) = found
    who = f"engine {name!r} of {candidate.source}"
    try:
        with quarantine():
            make = candidate.load()
            if not callable(make):
                raise ForeignFailure(f"{candidate.module} cannot be called")
            engine = make(jobs)
            lacking = [part for part in _PARTS if not hasattr(engine, part)]
    except ForeignFailure as failure:
        raise UserError(ENGINE_BROKEN, f"{who}: {failure}") from failure
    if lacking:
        raise UserError(ENGINE_BROKEN, f"{who} has no {' and no '.join(lacking)}")
    return cast("Engine", engine)
