"""Where a value lies among its limits, as numbers for a small drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dfs.plugin import Limits, QualityParameter

__all__ = ["Gauge", "gauge"]


@dataclass(frozen=True, slots=True)
class Gauge:
    """Positions in percent of the drawing's width.

    Parameters
    ----------
    allowed : from where to where a value is not bad.
    expected : from where to where it is good.
    reference : the healthy value; None if that is not declared.
    marker : the value, at the edge if it lies farther out.
    """

    allowed: tuple[float, float]
    expected: tuple[float, float]
    reference: float | None
    marker: float


def gauge(parameter: QualityParameter, value: float) -> Gauge | None:
    """Place a value among its limits; None without limits or without a finite value."""
    bounds = [
        bound
        for limits in (parameter.limits, parameter.warning)
        if limits is not None
        for bound in (limits.low, limits.high)
        if bound is not None and math.isfinite(bound)
    ]
    if not bounds or not math.isfinite(value):
        return None
    known = [*bounds, *([] if parameter.reference is None else [parameter.reference])]
    if len(set(known)) == 1:
        known.append(value)
    span = (max(known) - min(known)) or abs(known[0]) or 1.0
    start, width = min(known) - 0.25 * span, 1.5 * span

    def place(number: float) -> float:
        return round(min(max(100 * (number - start) / width, 0.0), 100.0), 2)

    def zone(limits: Limits | None) -> tuple[float, float]:
        low = None if limits is None else limits.low
        high = None if limits is None else limits.high
        return 0.0 if low is None else place(low), 100.0 if high is None else place(high)

    allowed, expected = zone(parameter.limits), zone(parameter.warning)
    return Gauge(
        allowed=allowed,
        expected=(max(allowed[0], expected[0]), min(allowed[1], expected[1])),
        reference=None if parameter.reference is None else place(parameter.reference),
        marker=place(value),
    )
