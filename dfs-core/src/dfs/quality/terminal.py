"""A control chart in letters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from plotille import Canvas

from dfs.foundation.clock import datetime_from_mjd
from dfs.quality.chart import Chart, Mark, chart
from dfs.quality.logic import quantity
from dfs.quality.trend import Trend

__all__ = ["draw_chart"]

ROWS = 16
_NO_DOTS = "\N{BRAILLE PATTERN BLANK}"
_LABELS = 16
"""Columns before the axis."""


def draw_chart(trend: Trend, columns: int) -> list[str]:
    """Draw a series with its median and limits; no lines if there is nothing to draw.

    Parameters
    ----------
    trend : the series.
    columns : of the terminal.
    """
    placed = chart(trend)
    return [] if placed is None else list(_lines(trend, placed, max(columns - _LABELS - 3, 20)))


def _lines(trend: Trend, placed: Chart, width: int) -> Iterator[str]:
    # The last column and row lie just inside.
    canvas = Canvas(width, ROWS, xmin=-0.02, ymin=-0.02, xmax=1.04, ymax=1.04)
    levels = dict(_levels(trend, placed))
    for level in levels:
        canvas.line(-0.02, level, 1.03, level)
    for point in placed.points:
        sign = {1: "▲", -1: "▼"}.get(point.beyond, point.mark.sign)
        canvas.point(point.x, point.y, marker=sign)
    labels = {_row(level): text for level, text in reversed(levels.items())}
    for row, line in enumerate(canvas.plot(linesep="\n").split("\n")):
        plain = line.replace(_NO_DOTS, " ")  # not every font has that letter as wide
        yield f"{labels.get(row, ''):>{_LABELS}} │{plain}".rstrip()
    yield f"{'':>{_LABELS}} └{'─' * width}"
    start, end = (_date(mjd) for mjd in (placed.start_mjd, placed.end_mjd))
    yield f"{'':>{_LABELS}}  {start}{end:>{max(width - len(start), 0)}}"
    used = {point.mark for point in placed.points}
    legend = [f"{m.sign} {m.meaning}" for m in Mark if m in used]
    if any(point.beyond for point in placed.points):
        legend.append("▲▼ beyond the chart")
    yield f"{'':>{_LABELS}}  {'  '.join(legend)}"


def _levels(trend: Trend, placed: Chart) -> Iterator[tuple[float, str]]:
    """Give the lines to draw with their labels, the most important first."""
    if placed.median is not None and trend.statistics is not None:
        yield placed.median, quantity(trend.statistics.median, trend.unit, digits=5)
    limits = trend.limits
    for band, sigma in ((placed.bad, limits.bad_sigma), (placed.warning, limits.warning_sigma)):
        if band is not None:
            yield band[1], f"+{sigma:g} σ"
            yield band[0], f"−{sigma:g} σ"


def _row(level: float) -> int:
    """Give the row of a level, counted from the top, as the canvas rounds."""
    return ROWS - 1 - round((level + 0.02) / (1.06 / (ROWS * 4))) // 4


def _date(mjd: float) -> str:
    return f"{datetime_from_mjd(mjd):%Y-%m-%d}"
