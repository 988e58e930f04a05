"""What is usual in a series, what lies outside, and whether it drifts."""

from __future__ import annotations

import math
from itertools import permutations
from statistics import pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.plugin import QualityParameter, TrendLimits, Verdict
from dfs.quality.certification import Decision
from dfs.quality.trend import (
    RobustStatistics,
    Series,
    Trend,
    TrendPoint,
    _sign,
    _variance_of_concordance,
    fit_drift,
    robust_statistics,
    since_the_first_of,
)

numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
whole = st.integers(-1000, 1000)


def judged_by(**limits: float) -> QualityParameter:
    return QualityParameter(
        name="QC.BIAS.LEVEL",
        unit="ADU",
        help="Level.",
        recipes=("demo_bias",),
        trend=TrendLimits.model_validate(limits),
    )


series = Series("demo", "demo_bias", "QC.BIAS.LEVEL", "MASTER_BIAS", {"SPEED": "fast"})


def point(
    value: float | None,
    time_mjd: float | None = 61000.0,
    verdict: Verdict = Verdict.GOOD,
    decision: Decision | None = None,
) -> TrendPoint:
    return TrendPoint("b.MASTER_BIAS", "b", value, time_mjd, verdict, decision)


# ── Statistics ──────────────────────────────────────────────────────────────


def test_median_and_scale_of_known_values() -> None:
    found = robust_statistics([1.0, 2.0, 3.0, 4.0, 100.0])
    assert found == RobustStatistics(5, 3.0, 1.4826)
    assert found.deviation_sigma(3.0 - 2 * 1.4826) == pytest.approx(-2.0)
    assert found.within(2.0).high == pytest.approx(3.0 + 2 * 1.4826)
    assert robust_statistics([]) is None


@given(st.lists(numbers, min_size=1), numbers, st.floats(0.01, 100.0))
def test_statistics_follow_shift_and_stretch(
    values: list[float], shift: float, factor: float
) -> None:
    found = robust_statistics(values)
    moved = robust_statistics([factor * value + shift for value in values])
    assert found is not None
    assert moved is not None
    assert moved.median == pytest.approx(factor * found.median + shift, rel=1e-9, abs=1e-3)
    assert moved.scale == pytest.approx(factor * found.scale, rel=1e-6, abs=1e-3)


