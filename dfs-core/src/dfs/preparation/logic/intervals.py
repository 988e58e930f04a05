"""When a block may be observed: which intervals agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval, SiderealInterval
from dfs.preparation.errors import INTERVALS

DAY_MIN: Final = 1440.0
"""Minutes of sidereal time in a sidereal day."""


def settle_absolute(intervals: Sequence[AbsoluteInterval]) -> tuple[AbsoluteInterval, ...]:
    """Put absolute intervals in order.

    Raises
    ------
    UserError
        ``preparation.intervals``: one does not begin before it ends, or two overlap; the
        index is that of the intervals as given.
    """
    for index, one in enumerate(intervals):
        if one.start >= one.end:
            raise UserError(
                INTERVALS, "it does not begin before it ends", where=f"absolute_intervals[{index}]"
            )
    order = sorted(range(len(intervals)), key=lambda index: intervals[index].start)
    for first, second in pairwise(order):
        if intervals[second].start < intervals[first].end:
            raise UserError(
                INTERVALS,
                f"it overlaps with interval {first}",
                where=f"absolute_intervals[{second}]",
            )
    return tuple(intervals[index] for index in order)


def settle_sidereal(intervals: Sequence[SiderealInterval]) -> tuple[SiderealInterval, ...]:
    """Put sidereal intervals in order, and join what ends at 24:00 with what begins at 00:00.

    An interval whose end is before its start passes through 24:00.

    Raises
    ------
    UserError
        ``preparation.intervals``: one is empty, begins at 24:00 or ends at 00:00, or two
        overlap or touch.
    """
    for index, one in enumerate(intervals):
        if problem := _sidereal_problem(one):
            raise UserError(INTERVALS, problem, where=f"sidereal_intervals[{index}]")
    ordered = sorted(intervals, key=lambda one: one.start_min)
    for first, second in pairwise(ordered):
        if _end(first) >= second.start_min:
            raise _overlap(first, second)
    if len(ordered) > 1:
        first, last = ordered[0], ordered[-1]
        if last.end_min == DAY_MIN and first.start_min == 0:
            joined = SiderealInterval(start_min=last.start_min, end_min=first.end_min)
            ordered = [*ordered[1:-1], joined]
        elif _end(last) >= first.start_min + DAY_MIN:
            raise _overlap(last, first)
    return tuple(ordered)


def _sidereal_problem(one: SiderealInterval) -> str:
    if one.start_min == DAY_MIN:
        return "24:00 only ends an interval; write 00:00"
    if one.end_min == 0:
        return "00:00 only begins an interval; write 24:00"
    if one.start_min == one.end_min:
        return "it does not begin before it ends"
    return ""


def _end(one: SiderealInterval) -> float:
    return one.end_min if one.end_min > one.start_min else one.end_min + DAY_MIN


def _overlap(first: SiderealInterval, second: SiderealInterval) -> UserError:
    return UserError(
        INTERVALS,
        f"{clock_text(first.start_min)}–{clock_text(first.end_min)} and "
        f"{clock_text(second.start_min)}–{clock_text(second.end_min)} overlap or touch",
        where="sidereal_intervals",
    )


def clock_text(minutes: float) -> str:
    """Write minutes since 00:00 as ``HH:MM``."""
    return f"{int(minutes // 60):02d}:{int(minutes % 60):02d}"
