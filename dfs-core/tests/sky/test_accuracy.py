"""Beside astropy: within 2 arcsec from 2000 to 2050, given the same UT1-UTC."""

from __future__ import annotations

import datetime as dt

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import (
    AltAz,
    EarthLocation,
    SkyCoord,
    angular_separation,
    get_body,
    get_sun,
)
from astropy.time import Time
from astropy.utils import iers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfs.sky.earth import ut1_utc_s
from dfs.sky.model import Site, Stars
from dfs.sky.night import Nights, night

ARCSEC_PER_RAD = np.degrees(1) * 3600
LIMIT_ARCSEC = 2.0

sites = st.builds(
    Site, st.floats(-180, 180), st.floats(-85, 85), st.floats(0, 5000, allow_nan=False)
)
evenings = st.dates(dt.date(2000, 1, 1), dt.date(2050, 12, 30))
few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
pytestmark = pytest.mark.filterwarnings(
    "ignore:Tried to get polar motions", "ignore:ERFA function.*dubious year"
)


def times_of(one, steps=5):
    mjd = one.midnight_mjd + np.linspace(-0.5, 0.5, steps)
    times = Time(mjd, format="mjd", scale="utc")
    times.delta_ut1_utc = ut1_utc_s(mjd)
    return mjd, times


def place(site):
    return EarthLocation.from_geodetic(site.longitude_deg, site.latitude_deg, site.height_m)


def arcsec(theirs, altitude_deg, azimuth_deg):
    altitude, azimuth = np.radians(altitude_deg), np.radians(azimuth_deg)
    apart = angular_separation(theirs.az.rad, theirs.alt.rad, azimuth, altitude)
    return apart.max() * ARCSEC_PER_RAD


@few
@given(sites, evenings, st.lists(st.tuples(st.floats(0, 360), st.floats(-90, 90)), min_size=1))
def test_stars_stand_where_astropy_has_them(site, evening, directions):
    ra, dec = np.array(directions).T
    one = night(site, evening)
    mjd, times = times_of(one)
    frame = AltAz(obstime=times[None], location=place(site))
    theirs = SkyCoord(ra[:, None], dec[:, None], unit="deg").transform_to(frame)
    grid, stars = one.at(mjd), Stars.of(ra, dec)
    assert arcsec(theirs, grid.altitudes_deg(stars), grid.azimuths_deg(stars)) < LIMIT_ARCSEC


@few
@given(sites, evenings)
def test_sun_and_moon_stand_where_astropy_has_them(site, evening):
    one = night(site, evening)
    mjd, times = times_of(one)
    grid, here = one.at(mjd), place(site)
    frame = AltAz(obstime=times, location=here)
    sun = get_sun(times).transform_to(frame)
    moon = get_body("moon", times, here).transform_to(frame)
    assert abs(sun.alt.deg - grid.sun_altitude_deg).max() * 3600 < LIMIT_ARCSEC
    assert abs(moon.alt.deg - grid.moon_altitude_deg).max() * 3600 < LIMIT_ARCSEC


@few
@given(sites, evenings, st.floats(0, 360), st.floats(-89, 89))
def test_the_moon_is_as_far_as_astropy_has_it(site, evening, ra, dec):
    one = night(site, evening)
    mjd, times = times_of(one)
    here = place(site)
    frame = AltAz(obstime=times, location=here)
    moon = get_body("moon", times, here).transform_to(frame)
    star = SkyCoord(ra, dec, unit="deg").transform_to(frame)
    theirs = angular_separation(moon.az.rad, moon.alt.rad, star.az.rad, star.alt.rad)
    ours = one.at(mjd).moon_distances_deg(Stars.of(ra, dec))[0]
    assert abs(np.degrees(theirs) - ours).max() * 3600 < LIMIT_ARCSEC


@few
@given(sites, evenings)
def test_sidereal_time_is_that_of_astropy(site, evening):
    one = night(site, evening)
    mjd, times = times_of(one)
    theirs = times.sidereal_time("apparent", longitude=site.longitude_deg * u.deg).hour
    apart_h = (one.at(mjd).sidereal_time_h - theirs + 12) % 24 - 12
    assert abs(apart_h).max() * 15 * 3600 < LIMIT_ARCSEC


