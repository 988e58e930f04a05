"""How verdicts are reached."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.plugin import Limits, Measurement, QualityParameter, Score, TrendLimits, Verdict
from dfs.quality.logic import (
    SEVERITY,
    contradiction,
    interval,
    judge,
    overall,
    quantity,
    score,
    score_limits,
    unjudge,
    worst,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
bounds = st.none() | finite


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    low, high = draw(bounds), draw(bounds)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Limits(low=low, high=high)


@st.composite
def parameters(draw: st.DrawFn) -> QualityParameter:
    return QualityParameter(
        name="QC.TEST",
        unit=draw(st.sampled_from(["", "ADU"])),
        help="A value.",
        recipes=("demo_bias",),
        reference=draw(bounds),
        warning=draw(st.none() | limits()),
        limits=draw(st.none() | limits()),
    )


def parameter(**kw: object) -> QualityParameter:
    told = {"name": "QC.TEST", "unit": "ADU", "help": "A value.", "recipes": ("demo_bias",)}
    return QualityParameter.model_validate(told | kw)


def scored(verdict: Verdict, name: str = "QC.TEST") -> Score:
    return Score(name=name, category="MASTER_BIAS", verdict=verdict, reason="so it is")


@given(parameters(), finite)
def test_the_verdict_follows_from_where_the_value_lies(p: QualityParameter, value: float) -> None:
    verdict, reason = score_limits(p, value)
    if p.limits is not None and not p.limits.contain(value):
        assert verdict is Verdict.BAD
    elif p.warning is not None and not p.warning.contain(value):
        assert verdict is Verdict.WARNING
    elif interval(p.limits) or interval(p.warning):
        assert verdict is Verdict.GOOD
    else:
        assert verdict is Verdict.UNJUDGED
    assert p.unit in reason


@given(parameters(), st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_value_that_is_no_finite_number_is_bad(p: QualityParameter, value: float) -> None:
    verdict, reason = score_limits(p, value)
    assert verdict is Verdict.BAD
    assert "no finite number" in reason


def test_a_bad_value_is_told_with_unit_limit_reference_and_what_to_do() -> None:
    p = parameter(reference=200.0, limits=Limits(low=180.0, high=220.0))
    assert score_limits(p, 231.5) == (
        Verdict.BAD,
        "231.5 ADU is above the limit 220 ADU (reference 200 ADU): "
        "check the raw frames, and do not use the product until then",
    )


def test_a_value_beyond_the_warning_limit_is_told_with_that_limit() -> None:
    p = parameter(warning=Limits(low=195.0), limits=Limits(low=180.0))
    verdict, reason = score_limits(p, 190.0)
    assert verdict is Verdict.WARNING
    assert reason.startswith("190 ADU is below the warning limit 195 ADU: look at the product")


def test_a_value_just_beyond_its_limit_is_not_written_like_the_limit() -> None:
    _, reason = score_limits(parameter(limits=Limits(high=0.3)), 0.1 + 0.2)
    assert reason.startswith("0.30000000000000004 ADU is above the limit 0.29999999999999999 ADU")


def test_a_parameter_without_limits_is_left_to_a_person() -> None:
    assert score_limits(parameter(reference=2.0), 17.0) == (
        Verdict.UNJUDGED,
        "17 ADU: no limits are declared (reference 2 ADU)",
    )


def test_a_trend_alone_is_enough_to_judge_by() -> None:
    p = parameter(trend=TrendLimits(minimum=4))
    earlier = [2.0, 2.1, 1.9, 2.0]
    assert score(p, 2.0, earlier)[0] is Verdict.GOOD
    assert score(p, 9.0, earlier)[0] is Verdict.BAD
    assert score(p, 9.0, earlier[:3])[0] is Verdict.UNJUDGED


def test_values_without_scatter_and_without_a_floor_say_nothing() -> None:
    verdict, reason = score(parameter(trend=TrendLimits(minimum=4)), 2.1, [2.0] * 4)
    assert verdict is Verdict.UNJUDGED
    assert reason.endswith("no trend: most of 4 earlier values are alike")


@given(parameters(), st.lists(st.floats(-1e6, 1e6), max_size=12), st.floats(-1e6, 1e6))
def test_a_trend_never_makes_a_verdict_better_than_the_limits(
    p: QualityParameter, earlier: list[float], value: float
) -> None:
    limited, _ = score(p, value, earlier)
    verdict, reason = score(p.model_copy(update={"trend": TrendLimits(minimum=3)}), value, earlier)
    assert reason
    if limited is not Verdict.UNJUDGED:
        assert worst((limited, verdict)) is verdict


def test_limits_are_written_as_people_say_them() -> None:
    assert interval(Limits(low=2.0, high=5.0), "ADU") == "2 to 5 ADU"
    assert interval(Limits(high=5.0)) == "at most 5"
    assert interval(Limits(low=0.0), "e-") == "at least 0 e-"
    assert interval(Limits()) == interval(None) == ""
    assert quantity(None) == quantity(math.nan, "ADU") == "not a finite number"


def test_what_nobody_declared_is_left_to_a_person() -> None:
    found = judge({}, [Measurement(name="QC.OTHER", value=1.0, category="MASTER_BIAS")])
    assert found[0].verdict is Verdict.UNJUDGED
    assert "declares no such parameter" in found[0].reason


names = st.sampled_from(["QC.A", "QC.B", "QC.C"])
measurement_lists = st.lists(
    st.builds(
        Measurement,
        name=names,
        value=st.floats(),
        category=st.sampled_from(["MASTER_BIAS", "MASTER_FLAT"]),
        product=st.just(""),
        time_mjd=st.none(),
        setup=st.just({}),
    )
)


@given(measurement_lists, st.dictionaries(names, parameters()))
def test_every_measurement_has_one_score_in_order(
    found: list[Measurement], declared: dict[str, QualityParameter]
) -> None:
    scores = judge(declared, found)
    assert [(s.name, s.category) for s in scores] == [(m.name, m.category) for m in found]


@given(measurement_lists)
def test_the_plugin_replaces_only_the_scores_that_it_mentions(found: list[Measurement]) -> None:
    said = [
        Score(name=m.name, category=m.category, verdict=Verdict.GOOD, reason="the plugin knows")
        for m in found[:1]
    ]
    mentioned = {(s.name, s.category) for s in said}
    for limited, scored in zip(judge({}, found), judge({}, found, said), strict=True):
        expected = said[0] if (scored.name, scored.category) in mentioned else limited
        assert scored == expected


def test_a_score_of_what_was_not_measured_contradicts_the_measurements() -> None:
    found = [Measurement(name="QC.TEST", value=1.0, category="MASTER_BIAS")]
    assert contradiction(found, [scored(Verdict.GOOD)]) == ""
    assert "which was not measured" in contradiction(found, [scored(Verdict.GOOD, "QC.OTHER")])
    assert "2 times" in contradiction(found, [scored(Verdict.GOOD), scored(Verdict.BAD)])


@given(st.lists(st.sampled_from(Verdict), min_size=1))
def test_a_block_is_as_bad_as_its_worst_parameter(verdicts: list[Verdict]) -> None:
    verdict, reason = overall([scored(v) for v in verdicts])
    assert verdict is worst(verdicts)
    assert all(SEVERITY.index(v) <= SEVERITY.index(verdict) for v in verdicts)
    assert reason


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ([], "nothing was measured"),
        ([Verdict.GOOD], "1 parameter measured, all good"),
        ([Verdict.GOOD, Verdict.GOOD], "2 parameters measured, all good"),
        ([Verdict.GOOD, Verdict.BAD], "QC.TEST (MASTER_BIAS): so it is"),
        ([Verdict.BAD, Verdict.BAD], "QC.TEST (MASTER_BIAS): so it is — and 1 more"),
    ],
)
def test_a_block_says_why_it_is_as_it_is(verdicts: list[Verdict], reason: str) -> None:
    assert overall([scored(v) for v in verdicts])[1] == reason


def test_a_block_without_measurements_is_to_be_judged() -> None:
    assert overall([])[0] is Verdict.UNJUDGED


def test_failed_scoring_leaves_the_verdict_open_but_keeps_what_the_limits_say() -> None:
    (left,) = unjudge([scored(Verdict.BAD)], "ValueError: boom")
    assert left.verdict is Verdict.UNJUDGED
    assert "ValueError: boom" in left.reason
    assert "by the declared limits it is bad: so it is" in left.reason
