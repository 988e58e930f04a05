"""Observability of targets through a night and through a period, and the curves of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dfs.foundation.clock import datetime_from_mjd
from dfs.sky.model import Floats, Limits, Site, Stars
from dfs.sky.night import Night, Nights

__all__ = [
    "SeasonCurve",
    "VisibilityCurve",
    "observability",
    "season_curve",
    "visibility_curve",
]

_SECONDS_PER_HOUR: Final = 3600.0


def observability(
    site: Site,
    stars: Stars,
    first: dt.date,
    count: int,
    limits: Limits,
    *,
    step_s: float = 600.0,
) -> Floats:
    """Give for how many hours of each night stars are observable.

    Parameters
    ----------
    first : date of the first evening.
    count : how many nights.
    step_s : of the times that are tried, counted from midnight.

    Returns
    -------
    hours : (n, nights)

    Raises
    ------
    UserError
        A date is outside the years that are known.
    """
    nights = Nights(site, first, count)
    hours = np.empty((len(stars), count))
    for index in range(count):
        one = nights.night(index)
        grid = one.whole(step_s)
        grid = grid.during(one.usable(grid, limits))
        reachable = grid.reachable(stars, limits)
        hours[:, index] = np.count_nonzero(reachable, axis=1)
    hours *= step_s / _SECONDS_PER_HOUR
    return hours


@dataclass(frozen=True, slots=True)
class VisibilityCurve:
    """A target through a night, from sunset to sunrise.

    Parameters
    ----------
    night : with its twilights.
    times : aware, UTC, s of them.
    altitude_deg, azimuth_deg, parallactic_angle_deg : of the target, (s,).
    airmass : (s,), infinite while the target is down.
    moon_altitude_deg, moon_distance_deg : of the Moon, (s,).
    moon_illumination : at midnight.
    observable : (s,), within the limits.
    """

    night: Night
    times: tuple[dt.datetime, ...]
    altitude_deg: Floats
    azimuth_deg: Floats
    parallactic_angle_deg: Floats
    airmass: Floats
    moon_altitude_deg: Floats
    moon_distance_deg: Floats
    moon_illumination: float
    observable: npt.NDArray[np.bool_]


def visibility_curve(
    night: Night, star: Stars, limits: Limits | None = None, *, step_s: float = 300.0
) -> VisibilityCurve:
    """Follow one target through a night.

    Raises
    ------
    ValueError
        There is not exactly one target.
    """
    _one(star)
    grid = night.grid(step_s)
    return VisibilityCurve(
        night=night,
        times=tuple(datetime_from_mjd(float(mjd)) for mjd in grid.mjd_utc),
        altitude_deg=grid.altitudes_deg(star)[0],
        azimuth_deg=grid.azimuths_deg(star)[0],
        parallactic_angle_deg=grid.parallactic_angles_deg(star)[0],
        airmass=grid.airmasses(star)[0],
        moon_altitude_deg=grid.moon_altitude_deg,
        moon_distance_deg=grid.moon_distances_deg(star)[0],
        moon_illumination=night.moon_illumination,
        observable=night.observable(grid, star, limits or Limits())[0],
    )


@dataclass(frozen=True, slots=True)
class SeasonCurve:
    """A target through a period, a value a night.

    Parameters
    ----------
    evenings : dates.
    observable_h : hours within the limits.
    dark_h : hours in which Sun and Moon are within the limits, wherever the target is.
    moon_illumination : at midnight.
    """

    evenings: tuple[dt.date, ...]
    observable_h: Floats
    dark_h: Floats
    moon_illumination: Floats


def season_curve(
    site: Site, star: Stars, first: dt.date, count: int, limits: Limits, *, step_s: float = 600.0
) -> SeasonCurve:
    """Follow one target through the nights from a first evening.

    Raises
    ------
    ValueError
        There is not exactly one target.
    UserError
        A date is outside the years that are known.
    """
    _one(star)
    nights = Nights(site, first, count)
    observable, dark, moon = np.empty((3, count))
    for index in range(count):
        one = nights.night(index)
        grid = one.whole(step_s)
        usable = one.usable(grid, limits)
        dark[index] = np.count_nonzero(usable)
        observable[index] = np.count_nonzero(grid.reachable(star, limits)[0] & usable)
        moon[index] = grid.moon_illumination[grid.mjd_utc.size // 2]
    to_hours = step_s / _SECONDS_PER_HOUR
    return SeasonCurve(
        evenings=tuple(nights.evening(index) for index in range(count)),
        observable_h=observable * to_hours,
        dark_h=dark * to_hours,
        moon_illumination=moon,
    )


def _one(star: Stars) -> None:
    if len(star) != 1:
        raise ValueError(f"a curve is of one target, not of {len(star)}")
