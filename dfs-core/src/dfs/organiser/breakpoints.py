"""Breakpoints: interventions at an instrument that no association crosses."""

from __future__ import annotations

import datetime as dt
import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dfs.foundation.clock import mjd_from_datetime
from dfs.foundation.errors import UserError
from dfs.organiser.errors import BREAKPOINTS
from dfs.organiser.model import Breakpoint

__all__ = ["Timeline", "load_breakpoints"]

_KEYS = {"instrument", "time", "reason"}


@dataclass(frozen=True, slots=True)
class Timeline:
    """The interventions at one instrument, in order of time.

    Parameters
    ----------
    breakpoints : in order of time.
    """

    breakpoints: tuple[Breakpoint, ...] = ()

    @classmethod
    def of(cls, breakpoints: Iterable[Breakpoint], names: Iterable[str]) -> Timeline:
        """Take those of an instrument, by its id and INSTRUME values in any case."""
        known = {name.casefold() for name in names}
        mine = (b for b in breakpoints if b.instrument.casefold() in known)
        return cls(tuple(sorted(mine, key=lambda b: (b.time_mjd, b.reason))))

    def between(self, first_mjd: float, second_mjd: float) -> Breakpoint | None:
        """Give an intervention between two times, MJD in days, if there is one.

        An intervention belongs to what follows it.
        """
        low, high = sorted((first_mjd, second_mjd))
        position = bisect_right(self.breakpoints, low, key=lambda b: b.time_mjd)
        if position == len(self.breakpoints) or self.breakpoints[position].time_mjd > high:
            return None
        return self.breakpoints[position]

    def around(self, time_mjd: float) -> tuple[float, float]:
        """Give the last intervention up to a time and the first after it, MJD in days."""
        position = bisect_right(self.breakpoints, time_mjd, key=lambda b: b.time_mjd)
        before = self.breakpoints[position - 1].time_mjd if position else float("-inf")
        last = position == len(self.breakpoints)
        return before, float("inf") if last else self.breakpoints[position].time_mjd


def load_breakpoints(path: Path | None) -> tuple[Breakpoint, ...]:
    """Read a file of interventions; without a file there are none.

    The file is TOML::

        [[breakpoint]]
        instrument = "demo"
        time = "2026-11-22T14:30:00"  # UTC; a TOML date or an MJD will do as well
        reason = "detector head exchanged"

    Raises
    ------
    UserError
        ``organise.breakpoints``, with the file and the number of the entry.
    """
    if path is None:
        return ()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(BREAKPOINTS, str(error), where=str(path)) from error
    entries = content.pop("breakpoint", [])
    if content or not isinstance(entries, list):
        detail = "it may hold nothing but [[breakpoint]] entries"
        raise UserError(BREAKPOINTS, detail, where=str(path))
    return tuple(_entry(entry, f"{path}: entry {n}") for n, entry in enumerate(entries, 1))


def _entry(entry: object, where: str) -> Breakpoint:
    if not isinstance(entry, dict) or entry.keys() != _KEYS:
        raise UserError(BREAKPOINTS, f"give {', '.join(sorted(_KEYS))}, nothing else", where=where)
    instrument, reason = entry["instrument"], entry["reason"]
    if not isinstance(instrument, str) or not isinstance(reason, str):
        raise UserError(BREAKPOINTS, "instrument and reason are texts", where=where)
    try:
        return Breakpoint(instrument, _mjd(entry["time"]), reason)
    except ValueError as error:
        detail = f"time {entry['time']!r} is neither a date nor an MJD"
        raise UserError(BREAKPOINTS, detail, where=where) from error


def _mjd(value: object) -> float:
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return mjd_from_datetime(value if value.tzinfo else value.replace(tzinfo=dt.UTC))
    if isinstance(value, dt.date):
        return mjd_from_datetime(dt.datetime.combine(value, dt.time(), dt.UTC))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError("not a time")
