"""How verdicts are reached; pure functions.

A verdict is never better than what is known: a parameter without limits, or one that
nobody declared, is *to be judged*, and a value that is no finite number is *bad* as
soon as the parameter is declared, because a healthy recipe measures a number.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from dfs.plugin import Limits, Measurement, QualityParameter, Score, Verdict

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


def judge(
    parameters: Mapping[str, QualityParameter],
    measurements: Sequence[Measurement],
    plugin_scores: Sequence[Score] | None = None,
) -> tuple[Score, ...]:
    """Judge measurements by declared limits, then let the plugin's scores replace them.

    Parameters
    ----------
    parameters : declared by the plugin, by name.
    measurements : of one block.
    plugin_scores : what the plugin said; None if it was not asked.

    Returns
    -------
    tuple of Score
        One for each measurement, in order.
    """
    said = {(score.name, score.category): score for score in plugin_scores or ()}
    return tuple(said.get((m.name, m.category)) or _by_limits(parameters, m) for m in measurements)


def _by_limits(parameters: Mapping[str, QualityParameter], measurement: Measurement) -> Score:
    parameter = parameters.get(measurement.name)
    if parameter is None:
        verdict, reason = Verdict.UNJUDGED, "the plugin declares no such parameter for the recipe"
    else:
        verdict, reason = score_limits(parameter, measurement.value)
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
