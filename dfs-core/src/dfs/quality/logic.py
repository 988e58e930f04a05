"""How verdicts are reached; pure functions.

A verdict is never better than what is known: a parameter without limits, or one that
nobody declared, is *to be judged*, and a value that is no finite number is *bad* as
soon as the parameter is declared, because a healthy recipe measures a number. Of the
declared limits and those of the trend, the worse verdict wins.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from dfs.plugin import Limits, Measurement, QualityParameter, Score, TrendLimits, Verdict
from dfs.quality.trend import RobustStatistics, Trend, robust_statistics

Earlier: TypeAlias = Mapping[tuple[str, str], Sequence[float]]
"""Earlier values of the same series, by parameter and category of the product."""

SEVERITY = (Verdict.GOOD, Verdict.UNJUDGED, Verdict.WARNING, Verdict.BAD)
"""Best first. *To be judged* is worse than good, for silence is no yes, and better than a
warning, for a warning says the same and why."""

_ADVICE = {
    Verdict.WARNING: "look at the product before relying on it",
    Verdict.BAD: "check the raw frames, and do not use the product until then",
}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of some verdicts; *to be judged* if there is none."""
    return max(verdicts, key=SEVERITY.index, default=Verdict.UNJUDGED)


def quantity(value: float | None, unit: str = "", *, digits: int = 6) -> str:
    """Write a value with its unit, to so many significant digits; None is no finite number."""
    if value is None or not math.isfinite(value):
        return "not a finite number"
    number = f"{value:.{digits}g}"
    return f"{number} {unit}" if unit else number


def interval(limits: Limits | None, unit: str = "") -> str:
    """Write limits, e.g. ``2 to 5 ADU`` or ``at most 5 ADU``; empty if there are none."""
    low, high = (None, None) if limits is None else (limits.low, limits.high)
    if low is None:
        return "" if high is None else f"at most {quantity(high, unit)}"
    if high is None:
        return f"at least {quantity(low, unit)}"
    return f"{quantity(low)} to {quantity(high, unit)}"


def score_limits(parameter: QualityParameter, value: float) -> tuple[Verdict, str]:
    """Judge a value by the limits that its parameter declares.

    Parameters
    ----------
    parameter : the declaration.
    value : in the parameter's unit.

    Returns
    -------
    verdict : *bad* outside the limits or where the value is not finite, *warning* outside
        the warning limits, *to be judged* where neither is declared, else *good*.
    reason : a sentence that names value, unit and limit.
    """
    if not math.isfinite(value):
        return Verdict.BAD, (
            f"the recipe measured no finite number: {_ADVICE[Verdict.BAD]}{_healthy(parameter)}"
        )
    for verdict, limits, what in (
        (Verdict.BAD, parameter.limits, "limit"),
        (Verdict.WARNING, parameter.warning, "warning limit"),
    ):
        if limits is not None and not limits.contain(value):
            beyond = _beyond(limits, value, what, parameter.unit)
            return verdict, f"{beyond}{_healthy(parameter)}: {_ADVICE[verdict]}"
    for limits, what in ((parameter.warning, "warning limits"), (parameter.limits, "limits")):
        if allowed := interval(limits, parameter.unit):
            shown = quantity(value, parameter.unit)
            return Verdict.GOOD, f"{shown} is within the {what}, {allowed}"
    return Verdict.UNJUDGED, (
        f"{quantity(value, parameter.unit)}: no limits are declared{_healthy(parameter)}"
    )


def _beyond(limits: Limits, value: float, what: str, unit: str) -> str:
    low = limits.low is not None and value < limits.low
    side, bound = ("below", limits.low) if low else ("above", limits.high)
    # A value just beyond its limit must not be written like the limit itself.
    digits = 6 if quantity(value) != quantity(bound) else 17
    shown = quantity(value, unit, digits=digits)
    return f"{shown} is {side} the {what} {quantity(bound, unit, digits=digits)}"


def _healthy(parameter: QualityParameter) -> str:
    if parameter.reference is None:
        return ""
    return f" (reference {quantity(parameter.reference, parameter.unit)})"


def score_trend(
    parameter: QualityParameter, trend: TrendLimits, value: float, earlier: Sequence[float]
) -> tuple[Verdict | None, str]:
    """Judge a finite value by those measured before it.

    Parameters
    ----------
    parameter : the declaration.
    trend : its trend limits.
    value : in the parameter's unit.
    earlier : values of the same series that count, at most so many as the limits ask for.

    Returns
    -------
    verdict : None if the earlier values say nothing: too few, or without any scatter.
    reason : part of a sentence, with median, scale and number of values.
    """
    found = robust_statistics(earlier, trend.floor)
    if found is None or found.count < trend.minimum:
        return None, f"no trend yet: {len(earlier)} of {trend.minimum} earlier values"
    if found.scale == 0:
        return None, f"no trend: most of {found.count} earlier values are alike"
    usual = _usual(found, parameter.unit)
    distance = found.deviation_sigma(value)
    for verdict, sigma in (
        (Verdict.BAD, trend.bad_sigma),
        (Verdict.WARNING, trend.warning_sigma),
    ):
        if abs(distance) > sigma:
            side = "above" if distance > 0 else "below"
            shown = quantity(value, parameter.unit)
            far = f"{abs(distance):.1f} σ {side} {usual}"
            return verdict, f"{shown} is {far}; more than {sigma:g} σ is {verdict.value}"
    return Verdict.GOOD, f"it is within {trend.warning_sigma:g} σ of {usual}"


