"""Nights: when the Sun sets and rises, how dark it becomes, sidereal time.

A night is named by the date of its evening. It reaches from half a day before to half a
day after mean midnight at the site's meridian, rounded to a whole minute of UTC.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import cached_property
from typing import Final

import numpy as np

from dfs.foundation.clock import datetime_from_mjd
from dfs.foundation.errors import UserError
from dfs.sky.bodies import Bodies
from dfs.sky.earth import Orientation
from dfs.sky.errors import BAD_DATE
from dfs.sky.grid import SkyGrid
from dfs.sky.model import Floats, Limits, Mask, Site, Stars

HORIZON_DEG: Final = -50 / 60
"""Altitude of the Sun's centre at sunset: 34′ of refraction and 16′ of radius; no dip."""

_MJD_ORDINAL = 678576
_MINUTES_PER_DAY = 1440
_SECONDS_PER_DAY = 86400
_FIRST, _LAST = dt.date(1960, 1, 1), dt.date(2099, 12, 31)
_SEARCH_STEPS = 24 * 6
_SIDEREAL_PER_UTC = 1.0027379093507953
_TWILIGHTS = {"sun": HORIZON_DEG, "civil": -6.0, "nautical": -12.0, "astronomical": -18.0}


class Nights:
    """Consecutive nights at a site, computed together.

    Parameters
    ----------
    site : where.
    first : date of the first evening.
    count : how many.

    Raises
    ------
    UserError
        A date is outside 1960 to 2099.
    """

    def __init__(self, site: Site, first: dt.date, count: int = 1) -> None:
        if count < 1:
            raise ValueError("there is at least one night")
        if not (_FIRST <= first <= _LAST and count <= (_LAST - first).days + 1):
            raise UserError(BAD_DATE, f"{count} night(s) from {first}")
        self.site = site
        self.first = first
        self.count = count
        longitude = (site.longitude_deg + 180) % 360 - 180
        midnights = first.toordinal() - _MJD_ORDINAL + np.arange(count) + 1 - longitude / 360
        self.midnight_mjd = np.round(midnights * _MINUTES_PER_DAY) / _MINUTES_PER_DAY
        self._orientation = Orientation.at(self.midnight_mjd)
        self._bodies = Bodies.around(self.midnight_mjd)

    def __len__(self) -> int:
        return self.count

    def evening(self, night: int) -> dt.date:
        """Give the date of a night's evening."""
        return self.first + dt.timedelta(days=night)

    def grid(self, night: int, mjd_utc: Floats) -> SkyGrid:
        """Give the sky of a night at times, (s,), within half a day of its midnight."""
        return SkyGrid.of_night(
            self.site, self.midnight_mjd, self._orientation, self._bodies, night, mjd_utc
        )

    def night(self, night: int) -> Night:
        """Give one of them with its twilights."""
        return Night(self, night)

    def times(self, step_s: float) -> Floats:
        """Give offsets from midnight through 24 h, days: whole steps, 0 among them."""
        steps = math.floor(_SECONDS_PER_DAY / 2 / step_s)
        return np.linspace(-steps, steps, 2 * steps + 1) * (step_s / _SECONDS_PER_DAY)


