"""Trends and decisions as plain values, for JSON."""

from __future__ import annotations

from typing import Any

from dfs.plugin import Limits
from dfs.quality.certification import Certificate
from dfs.quality.trend import Trend, TrendPoint

__all__ = ["certificate_to_json", "statistics_to_json", "trend_to_json"]


def trend_to_json(trend: Trend) -> dict[str, Any]:
    """Give a series with its points."""
    series = trend.series
    return {
        "instrument": series.instrument,
        "recipe": series.recipe,
        "parameter": series.name,
        "category": series.category,
        "setup": dict(series.setup),
        "unit": trend.unit,
        **statistics_to_json(trend),
        "points": [_point(trend, point) for point in trend.points],
    }


def statistics_to_json(trend: Trend) -> dict[str, Any]:
    """Give what is usual in a series."""
    found, drift = trend.statistics, trend.drift
    return {
        "count": found.count if found else 0,
        "minimum": trend.limits.minimum,
        "judges": trend.is_declared and trend.is_enough,
        "median": found.median if found else None,
        "scale": found.scale if found else None,
        "warning": _limits(trend.warning),
        "bad": _limits(trend.bad),
        "drift": drift
        and {
            "per_day": drift.per_day,
            "significance_sigma": drift.significance_sigma,
            "span_days": drift.span_days,
        },
    }


def _point(trend: Trend, point: TrendPoint) -> dict[str, Any]:
    return {
        "product": point.product,
        "block": point.block,
        "time_mjd": point.time_mjd,
        "value": point.value,
        "verdict": point.verdict.value,
        "decision": point.decision and point.decision.value,
        "counts": point.counts,
        "outlier": trend.is_outlier(point),
    }


def _limits(limits: Limits | None) -> dict[str, float | None] | None:
    return None if limits is None else {"low": limits.low, "high": limits.high}


def certificate_to_json(certificate: Certificate) -> dict[str, Any]:
    """Give a decision."""
    return {
        "product": certificate.product,
        "sha256": certificate.sha256,
        "content": certificate.content,
        "decision": certificate.decision.value,
        "who": certificate.who,
        "reason": certificate.reason,
        "decided_at": certificate.decided_at.isoformat(),
        "in_force": certificate.in_force,
    }