@given(st.lists(numbers, min_size=3), st.data())
def test_fewer_than_half_of_the_values_cannot_carry_the_statistics_away(
    values: list[float], data: st.DataObject
) -> None:
    wild = data.draw(st.integers(0, (len(values) - 1) // 2))
    spoilt = robust_statistics([1e12] * wild + values[wild:])
    assert spoilt is not None
    assert min(values[wild:]) <= spoilt.median <= max(values[wild:])


@given(st.lists(numbers, min_size=1), st.floats(0.0, 1e3))
def test_the_scale_is_at_least_the_floor(values: list[float], floor: float) -> None:
    found = robust_statistics(values, floor)
    assert found is not None
    assert found.scale >= floor
    assert found.deviation_sigma(found.median) == 0.0


def test_without_scatter_whatever_differs_is_infinitely_far() -> None:
    found = robust_statistics([2.0, 2.0, 2.0])
    assert found is not None
    assert found.deviation_sigma(2.1) == math.inf
    assert found.deviation_sigma(1.9) == -math.inf


# ── Drift ───────────────────────────────────────────────────────────────────


@given(st.lists(whole, min_size=3, max_size=12, unique=True), whole, whole)
def test_a_straight_line_drifts_by_its_slope(times: list[int], slope: int, start: int) -> None:
    drift = fit_drift([(float(t), float(slope * t + start)) for t in times])
    assert drift is not None
    assert drift.per_day == slope
    assert drift.span_days == max(times) - min(times)
    assert (drift.significance_sigma > 0) == (slope != 0)


def test_one_wild_value_does_not_turn_a_drift() -> None:
    line = [(float(day), 200.0 + 0.5 * day) for day in range(20)]
    line[-1] = (19.0, 1e6)
    drift = fit_drift(line)
    assert drift is not None
    assert drift.per_day == pytest.approx(0.5)
    assert drift.is_significant


@given(st.lists(st.tuples(whole, whole), min_size=3, max_size=10))
def test_time_run_backwards_turns_the_drift_and_keeps_its_significance(
    measured: list[tuple[int, int]],
) -> None:
    forwards = fit_drift([(float(t), float(v)) for t, v in measured])
    backwards = fit_drift([(-float(t), float(v)) for t, v in measured])
    if forwards is None or backwards is None:
        assert forwards is backwards is None
        return
    assert backwards.per_day == pytest.approx(-forwards.per_day)
    assert backwards.significance_sigma == forwards.significance_sigma


@pytest.mark.parametrize("measured", [[], [(1.0, 2.0)] * 2, [(1.0, 2.0), (1.0, 3.0), (1.0, 4.0)]])
def test_too_few_values_or_times_drift_nowhere(measured: list[tuple[float, float]]) -> None:
    assert fit_drift(measured) is None


@pytest.mark.parametrize(
    ("times", "values"),
    [
        ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        ((1, 1, 2, 3, 4), (7, 8, 8, 8, 9)),
        ((1, 1, 2, 2, 2, 3), (5, 5, 6, 6, 7, 7)),
    ],
)
def test_the_variance_of_chance_is_that_of_all_orders(
    times: tuple[int, ...], values: tuple[int, ...]
) -> None:
    def concordance(order: tuple[int, ...]) -> int:
        return sum(
            _sign(order[j] - order[i]) * _sign(times[j] - times[i])
            for i in range(len(times))
            for j in range(i + 1, len(times))
        )

    exact = pvariance([concordance(order) for order in permutations(values)])
    assert _variance_of_concordance(times, values) == pytest.approx(exact)


# ── Which values count ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("verdict", "decision", "counts"),
    [
        (Verdict.GOOD, None, True),
        (Verdict.WARNING, None, True),
        (Verdict.UNJUDGED, None, True),
        (Verdict.BAD, None, False),
        (Verdict.BAD, Decision.CERTIFIED, True),
        (Verdict.GOOD, Decision.REJECTED, False),
    ],
)
def test_a_persons_decision_outdoes_the_verdict(
    verdict: Verdict, decision: Decision | None, counts: bool
) -> None:
    assert point(2.0, verdict=verdict, decision=decision).counts is counts
    assert not point(None, verdict=verdict, decision=decision).counts


points = st.lists(st.builds(point, numbers | st.none(), verdict=st.sampled_from(Verdict)))


@given(points, st.integers(1, 10))
def test_no_more_is_taken_than_counts(latest_first: list[TrendPoint], length: int) -> None:
    unread = iter(latest_first)
    taken = since_the_first_of(unread, length)
    assert taken[::-1] + list(unread) == latest_first
    counted = sum(p.counts for p in taken)
    assert counted == min(length, sum(p.counts for p in latest_first))
    if counted == length:
        assert taken[0].counts


@given(points)
def test_what_does_not_count_changes_no_limit(found: list[TrendPoint]) -> None:
    limits = judged_by(minimum=3, floor=0.1)
    every = Trend.of(series, "ADU", limits, found)
    alone = Trend.of(series, "ADU", limits, [p for p in found if p.counts])
    assert (every.statistics, every.drift, every.bad) == (
        alone.statistics,
        alone.drift,
        alone.bad,
    )


def test_an_outlier_is_marked_whether_or_not_it_counts() -> None:
    usual = [point(200.0 + i % 3, 61000.0 + i) for i in range(10)]
    far = point(300.0, 61010.0, Verdict.BAD)
    trend = Trend.of(series, "ADU", judged_by(minimum=8), [*usual, far])
    assert [p for p in trend.points if trend.is_outlier(p)] == [far]
    assert trend.is_declared


@given(points)
def test_a_plot_shows_the_limits_and_all_but_what_is_far_off(found: list[TrendPoint]) -> None:
    trend = Trend.of(series, "ADU", judged_by(minimum=3, floor=0.1), found)
    window = trend.window()
    values = [p.value for p in found if p.value is not None]
    assert (window is None) == (not values)
    if window is None:
        return
    low, high = window
    assert low < high
    if trend.bad is None:
        assert low <= min(values) <= max(values) <= high
    else:
        assert trend.bad.low is not None
        assert trend.bad.high is not None
        assert low < trend.bad.low <= trend.bad.high < high


def test_too_few_values_give_statistics_but_no_limits() -> None:
    trend = Trend.of(series, "ADU", judged_by(minimum=8), [point(1.0), point(2.0), point(3.0)])
    assert trend.statistics == RobustStatistics(3, 2.0, 1.4826)
    assert trend.warning is trend.bad is None
    assert not trend.is_outlier(point(1e9))


# ── Series ──────────────────────────────────────────────────────────────────


def test_a_series_is_known_by_parameter_category_and_setup() -> None:
    def key(**setup: object) -> str:
        return Series("demo", "demo_bias", "QC.A", "MASTER_BIAS", setup).key  # type: ignore[arg-type]

    assert key(A=1, B="x") == key(B="x", A=1.0)
    assert len({key(A=1), key(A="1"), key(A=True), key(A=1.5), key()}) == 5
