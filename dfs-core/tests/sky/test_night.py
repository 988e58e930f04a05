from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.sky.grid import SkyGrid
from dfs.sky.model import Limits, Site, Stars
from dfs.sky.night import HORIZON_DEG, Nights, night
from dfs.sky.observability import observability, season_curve, visibility_curve

PARANAL = Site(-70.4048, -24.6270, 2648)
GREENWICH = Site(0.0, 51.4779, 0.0)
EVENING = dt.date(2026, 11, 22)


def test_twilights_follow_each_other():
    one = night(PARANAL, EVENING)
    moments = [
        one.sunset,
        one.civil_dusk,
        one.nautical_dusk,
        one.astronomical_dusk,
        one.midnight,
        one.astronomical_dawn,
        one.nautical_dawn,
        one.civil_dawn,
        one.sunrise,
    ]
    assert moments == sorted(moments)


@settings(max_examples=25, deadline=None)
@given(
    st.builds(Site, st.floats(-180, 180), st.floats(-60, 60), st.just(0.0)),
    st.dates(dt.date(2000, 1, 1), dt.date(2050, 12, 30)),
)
def test_at_each_twilight_the_sun_is_as_low_as_it_says(site, evening):
    one = night(site, evening)
    for name, altitude_deg in (
        ("sun", HORIZON_DEG),
        ("civil", -6),
        ("nautical", -12),
        ("astronomical", -18),
    ):
        for mjd in one.crossings_mjd[name]:
            if mjd is not None:
                sun = one.at(np.array([mjd])).sun_altitude_deg[0]
                assert sun == pytest.approx(altitude_deg, abs=1e-4)


def test_under_the_midnight_sun_there_is_no_night():
    one = night(Site(20.0, 78.0), dt.date(2026, 6, 21))
    assert one.sunset is None and one.sunrise is None
    assert one.grid(600).mjd_utc.size == 0
    assert one.sidereal_interval(0, 24) == []
    curve = visibility_curve(one, Stars.of(0, 80))
    assert curve.times == ()
    assert observability(one.site, Stars.of(0, 80), one.evening, 1, Limits()).item() == 0


@pytest.mark.parametrize("twilight_min", [None, 0.0])
def test_in_the_polar_night_it_is_dark_at_noon(twilight_min):
    site, evening = Site(20.0, 89.9), dt.date(2026, 12, 21)
    hours = observability(
        site, Stars.of(0, 80), evening, 1, Limits(twilight_min=twilight_min), step_s=600
    )
    assert hours.item() == pytest.approx(24, abs=0.2)
    assert night(site, evening).grid(3600).mjd_utc.size == 25


def test_a_summer_night_without_astronomical_darkness_has_no_end_of_twilight():
    one = night(GREENWICH, dt.date(2026, 6, 21))
    assert one.sunset is not None and one.astronomical_dusk is None
    limits = Limits(twilight_min=0)
    assert observability(GREENWICH, Stars.of(0, 80), one.evening, 1, limits).item() == 0


def test_a_circumpolar_star_never_sets_and_its_opposite_never_rises():
    grid = night(PARANAL, EVENING).whole(600)
    altitudes = grid.altitudes_deg(Stars.of([30.0, 30.0], [-80.0, 80.0]))
    assert altitudes[0].min() > 14 and altitudes[1].max() < -14


@given(st.floats(0, 24, exclude_max=True), st.floats(-75, 75))
@settings(max_examples=20, deadline=None)
def test_a_star_on_the_meridian_is_at_its_highest_due_north_or_south(hours, dec):
    one = night(PARANAL, EVENING)
    grid = one.whole(60)
    step = int(np.argmin(abs((grid.sidereal_time_h - hours + 12) % 24 - 12)))
    ra = grid.sidereal_time_h[step] * 15
    star = Stars.of(ra, dec)
    highest = 90 - abs(dec - PARANAL.latitude_deg)
    # Precession since 2000 moves the star by up to half a degree.
    assert grid.altitudes_deg(star)[0, step] == pytest.approx(highest, abs=0.6)


def test_the_parallactic_angle_is_positive_in_the_west_and_antisymmetric():
    one = night(PARANAL, EVENING)
    grid = one.whole(60)
    star = Stars.of(grid.sidereal_time_h[720] * 15, -60.0)
    angles = grid.parallactic_angles_deg(star)[0]
    azimuths = grid.azimuths_deg(star)[0]
    assert (angles[azimuths > 181] > 0).all() and (angles[azimuths < 179] < 0).all()


def test_the_parallactic_angle_is_that_of_the_hour_angle():
    grid = night(PARANAL, dt.date(2000, 1, 1)).whole(3600)
    ra, dec, latitude = 40.0, 20.0, np.radians(PARANAL.latitude_deg)
    hour = np.radians(grid.sidereal_time_h * 15 - ra)
    declination = np.radians(dec)
    formula = np.arctan2(
        np.sin(hour),
        np.cos(declination) * np.tan(latitude) - np.sin(declination) * np.cos(hour),
    )
    angles = grid.parallactic_angles_deg(Stars.of(ra, dec))[0]
    apart = (angles - np.degrees(formula) + 180) % 360 - 180
    assert abs(apart).max() < 0.05


