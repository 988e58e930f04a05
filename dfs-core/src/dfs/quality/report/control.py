"""A control chart for each parameter of a block that was measured before."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dfs.quality.chart import Chart, chart
from dfs.quality.logic import drift_in_words, trend_in_words
from dfs.quality.model import ScoredMeasurement
from dfs.quality.trend import TrendPoint

__all__ = ["ControlChart", "control_chart"]


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A chart with the words that stand for it."""

    title: str
    chart: Chart
    caption: str


def control_chart(scored: ScoredMeasurement) -> ControlChart | None:
    """Chart a measurement among those before it; None if there are none."""
    trend, measurement = scored.trend, scored.measurement
    if trend is None or not trend.points:
        return None
    this = TrendPoint(
        product=measurement.product,
        block="",
        value=measurement.value if math.isfinite(measurement.value) else None,
        time_mjd=measurement.time_mjd,
        verdict=scored.score.verdict,
    )
    if (placed := chart(trend, this)) is None:
        return None
    caption = f"{trend_in_words(trend)}; {drift_in_words(trend)}"
    return ControlChart(f"{measurement.name} of {measurement.category}", placed, caption)
