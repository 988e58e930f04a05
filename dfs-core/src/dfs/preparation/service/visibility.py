"""The sky over a run's telescope, as verification asks for it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from dfs.foundation.clock import mjd_from_datetime
from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval, ObservationBlock, SiderealInterval, Target
from dfs.sky.grid import SkyGrid
from dfs.sky.model import Limits, Site, Stars
from dfs.sky.night import Night, Nights, night
from dfs.sky.observability import SeasonCurve, VisibilityCurve, season_curve, visibility_curve

if TYPE_CHECKING:
    from dfs.foundation.observatory import Observatory, Telescope
    from dfs.programmes.model import Run

Mask = npt.NDArray[np.bool_]

_STEP_S: Final = 600.0
_FIELDS: Final = {
    "airmass": "airmass",
    "moonDistance": "moon_distance_deg",
    "fli": "fli",
    "twilight": "twilight_min",
}
"""Constraints that the sky alone decides, by the names of the Phase 2 interface."""


@dataclass(frozen=True, slots=True)
class SkyOfPeriod:
    """The nights of a period over a telescope.

    Parameters
    ----------
    site : where it stands.
    telescope : with where it can point.
    first : date of the first evening.
    count : how many nights.
    """

    site: Site
    telescope: Telescope
    first: dt.date
    count: int

    def can_point(self, ob: ObservationBlock) -> bool:
        """Tell whether the telescope ever reaches the target."""
        if ob.target is None:
            return True
        culmination_deg = 90 - abs(self.site.latitude_deg - ob.target.dec_deg)
        return culmination_deg >= self.telescope.lowest_altitude_deg

    def is_observable(
        self, ob: ObservationBlock, within: tuple[AbsoluteInterval, ...], duration_s: float
    ) -> bool:
        """Tell whether the block fits into a stretch of time in which its target is up."""
        if ob.target is None:
            return True
        star, limits = _star(ob.target), self.limits(ob)
        steps = max(1, math.ceil(duration_s / _STEP_S))
        return any(
            self._fits(index, star, limits, within, ob.sidereal_intervals, steps)
            for index in self._nights_to_try(within)
        )

    def night_of(self, ob: ObservationBlock, evening: dt.date) -> VisibilityCurve | None:
        """Follow a block's target through a night; None without a target.

        Raises
        ------
        UserError
            The date is outside the years that are known.
        """
        if ob.target is None:
            return None
        return visibility_curve(
            night(self.site, evening), _star(ob.target), self.limits(ob), step_s=_STEP_S
        )

    def season_of(self, ob: ObservationBlock) -> SeasonCurve | None:
        """Follow a block's target through the period; None without a target."""
        if ob.target is None:
            return None
        limits = self.limits(ob)
        return season_curve(self.site, _star(ob.target), self.first, self.count, limits)

    def limits(self, ob: ObservationBlock) -> Limits:
        """Give what a block's constraints and the telescope demand of the sky."""
        asked = {
            field: float(value)
            for name, field in _FIELDS.items()
            if isinstance(value := ob.constraints.get(name), int | float)
        }
        if asked.get("airmass", 1.0) < 1:
            del asked["airmass"]
        return replace(Limits(), **asked).at_telescope(self.telescope)

    def _nights_to_try(self, within: tuple[AbsoluteInterval, ...]) -> list[int]:
        if within:
            day = dt.timedelta(days=1)
            return [
                index
                for index in range(self.count)
                if any(
                    one.start.date() - day <= self.first + index * day <= one.end.date() + day
                    for one in within
                )
            ]
        # What is observable at all mostly is in one of few nights far from each other.
        stride = 31 if self.count % 31 else 29
        return [index * stride % self.count for index in range(self.count)]

    def _fits(
        self,
        index: int,
        star: Stars,
        limits: Limits,
        within: tuple[AbsoluteInterval, ...],
        sidereal: tuple[SiderealInterval, ...],
        steps: int,
    ) -> bool:
        one, grid = _night(self.site, self.first, self.count, index)
        up = one.observable(grid, star, limits)[0]
        if sidereal:
            up &= _in_sidereal(grid, sidereal)
        if up.size < steps:
            return False
        starts = np.lib.stride_tricks.sliding_window_view(up, steps).all(axis=1)
        if within:
            starts &= _in_absolute(grid, within)[: starts.size]
        return bool(starts.any())


def _star(target: Target) -> Stars:
    return Stars.of(
        target.ra_deg,
        target.dec_deg,
        target.proper_motion_ra_arcsec_yr,
        target.proper_motion_dec_arcsec_yr,
        target.epoch,
    )


def _in_absolute(grid: SkyGrid, within: tuple[AbsoluteInterval, ...]) -> Mask:
    # A step of the grid stands for the time until the next one.
    mask = np.zeros(grid.mjd_utc.size, dtype=np.bool_)
    for one in within:
        start = mjd_from_datetime(one.start) - _STEP_S / 86400
        mask |= (grid.mjd_utc > start) & (grid.mjd_utc <= mjd_from_datetime(one.end))
    return mask


def _in_sidereal(grid: SkyGrid, intervals: tuple[SiderealInterval, ...]) -> Mask:
    minutes = grid.sidereal_time_h * 60
    mask = np.zeros(minutes.size, dtype=np.bool_)
    for one in intervals:
        length = (one.end_min - one.start_min) % 1440 or 1440
        mask |= (minutes - one.start_min) % 1440 <= length
    return mask


@lru_cache(maxsize=4)
def _nights(site: Site, first: dt.date, count: int) -> Nights:
    return Nights(site, first, count)


@lru_cache(maxsize=1024)
def _night(site: Site, first: dt.date, count: int, index: int) -> tuple[Night, SkyGrid]:
    one = _nights(site, first, count).night(index)
    return one, one.grid(_STEP_S)


def sky_over(observatory: Observatory, run: Run) -> SkyOfPeriod | None:
    """Give the sky over a run's telescope in its period; None where nobody can tell.

    Nobody can where the observatory has no such telescope, or the period lies outside the
    years that the tables of the sky cover.
    """
    telescope = observatory.telescope(run.telescope)
    site = observatory.site_of(run.telescope)
    if telescope is None or site is None:
        return None
    period = observatory.period(run.scheduled_period)
    sky = SkyOfPeriod(Site.of(site), telescope, period.start, (period.end - period.start).days + 1)
    try:
        _nights(sky.site, sky.first, sky.count)
    except UserError:
        return None
    return sky