@few
@given(evenings)
def test_the_moon_is_lit_as_astropy_s_sun_and_moon_say(evening):
    one = night(Site(0, 0), evening)
    mjd, times = times_of(one)
    sun, moon = get_sun(times), get_body("moon", times)
    elongation = sun.separation(moon, origin_mismatch="ignore").rad
    phase = np.arctan2(
        sun.distance.km * np.sin(elongation),
        moon.distance.km - sun.distance.km * np.cos(elongation),
    )
    assert abs((1 + np.cos(phase)) / 2 - one.at(mjd).moon_illumination).max() < 2e-5


@pytest.mark.parametrize(
    "evening", [dt.date(2003, 3, 20), dt.date(2024, 6, 21), dt.date(2041, 12, 1)]
)
def test_at_dusk_and_dawn_astropy_has_the_sun_as_low(evening):
    site = Site(-70.4048, -24.6270, 2648)
    one = night(site, evening)
    for name, altitude_deg in (("sun", -50 / 60), ("nautical", -12), ("astronomical", -18)):
        mjd = np.array(one.crossings_mjd[name])
        times = Time(mjd, format="mjd", scale="utc")
        times.delta_ut1_utc = ut1_utc_s(mjd)
        sun = get_sun(times).transform_to(AltAz(obstime=times, location=place(site)))
        assert abs(sun.alt.deg - altitude_deg).max() * 3600 < LIMIT_ARCSEC


def test_proper_motion_is_that_of_astropy():
    # Barnard's star, the fastest: 10.4 arcsec a year.
    here, one = Site(-70.4, -24.6, 2600), night(Site(-70.4, -24.6, 2600), dt.date(2049, 7, 1))
    mjd, times = times_of(one)
    barnard = SkyCoord(
        269.452 * u.deg,
        4.693 * u.deg,
        pm_ra_cosdec=-0.803 * u.arcsec / u.yr,
        pm_dec=10.362 * u.arcsec / u.yr,
        obstime=Time(2000.0, format="jyear"),
        distance=10 * u.pc,
    ).apply_space_motion(times[2])
    fixed = SkyCoord(barnard.ra, barnard.dec)
    theirs = fixed.transform_to(AltAz(obstime=times, location=place(here)))
    stars = Stars.of(269.452, 4.693, -0.803, 10.362)
    grid = one.at(mjd)
    apart = arcsec(theirs, grid.altitudes_deg(stars)[0], grid.azimuths_deg(stars)[0])
    assert apart < LIMIT_ARCSEC


def test_the_table_of_the_rotation_is_that_of_the_iers():
    mjd = np.arange(51544.0, 61000.0, 7.0)
    series = iers.IERS_B.open(iers.IERS_B_FILE)
    theirs = np.interp(mjd, series["MJD"].value, series["UT1_UTC"].value)
    # Ten days apart, it smooths the tides of the Moon: 3 ms are 0.05 arcsec.
    assert abs(ut1_utc_s(mjd) - theirs).max() < 0.003


def test_after_the_table_the_rotation_is_frozen():
    later = ut1_utc_s(np.array([62000.0, 69000.0]))
    assert later[0] == later[1]
    assert abs(later[0]) < 0.9


def test_a_period_computed_together_equals_its_nights_one_by_one():
    site, stars = Site(-70.4, -24.6, 2600), Stars.of([10.0, 200.0], [-30.0, 5.0])
    together = Nights(site, dt.date(2026, 10, 1), 30)
    for index in (0, 17, 29):
        alone = night(site, together.evening(index))
        ours, theirs = together.night(index).grid(3600), alone.grid(3600)
        np.testing.assert_array_equal(ours.mjd_utc, theirs.mjd_utc)
        np.testing.assert_allclose(ours.sine_altitudes(stars), theirs.sine_altitudes(stars))
        np.testing.assert_allclose(ours.moon, theirs.moon, atol=1e-12)
