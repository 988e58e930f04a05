"""Control charts: where points lie, in letters, as pictures and in reports."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.plugin import Limits, Measurement, QualityParameter, Score, TrendLimits, Verdict
from dfs.quality.certification import Decision
from dfs.quality.chart import Mark, chart, mark
from dfs.quality.logic import drift_in_words, trend_in_words
from dfs.quality.model import ScoredMeasurement
from dfs.quality.report.control import control_chart
from dfs.quality.report.trend_picture import draw_trend
from dfs.quality.terminal import draw_chart
from dfs.quality.trend import Series, Trend, TrendPoint

PARAMETER = QualityParameter(
    name="QC.BIAS.LEVEL",
    unit="ADU",
    help="Level.",
    recipes=("demo_bias",),
    limits=Limits(low=0.0, high=209.5),
    trend=TrendLimits(minimum=5),
)
SERIES = Series("demo", "demo_bias", "QC.BIAS.LEVEL", "MASTER_BIAS", {"SPEED": "fast"})


def point(
    day: float | None,
    value: float | None,
    verdict: Verdict = Verdict.GOOD,
    decision: Decision | None = None,
) -> TrendPoint:
    time = None if day is None else 61000.0 + day
    return TrendPoint(f"b{day}.MASTER_BIAS", f"b{day}", value, time, verdict, decision)


def trend_of(*points: TrendPoint, parameter: QualityParameter | None = PARAMETER) -> Trend:
    return Trend.of(SERIES, "ADU", parameter, points)


@pytest.fixture
def month() -> Trend:
    """Ten good nights, a bad one far off, a rejected one, one without a number."""
    usual = [point(day, 200.0 + day % 3) for day in range(10)]
    return trend_of(
        *usual,
        point(10, 900.0, Verdict.BAD),
        point(11, 201.0, Verdict.GOOD, Decision.REJECTED),
        point(12, None, Verdict.BAD),
        point(13, 209.0, Verdict.WARNING),
    )


days = st.none() | st.floats(0, 1000)
values = st.none() | st.floats(-1e9, 1e9)


@given(st.lists(st.builds(point, days, values, st.sampled_from(Verdict))))
def test_every_point_with_time_and_number_lies_in_the_chart(points: list[TrendPoint]) -> None:
    placed = chart(trend_of(*points))
    shown = [p for p in points if p.time_mjd is not None and p.value is not None]
    assert (placed is None) == (not shown)
    if placed is None:
        return
    assert len(placed.points) == len(shown)
    assert all(0 <= p.x <= 1 and 0 <= p.y <= 1 for p in placed.points)
    assert all(0 <= level <= 1 for level in placed.fixed)
    assert placed.low < placed.high


def test_what_is_far_off_lies_at_the_edge(month: Trend) -> None:
    placed = chart(month)
    assert placed is not None
    assert [(p.y, p.mark) for p in placed.points if p.beyond] == [(1.0, Mark.BAD)]
    assert placed.bad is not None
    assert placed.median is not None
    assert 0 < placed.bad[0] < placed.median < placed.bad[1] < 1
    assert len(placed.fixed) == 1  # the lower limit of 0 ADU is far away


def test_a_mark_tells_what_people_decided_before_what_was_measured() -> None:
    assert mark(point(0, 1.0, Verdict.BAD, Decision.CERTIFIED)) is Mark.GOOD
    assert mark(point(0, 1.0, Verdict.GOOD, Decision.REJECTED)) is Mark.REJECTED
    assert len({m.sign for m in Mark}) == len(Mark)


# ── Words ───────────────────────────────────────────────────────────────────


def test_a_trend_is_told_in_words(month: Trend) -> None:
    assert trend_in_words(month) == (
        "median 201 ADU of 11 values, σ 1.48 ADU; limits 193.587 to 208.413 ADU"
    )
    assert drift_in_words(month).startswith("no drift (")
    line = trend_of(*(point(day, 200.0 + day) for day in range(12)), parameter=None)
    assert trend_in_words(line).endswith("ADU, shown but not declared")
    assert drift_in_words(line).startswith("it drifts by 1 ADU/d (")


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([], "no value counts"),
        ([point(0, 1.0)], "median 1 ADU of 1 value, σ 0 ADU; limits from 5 values on"),
        ([point(d, 1.0) for d in range(5)], "no limits, for most values are alike"),
    ],
)
def test_too_few_values_are_told(points: list[TrendPoint], said: str) -> None:
    assert said in trend_in_words(trend_of(*points))


# ── Letters ─────────────────────────────────────────────────────────────────


def test_a_terminal_shows_limits_dates_and_marks(month: Trend) -> None:
    lines = draw_chart(month, 80)
    assert max(map(len, lines)) <= 80
    labels = [label for line in lines if (label := line[:16].strip())]
    assert labels == ["+5 σ", "+3 σ", "201 ADU", "−3 σ", "−5 σ"]
    text = "\n".join(lines)
    assert text.count("●") == 10 + 1  # and once in the legend
    assert text.count("▲") == 1 + 1
    assert "2025-11-21" in lines[-2]
    assert lines[-2].endswith("2025-12-04")
    assert lines[-1].split("  ")[-1] == "▲▼ beyond the chart"


def test_a_label_stands_beside_its_line(month: Trend) -> None:
    (median,) = [line for line in draw_chart(month, 60) if "201 ADU" in line]
    assert sum("\u2801" <= letter <= "\u28ff" for letter in median) > 20


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_chart(trend_of(), 80) == []
    assert len(draw_chart(trend_of(point(0, 5.0)), 10)) > 10


# ── Pictures ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format_", ["png", "svg"])
def test_the_same_trend_gives_the_same_picture(month: Trend, format_) -> None:
    assert draw_trend(month, format_) == draw_trend(month, format_)


def test_a_series_of_any_length_can_be_drawn() -> None:
    for points in ([], [point(0, 5.0)], [point(None, 5.0)], [point(0, 5.0), point(0.1, 6.0)]):
        assert draw_trend(trend_of(*points)).startswith(b"\x89PNG")


# ── Reports ─────────────────────────────────────────────────────────────────


def scored(value: float, trend: Trend | None, day: float | None = 20) -> ScoredMeasurement:
    measurement = Measurement(
        name="QC.BIAS.LEVEL",
        value=value,
        category="MASTER_BIAS",
        time_mjd=None if day is None else 61000.0 + day,
    )
    score = Score(
        name="QC.BIAS.LEVEL", category="MASTER_BIAS", verdict=Verdict.WARNING, reason="so it is"
    )
    return ScoredMeasurement(measurement, score, PARAMETER, trend)


def test_a_report_charts_its_value_after_those_before_it(month: Trend) -> None:
    found = control_chart(scored(205.0, month))
    assert found is not None
    assert found.title == "QC.BIAS.LEVEL of MASTER_BIAS"
    assert found.chart.this is not None
    assert (found.chart.this.x, found.chart.this.mark) == (1.0, Mark.WARNING)
    assert found.caption.startswith("median 201 ADU of 11 values")


def test_without_anything_before_it_there_is_no_chart(month: Trend) -> None:
    assert control_chart(scored(205.0, None)) is None
    assert control_chart(scored(205.0, trend_of())) is None
    assert control_chart(scored(205.0, trend_of(point(None, 200.0)), day=None)) is None
    unmeasured = control_chart(scored(math.nan, replace(month)))
    assert unmeasured is not None
    assert unmeasured.chart.this is None