class Night:
    """One night.

    Times are aware, UTC, or None where the Sun does not cross that altitude.
    """

    def __init__(self, nights: Nights, index: int) -> None:
        self._nights = nights
        self._index = index
        self.site = nights.site
        self.evening = nights.evening(index)
        self.midnight_mjd = float(nights.midnight_mjd[index])

    @property
    def midnight(self) -> dt.datetime:
        """Mean midnight at the meridian of the site."""
        return datetime_from_mjd(self.midnight_mjd)

    @property
    def sunset(self) -> dt.datetime | None:
        """When the upper limb of the Sun sets behind a flat horizon."""
        return _moment(self.crossings_mjd["sun"][0])

    @property
    def sunrise(self) -> dt.datetime | None:
        """When it rises."""
        return _moment(self.crossings_mjd["sun"][1])

    @property
    def civil_dusk(self) -> dt.datetime | None:
        """When the Sun's centre sinks below -6°."""
        return _moment(self.crossings_mjd["civil"][0])

    @property
    def civil_dawn(self) -> dt.datetime | None:
        """When it rises above -6°."""
        return _moment(self.crossings_mjd["civil"][1])

    @property
    def nautical_dusk(self) -> dt.datetime | None:
        """When the Sun's centre sinks below -12°."""
        return _moment(self.crossings_mjd["nautical"][0])

    @property
    def nautical_dawn(self) -> dt.datetime | None:
        """When it rises above -12°."""
        return _moment(self.crossings_mjd["nautical"][1])

    @property
    def astronomical_dusk(self) -> dt.datetime | None:
        """When the Sun's centre sinks below -18°."""
        return _moment(self.crossings_mjd["astronomical"][0])

    @property
    def astronomical_dawn(self) -> dt.datetime | None:
        """When it rises above -18°."""
        return _moment(self.crossings_mjd["astronomical"][1])

    @cached_property
    def moon_illumination(self) -> float:
        """Illuminated fraction of the Moon at midnight."""
        return float(self.at(np.array([self.midnight_mjd])).moon_illumination[0])

    @cached_property
    def crossings_mjd(self) -> dict[str, tuple[float | None, float | None]]:
        """When the Sun sinks and rises through each altitude, by name of the twilight."""
        offsets = self._nights.times(_SECONDS_PER_DAY / _SEARCH_STEPS)
        mjd = self.midnight_mjd + offsets
        sines = self.at(mjd).sine_sun_altitude
        found = {}
        for name, altitude_deg in _TWILIGHTS.items():
            above = sines - math.sin(math.radians(altitude_deg))
            sinking = np.flatnonzero((above[:-1] > 0) & (above[1:] <= 0))
            rising = np.flatnonzero((above[:-1] <= 0) & (above[1:] > 0))
            found[name] = (
                self._crossing(mjd, sinking[0], altitude_deg) if sinking.size else None,
                self._crossing(mjd, rising[-1], altitude_deg) if rising.size else None,
            )
        return found

    def _crossing(self, mjd: Floats, step: int, altitude_deg: float) -> float:
        # Between steps of 10 s the Sun's path is straight to some 0.001 s.
        times = np.linspace(mjd[step], mjd[step + 1], 61)
        above = self.at(times).sine_sun_altitude - math.sin(math.radians(altitude_deg))
        direction = 1.0 if above[-1] > above[0] else -1.0
        return float(np.interp(0.0, direction * above, times))

    def at(self, mjd_utc: Floats) -> SkyGrid:
        """Give the sky at times, (s,), within half a day of midnight."""
        return self._nights.grid(self._index, mjd_utc)

    def grid(self, step_s: float = 60.0) -> SkyGrid:
        """Give the sky from sunset to sunrise, in steps counted from midnight.

        Empty where the Sun does not set; 24 h where it does not rise.
        """
        whole = self.whole(step_s)
        return whole.during(self.between("sun", whole.mjd_utc))

    def whole(self, step_s: float) -> SkyGrid:
        """Give the sky from noon to noon, in steps counted from midnight."""
        return self.at(self.midnight_mjd + self._nights.times(step_s))

    def between(self, twilight: str, mjd: Floats, delay_min: float = 0.0) -> Mask:
        """Tell which times lie between dusk, or some minutes after it, and dawn."""
        dusk, dawn = self.crossings_mjd[twilight]
        if dusk is None and dawn is None:
            sun = self.at(np.array([self.midnight_mjd])).sine_sun_altitude[0]
            dark = sun <= math.sin(math.radians(_TWILIGHTS[twilight]))
            return np.full(mjd.shape, dark, dtype=np.bool_)
        start = -math.inf if dusk is None else dusk + delay_min / _MINUTES_PER_DAY
        return np.asarray((mjd >= start) & (mjd <= (math.inf if dawn is None else dawn)))

    def usable(self, grid: SkyGrid, limits: Limits) -> Mask:
        """Tell at which times of a grid of this night Sun and Moon allow to observe, (s,)."""
        mask = grid.usable(limits)
        if limits.twilight_min is not None:
            mask &= self.between("astronomical", grid.mjd_utc, limits.twilight_min)
        return mask

    def observable(self, grid: SkyGrid, stars: Stars, limits: Limits) -> Mask:
        """Tell when stars are within limits, (n, s), at the times of a grid of this night."""
        return grid.reachable(stars, limits) & self.usable(grid, limits)

    def sidereal_interval(
        self, from_h: float, to_h: float
    ) -> list[tuple[dt.datetime, dt.datetime]]:
        """Give when local sidereal time lies in an interval, between sunset and sunrise.

        Parameters
        ----------
        from_h, to_h : hours, 0 to 24; through 24 h where the second is the smaller.
        """
        dusk, dawn = self.crossings_mjd["sun"]
        start = self.midnight_mjd - 0.5 if dusk is None else dusk
        end = self.midnight_mjd + 0.5 if dawn is None else dawn
        if dusk is None and dawn is None and not self.grid(3600.0).mjd_utc.size:
            return []
        length_h = to_h - from_h if to_h >= from_h else to_h - from_h + 24
        if length_h >= 24:
            return [(datetime_from_mjd(start), datetime_from_mjd(end))]
        first_h = float(self.at(np.array([start])).sidereal_time_h[0])
        found = []
        # The interval may have begun before sunset, hence the one of the day before.
        for begin_h in ((from_h - first_h) % 24 - 24, (from_h - first_h) % 24):
            begin = max(start, start + begin_h / 24 / _SIDEREAL_PER_UTC)
            finish = min(end, start + (begin_h + length_h) / 24 / _SIDEREAL_PER_UTC)
            if begin < finish:
                found.append((datetime_from_mjd(begin), datetime_from_mjd(finish)))
        return found


def night(site: Site, evening: dt.date) -> Night:
    """Give the night that begins on the evening of a date.

    Raises
    ------
    UserError
        The date is outside 1960 to 2099.
    """
    return Nights(site, evening).night(0)


def _moment(mjd: float | None) -> dt.datetime | None:
    return None if mjd is None else datetime_from_mjd(mjd)