def test_airmass_is_the_secant_of_the_zenith_distance():
    grid = night(PARANAL, EVENING).whole(1800)
    stars = Stars.of([30.0, 90.0], [-20.0, 10.0])
    altitudes, airmasses = grid.altitudes_deg(stars), grid.airmasses(stars)
    up = altitudes > 0
    np.testing.assert_allclose(airmasses[up], 1 / np.sin(np.radians(altitudes[up])))
    assert np.isinf(airmasses[~up]).all()


def test_limits_say_the_same_as_the_angles():
    one = night(PARANAL, EVENING)
    grid = one.grid(300)
    stars = Stars.of(np.arange(0, 360, 10.0), np.linspace(-80, 40, 36))
    limits = Limits(
        airmass=2.0, highest_altitude_deg=87, moon_distance_deg=40, fli=0.5, twilight_min=-30
    )
    start = one.astronomical_dusk - dt.timedelta(minutes=30)
    moments = np.array(
        [one.midnight.timestamp() + (t - one.midnight_mjd) * 86400 for t in grid.mjd_utc]
    )
    usable = (moments >= start.timestamp()) & (moments <= one.astronomical_dawn.timestamp())
    usable &= (grid.moon_illumination <= 0.5) | (grid.moon_altitude_deg < 0)
    expected = (
        (grid.airmasses(stars) <= 2)
        & (grid.altitudes_deg(stars) <= 87)
        & (grid.moon_distances_deg(stars) >= 40)
        & usable
    )
    np.testing.assert_array_equal(one.observable(grid, stars, limits), expected)


def test_a_tighter_limit_never_gives_more_hours():
    stars = Stars.of(np.arange(0, 360, 30.0), np.full(12, -30.0))
    wide, tight = (
        observability(PARANAL, stars, EVENING, 20, Limits(airmass=a, moon_distance_deg=d))
        for a, d in ((2.0, 20.0), (1.5, 60.0))
    )
    assert (tight <= wide).all() and tight.sum() < wide.sum()


def test_the_curves_of_a_target_agree_with_its_hours():
    star, limits = Stars.of(60.0, -30.0), Limits(airmass=1.6)
    season = season_curve(PARANAL, star, EVENING, 5, limits)
    hours = observability(PARANAL, star, EVENING, 5, limits)[0]
    np.testing.assert_allclose(season.observable_h, hours)
    assert (season.dark_h >= season.observable_h).all()
    assert season.evenings[0] == EVENING and len(season.evenings) == 5
    curve = visibility_curve(night(PARANAL, EVENING), star, limits, step_s=600)
    assert curve.observable.sum() * 600 / 3600 == pytest.approx(hours[0])
    with pytest.raises(ValueError, match="one target"):
        visibility_curve(night(PARANAL, EVENING), Stars.of([1, 2], [3, 4]))


@given(st.floats(0, 23.99), st.floats(0, 23.99))
@settings(max_examples=25, deadline=None)
def test_sidereal_intervals_hold_exactly_the_times_of_night_inside(from_h, to_h):
    one = night(PARANAL, EVENING)
    intervals = one.sidereal_interval(from_h, to_h)
    grid = one.grid(600)
    inside = (grid.sidereal_time_h - from_h) % 24 < (to_h - from_h) % 24
    near = 0.01
    for hour, expected, mjd in zip(grid.sidereal_time_h, inside, grid.mjd_utc, strict=True):
        if min(abs((hour - edge + 12) % 24 - 12) for edge in (from_h, to_h)) < near:
            continue
        moment = one.midnight + dt.timedelta(days=float(mjd - one.midnight_mjd))
        assert any(begin <= moment <= end for begin, end in intervals) == expected


def test_a_whole_day_of_sidereal_time_is_the_whole_night():
    one = night(PARANAL, EVENING)
    ((begin, end),) = one.sidereal_interval(0, 24)
    assert abs((begin - one.sunset).total_seconds()) < 1
    assert abs((end - one.sunrise).total_seconds()) < 1


@pytest.mark.parametrize(
    ("first", "count"), [(dt.date(1959, 1, 1), 1), (dt.date(3000, 1, 1), 1), (EVENING, 40_000)]
)
def test_nights_beyond_the_ephemerides_are_refused(first, count):
    with pytest.raises(UserError, match=r"sky\.date"):
        Nights(PARANAL, first, count)


@pytest.mark.parametrize("place", [(400, 0, 0), (0, 91, 0), (0, 0, float("nan"))])
def test_a_place_that_is_not_on_the_earth_is_refused(place):
    with pytest.raises(ValueError):
        Site(*place)


def test_a_grid_needs_times_of_one_day():
    with pytest.raises(ValueError, match="one day"):
        SkyGrid.at(PARANAL, np.array([60000.0, 60002.0]))
    assert SkyGrid.at(PARANAL, np.array(60000.0)).zenith.shape == (1, 3)


def test_longitude_may_be_counted_to_360_degrees():
    assert (
        night(Site(289.5952, -24.6270), EVENING).midnight_mjd
        == night(Site(-70.4048, -24.6270), EVENING).midnight_mjd
    )
