"""Ephemeris files: a parameter file (PAF) with a line for each moment."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval
from dfs.preparation.errors import EPHEMERIS

_RECORD: Final = re.compile(r'^INS\.EPHEM\.RECORD\s+"([^"]*)"', re.MULTILINE)


def records(text: str) -> tuple[dt.datetime, ...]:
    """Give the moments of an ephemeris, UTC.

    Parameters
    ----------
    text : lines ``INS.EPHEM.RECORD "time, JD, RA, Dec, …"``, the time as ISO 8601.

    Raises
    ------
    UserError
        There are fewer than two, one cannot be read, or they are not in order; names the line.
    """
    moments: list[dt.datetime] = []
    for found in _RECORD.finditer(text):
        stamp, _, rest = found[1].partition(",")
        line = text.count("\n", 0, found.start()) + 1
        try:
            moment = dt.datetime.fromisoformat(stamp.strip()).replace(tzinfo=dt.UTC)
        except ValueError as error:
            raise UserError(
                EPHEMERIS, f"{stamp!r} is no date and time", where=f"line {line}"
            ) from error
        if len(rest.split(",")) < 3:
            raise UserError(EPHEMERIS, "the record has no position", where=f"line {line}")
        if moments and moment <= moments[-1]:
            raise UserError(
                EPHEMERIS, "the record is not later than the one before", where=f"line {line}"
            )
        moments.append(moment)
    if len(moments) < 2:
        raise UserError(
            EPHEMERIS, f"it has {len(moments)} records, and two are the least", where="ephemeris"
        )
    return tuple(moments)


def covers(moments: Sequence[dt.datetime], interval: AbsoluteInterval) -> bool:
    """Tell whether some moments of an ephemeris lie in an interval."""
    first = bisect_left(moments, interval.start)
    return first < len(moments) and moments[first] <= interval.end
