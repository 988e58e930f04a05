"""What the sky says of a block."""

import datetime as dt
from dataclasses import replace

import pytest

from dfs.plugin import AbsoluteInterval, SiderealInterval
from dfs.preparation.service import intervals, items, lifecycle
from dfs.preparation.service.visibility import sky_over


@pytest.fixture
def sky(stage):
    run = items.prepared_run(stage.room, stage.pi, stage.service).run
    return sky_over(stage.room.observatory, run)


@pytest.fixture
def block(stage):
    """Give a block of a target of April, of which fields can be said otherwise."""
    made = items.block(stage.room, stage.pi, stage.observable().id).block

    def make(target=None, **fields):
        moved = made.target.model_copy(update=target or {})
        return made.model_copy(update={"target": moved, **fields})

    return make


def _window(month, day, hour, hours):
    start = dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)
    return (AbsoluteInterval(start=start, end=start + dt.timedelta(hours=hours)),)


def test_the_far_north_is_out_of_reach(sky, block):
    assert sky.can_point(block())
    assert not sky.can_point(block({"dec": "+70:00:00.000"}))


def test_a_target_of_spring_is_up_at_midnight_in_spring(sky, block):
    assert sky.is_observable(block(), (), 3600)
    assert sky.is_observable(block(), _window(4, 15, 4, 1), 3600)
    assert not sky.is_observable(block(), _window(4, 15, 16, 1), 3600)
    assert not sky.is_observable(block(), _window(9, 20, 4, 1), 3600)


def test_a_block_must_fit_as_a_whole(sky, block):
    assert not sky.is_observable(block(), (), 12 * 3600)
    low = block(constraints={"airmass": 1.01})
    assert sky.is_observable(low, (), 1200)
    assert not sky.is_observable(low, (), 3 * 3600)


def test_sidereal_intervals_hold_through_the_whole_block(sky, block):
    hour = (SiderealInterval(start_min=720, end_min=780),)
    assert sky.is_observable(block(sidereal_intervals=hour), (), 1800)
    assert not sky.is_observable(block(sidereal_intervals=hour), (), 2 * 3600)
    never = (SiderealInterval(start_min=0, end_min=60),)
    assert not sky.is_observable(block(sidereal_intervals=never), (), 600)


def test_nobody_can_tell_the_sky_over_an_unknown_telescope(stage):
    run = items.prepared_run(stage.room, stage.pi, stage.service).run
    assert sky_over(stage.room.observatory, replace(run, telescope="ELSEWHERE")) is None
    assert sky_over(stage.room.observatory, replace(run, scheduled_period=400)) is None


def test_verification_asks_the_sky(stage):
    made = stage.observable()
    codes = {one.code for one in lifecycle.verify(stage.room, stage.pi, made.id).findings}
    given = _window(9, 20, 4, 1)
    intervals.save_absolute_intervals(stage.room, stage.pi, made.id, given, 1)
    now = {one.code for one in lifecycle.verify(stage.room, stage.pi, made.id).findings}
    assert len(now - codes) == 1
