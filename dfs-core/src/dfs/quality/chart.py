"""A control chart as positions, for whatever draws it; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dfs.plugin import Limits, Verdict
from dfs.quality.certification import Decision
from dfs.quality.trend import Trend, TrendPoint

__all__ = ["Chart", "ChartPoint", "Mark", "chart", "mark"]


class Mark(StrEnum):
    """What a point of a chart says."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNJUDGED = "unjudged"
    REJECTED = "rejected"

    @property
    def sign(self) -> str:
        """One character for it."""
        return {"good": "●", "warning": "!", "bad": "×", "unjudged": "?", "rejected": "ø"}[self]

    @property
    def meaning(self) -> str:
        """What a legend says."""
        return "to be judged" if self is Mark.UNJUDGED else self.value


_MARKS = {
    Verdict.GOOD: Mark.GOOD,
    Verdict.WARNING: Mark.WARNING,
    Verdict.BAD: Mark.BAD,
    Verdict.UNJUDGED: Mark.UNJUDGED,
}


def mark(point: TrendPoint) -> Mark:
    """Say how a point is drawn: its verdict, unless people rejected or certified it."""
    if point.decision is Decision.REJECTED:
        return Mark.REJECTED
    if point.decision is Decision.CERTIFIED:
        return Mark.GOOD
    return _MARKS[point.verdict]


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """A point; positions run from 0 to 1, upwards and to the right.

    Parameters
    ----------
    x, y : where it lies.
    mark : what it says.
    beyond : 1 if the value lies above the chart and is drawn at its edge, -1 if below.
    """

    x: float
    y: float
    mark: Mark
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Positions, each from 0 to 1.

    Parameters
    ----------
    points : oldest first.
    this : the point that the chart is about, if it is about one.
    median : None if no value counts.
    warning, bad : limits of the trend, low and high; None if there are none.
    fixed : limits that the parameter declares, as far as they lie in the chart.
    low, high : the values at 0 and at 1, unit of the values.
    start_mjd, end_mjd : the times at 0 and at 1, MJD in days.
    """

    points: tuple[ChartPoint, ...]
    this: ChartPoint | None
    median: float | None
    warning: tuple[float, float] | None
    bad: tuple[float, float] | None
    fixed: tuple[float, ...]
    low: float
    high: float
    start_mjd: float
    end_mjd: float


def chart(trend: Trend, this: TrendPoint | None = None) -> Chart | None:
    """Place a series; points without a time or without a number cannot be.

    Parameters
    ----------
    trend : the series.
    this : a later point of it that is to be shown among them.

    Returns
    -------
    Chart or None
        None if there is no point to show.
    """
    shown = [*trend.points, *([this] if this else [])]
    times = [p.time_mjd for p in shown if p.time_mjd is not None and p.value is not None]
    window = trend.window(*([this.value] if this and this.value is not None else []))
    if not times or window is None:
        return None
    (low, high), start, end = window, min(times), max(times)

    def level(value: float) -> float:
        return (value - low) / (high - low)

    def band(limits: Limits | None) -> tuple[float, float] | None:
        if limits is None or limits.low is None or limits.high is None:
            return None
        return level(limits.low), level(limits.high)

    def place(point: TrendPoint) -> ChartPoint | None:
        if point.time_mjd is None or point.value is None:
            return None
        y = level(point.value)
        return ChartPoint(
            x=(point.time_mjd - start) / (end - start) if end > start else 0.5,
            y=min(max(y, 0.0), 1.0),
            mark=mark(point),
            beyond=(y > 1) - (y < 0),
        )

    return Chart(
        points=tuple(placed for p in trend.points if (placed := place(p)) is not None),
        this=place(this) if this else None,
        median=level(trend.statistics.median) if trend.statistics else None,
        warning=band(trend.warning),
        bad=band(trend.bad),
        fixed=tuple(y for y in map(level, _declared(trend)) if 0 <= y <= 1),
        low=low,
        high=high,
        start_mjd=start,
        end_mjd=end,
    )


def _declared(trend: Trend) -> Sequence[float]:
    limits = trend.parameter.limits if trend.parameter else None
    return [] if limits is None else [b for b in (limits.low, limits.high) if b is not None]
