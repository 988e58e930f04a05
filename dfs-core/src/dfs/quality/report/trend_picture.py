"""The picture of a series: values over time, with median and limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from dfs.foundation.clock import datetime_from_mjd
from dfs.plugin import Limits
from dfs.quality.chart import Mark, mark
from dfs.quality.logic import quantity
from dfs.quality.report.style import (
    AMBER,
    GREEN,
    GREY,
    INK,
    LINE,
    RED,
    image_of,
    new_figure,
    our_style,
)
from dfs.quality.trend import Trend, TrendPoint

__all__ = ["draw_trend"]

_MARKERS: Final = {
    Mark.GOOD: ("o", LINE, 22),
    Mark.WARNING: ("^", AMBER, 30),
    Mark.BAD: ("X", RED, 38),
    Mark.UNJUDGED: ("o", GREY, 22),
    Mark.REJECTED: ("x", INK, 34),
}
_SHORT_DAYS: Final = 3.0
"""A series of no more days is dated by the hour."""


def draw_trend(trend: Trend, format_: Literal["png", "svg"] = "png") -> bytes:
    """Draw a series over MJD and the date, bad and rejected values marked.

    Values so far off that they would squash the rest are drawn at the edge, with an arrow.
    """
    with our_style():
        figure, axes = new_figure(8.0, 3.6)
        _draw_limits(axes, trend)
        _draw_points(axes, trend)
        _date(axes, trend)
        series = trend.series
        axes.set_ylabel(f"value [{trend.unit}]" if trend.unit else "value", parse_math=False)
        setup = (f"{keyword} {value}" for keyword, value in series.setup.items())
        described = " · ".join([f"{series.category} of {series.instrument}", *setup])
        axes.set_title(described, loc="left", fontsize=8, color=INK, parse_math=False)
        figure.suptitle(series.name, x=0.01, ha="left", fontsize=11, color=INK, parse_math=False)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside right upper", frameon=False, fontsize=7.5)
        return image_of(figure, format_)


def _draw_limits(axes: Axes, trend: Trend) -> None:
    if (found := trend.statistics) is not None:
        label = f"median {quantity(found.median, trend.unit)}"
        axes.axhline(found.median, color=LINE, linewidth=1.0, label=label)
    limits = trend.limits
    if trend.bad is not None and trend.warning is not None:
        _band(axes, trend.bad, AMBER, f"within {limits.bad_sigma:g} σ")
        _band(axes, trend.warning, GREEN, f"within {limits.warning_sigma:g} σ")
    window, fixed = trend.window(), trend.parameter.limits if trend.parameter else None
    if window is None:
        return
    axes.set_ylim(*window)
    label = "declared limit"
    for bound in (fixed.low, fixed.high) if fixed else ():
        if bound is not None and window[0] <= bound <= window[1]:
            axes.axhline(bound, color=RED, linewidth=1.0, linestyle="--", label=label)
            label = ""


def _band(axes: Axes, limits: Limits, colour: str, label: str) -> None:
    if limits.low is not None and limits.high is not None:
        axes.axhspan(limits.low, limits.high, color=colour, alpha=0.13, linewidth=0, label=label)


def _draw_points(axes: Axes, trend: Trend) -> None:
    low, high = trend.window() or (0.0, 1.0)
    line = [(p.time_mjd, p.value) for p in trend.points if p.counts and p.time_mjd is not None]
    if line:
        axes.plot(*zip(*line, strict=True), color=LINE, linewidth=0.6, alpha=0.5)
    for kind, (marker, colour, size) in _MARKERS.items():
        found = [p for p in trend.points if mark(p) is kind and p.time_mjd is not None]
        inside = [(p.time_mjd, p.value) for p in found if _within(p, low, high)]
        if inside:
            times, values = zip(*inside, strict=True)
            axes.scatter(
                times, values, size, color=colour, marker=marker, label=kind.meaning, zorder=3
            )
        for point in found:
            if not _within(point, low, high):
                _draw_beyond(axes, point, low, high, colour)


def _draw_beyond(axes: Axes, point: TrendPoint, low: float, high: float, colour: str) -> None:
    """Draw a value that lies outside at the edge, with an arrow and the number."""
    if point.value is None or point.time_mjd is None:
        return
    marker, edge, lift = ("^", high, -10) if point.value > high else ("v", low, 4)
    axes.plot(point.time_mjd, edge, marker, color=colour, markersize=6, clip_on=False, zorder=4)
    axes.annotate(
        f"{point.value:.4g}",
        (point.time_mjd, edge),
        (7, lift),
        textcoords="offset points",
        fontsize=7,
        color=colour,
    )


def _within(point: TrendPoint, low: float, high: float) -> bool:
    return point.value is not None and low <= point.value <= high


def _date(axes: Axes, trend: Trend) -> None:
    times = [p.time_mjd for p in trend.points if p.time_mjd is not None]
    if times and min(times) == max(times):
        axes.set_xlim(times[0] - 0.5, times[0] + 0.5)
    is_short = not times or max(times) - min(times) <= _SHORT_DAYS
    written: Callable[[float, int], str] = (
        (lambda mjd, _: f"{datetime_from_mjd(mjd):%m-%d %H:%M}")
        if is_short
        else (lambda mjd, _: f"{datetime_from_mjd(mjd):%Y-%m-%d}")
    )
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda mjd, _: f"{mjd:.10g}"))
    axes.set_xlabel("MJD [d]")
    top = axes.secondary_xaxis("top")
    top.xaxis.set_major_locator(MaxNLocator(6))
    top.xaxis.set_major_formatter(FuncFormatter(written))
    top.tick_params(length=2)
    top.set_xlabel("UTC", loc="right", labelpad=2)
