"""Values fall where the axes say."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="the extra dfs-core[web] is not installed")

from dfs.preparation.pages.plot import Plot, night_plot, season_plot

START = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)
TIMES = [START + dt.timedelta(hours=hour) for hour in range(9)]


def points(plot: Plot, name: str) -> list[tuple[float, float]]:
    return [tuple(map(float, one.split(","))) for one in plot.lines[name].split()]


@given(st.lists(st.floats(0, 90), min_size=9, max_size=9))
def test_a_higher_altitude_is_higher_on_the_plot_and_stays_inside(altitudes):
    plot = night_plot(TIMES, {"target": altitudes}, [True] * 9, None, 30.0)
    placed = points(plot, "target")
    assert placed[0][0] == plot.left
    assert placed[-1][0] == plot.right
    assert all(plot.top <= y <= plot.floor for _, y in placed)
    order = sorted(range(9), key=altitudes.__getitem__)
    heights = [placed[index][1] for index in order]
    assert heights == sorted(heights, reverse=True)


def test_what_is_below_the_horizon_is_left_out():
    plot = night_plot(TIMES, {"moon": [-5.0] * 4 + [10.0] * 5}, [False] * 9, None, None)
    assert len(points(plot, "moon")) == 5
    assert plot.bands == []


@given(st.lists(st.booleans(), min_size=9, max_size=9))
def test_every_stretch_within_the_limits_has_its_band(flags):
    plot = night_plot(TIMES, {}, flags, None, None)
    stretches = sum(flag and not (index and flags[index - 1]) for index, flag in enumerate(flags))
    assert len(plot.bands) == stretches
    assert all(band.width >= 0 for band in plot.bands)


def test_the_dark_hours_lie_between_the_twilights():
    plot = night_plot(TIMES, {}, [False] * 9, (TIMES[2], TIMES[6]), None)
    (band,) = plot.bands
    assert band.label == "dark"
    assert band.x == pytest.approx(plot.left + (plot.right - plot.left) / 4, abs=0.1)
    assert [tick.label for tick in plot.x_ticks][:2] == ["00", "01"]


def test_a_period_has_its_months_and_the_longest_night_touches_the_top():
    evenings = [dt.date(2026, 10, 20) + dt.timedelta(days=day) for day in range(30)]
    plot = season_plot(evenings, {"target": [0.0] * 29 + [6.5]})
    assert [tick.label for tick in plot.x_ticks] == ["Nov"]
    assert points(plot, "target")[-1] == (plot.right, plot.top)
    assert points(plot, "target")[0] == (plot.left, plot.floor)