def _usual(found: RobustStatistics, unit: str) -> str:
    scale = quantity(found.scale, unit, digits=3)
    return (
        f"the median {quantity(found.median, unit)} of {found.count} earlier values (σ is {scale})"
    )


def score(
    parameter: QualityParameter, value: float, earlier: Sequence[float] = ()
) -> tuple[Verdict, str]:
    """Judge a value by the limits that its parameter declares and by its trend.

    Parameters
    ----------
    parameter : the declaration.
    value : in the parameter's unit.
    earlier : values of the same series that count.

    Returns
    -------
    verdict : the worse of the two.
    reason : a sentence; what decided stands first.
    """
    verdict, reason = score_limits(parameter, value)
    if parameter.trend is None or not math.isfinite(value):
        return verdict, reason
    by_trend, said = score_trend(parameter, parameter.trend, value, earlier)
    if by_trend is None:
        return verdict, f"{reason}; {said}"
    told = f"{said}: {_ADVICE[by_trend]}" if by_trend in _ADVICE else said
    if verdict is Verdict.UNJUDGED:  # nothing but the trend is there to judge by
        return by_trend, told
    if worst((verdict, by_trend)) is verdict:
        return verdict, f"{reason}; {said}"
    return by_trend, f"{told}; {reason}"


def trend_in_words(trend: Trend) -> str:
    """Say what is usual in a series."""
    found = trend.statistics
    if found is None:
        return "no value counts"
    values = "1 value" if found.count == 1 else f"{found.count} values"
    said = f"median {quantity(found.median, trend.unit)} of {values}"
    said += f", σ {quantity(found.scale, trend.unit, digits=3)}"
    if found.count < trend.limits.minimum:
        return f"{said}; limits from {trend.limits.minimum} values on"
    if found.scale == 0:
        return f"{said}; no limits, for most values are alike"
    allowed = interval(trend.bad, trend.unit)
    return f"{said}; limits {allowed}" + ("" if trend.is_declared else ", shown but not declared")


def drift_in_words(trend: Trend) -> str:
    """Say how a series changes."""
    if (drift := trend.drift) is None:
        return "too few values to see a drift"
    rate = quantity(drift.per_day, f"{trend.unit}/d" if trend.unit else "/d", digits=3)
    sure = f"{drift.significance_sigma:.1f} σ in {drift.span_days:.3g} d"
    return f"it drifts by {rate} ({sure})" if drift.is_significant else f"no drift ({sure})"


def judge(
    parameters: Mapping[str, QualityParameter],
    measurements: Sequence[Measurement],
    plugin_scores: Sequence[Score] | None = None,
    earlier: Earlier = MappingProxyType({}),
) -> tuple[Score, ...]:
    """Judge measurements by limits and trend, then let the plugin's scores replace that.

    Parameters
    ----------
    parameters : declared by the plugin, by name.
    measurements : of one block.
    plugin_scores : what the plugin said; None if it was not asked.
    earlier : values of the same series that count.

    Returns
    -------
    tuple of Score
        One for each measurement, in order.
    """
    said = {(score.name, score.category): score for score in plugin_scores or ()}
    return tuple(
        said.get((m.name, m.category)) or _scored(parameters, m, earlier) for m in measurements
    )


def _scored(
    parameters: Mapping[str, QualityParameter], measurement: Measurement, earlier: Earlier
) -> Score:
    parameter = parameters.get(measurement.name)
    if parameter is None:
        verdict, reason = Verdict.UNJUDGED, "the plugin declares no such parameter for the recipe"
    else:
        before = earlier.get((measurement.name, measurement.category), ())
        verdict, reason = score(parameter, measurement.value, before)
    return Score(
        name=measurement.name, category=measurement.category, verdict=verdict, reason=reason
    )


def contradiction(measurements: Sequence[Measurement], plugin_scores: Sequence[Score]) -> str:
    """Say why a plugin's scores cannot be meant for these measurements; empty if they can."""
    measured = {(m.name, m.category) for m in measurements}
    scored = Counter((score.name, score.category) for score in plugin_scores)
    for (name, category), count in scored.items():
        if (name, category) not in measured:
            return f"it scored {name} of {category!r}, which was not measured"
        if count > 1:
            return f"it scored {name} of {category!r} {count} times"
    return ""


def unjudge(scores: Sequence[Score], cause: str) -> tuple[Score, ...]:
    """Leave every verdict to a person, because the plugin's scoring failed.

    Parameters
    ----------
    scores : the verdicts from the limits; each reason keeps what they said.
    cause : why the plugin's scoring failed.
    """
    return tuple(
        Score(
            name=score.name,
            category=score.category,
            verdict=Verdict.UNJUDGED,
            reason=f"the plugin's scoring failed ({cause}); by the declared limits it is "
            f"{score.verdict.value}: {score.reason}",
        )
        for score in scores
    )


def overall(scores: Sequence[Score]) -> tuple[Verdict, str]:
    """Give a block's verdict, the worst of its parameters', and a sentence that says why."""
    if not scores:
        return Verdict.UNJUDGED, "nothing was measured"
    verdict = worst(score.verdict for score in scores)
    if verdict is Verdict.GOOD:
        return verdict, f"{_parameters(len(scores))} measured, all good"
    worst_ones = [score for score in scores if score.verdict is verdict]
    first = worst_ones[0]
    rest = f" — and {len(worst_ones) - 1} more" if len(worst_ones) > 1 else ""
    return verdict, f"{first.name} ({first.category}): {first.reason}{rest}"


def _parameters(count: int) -> str:
    return "1 parameter" if count == 1 else f"{count} parameters"
