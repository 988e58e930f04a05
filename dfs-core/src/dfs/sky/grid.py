"""A grid of stars and times: altitudes are one matrix product.

With unit vectors p to the stars and z(t) to the zenith in one frame, sin(altitude) is
p·z(t), and the cosine of the distance from the Moon is p·m(t). Limits are compared with
these products as they are; no angle is computed to decide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dfs.sky.bodies import HALF_SPAN_DAYS, Bodies, illuminated_fraction
from dfs.sky.earth import Orientation, geocentric_m, meridian_frame, rotation_angle_rad
from dfs.sky.model import Floats, Limits, Mask, Site, Stars, normalised

_HOURS_PER_RAD = 12 / math.pi
_PIECE = 64_000


@dataclass(frozen=True, slots=True)
class SkyGrid:
    """The sky over a site at some times of one night, s of them.

    Parameters
    ----------
    mjd_utc : (s,), modified Julian dates.
    middle_mjd : the middle of the night.
    zenith, east : (s, 3), unit vectors, GCRS axes.
    pole : (3,), the celestial intermediate pole.
    sun, moon : (s, 3), topocentric unit vectors to the centres.
    moon_illumination : (s,), illuminated fraction of the disc.
    sidereal_time_h : (s,), local apparent.
    velocity_c : (3,), the Earth's, in units of that of light.
    """

    mjd_utc: Floats
    middle_mjd: float
    zenith: Floats
    east: Floats
    pole: Floats
    sun: Floats
    moon: Floats
    moon_illumination: Floats
    sidereal_time_h: Floats
    velocity_c: Floats

    @classmethod
    def at(cls, site: Site, mjd_utc: Floats) -> SkyGrid:
        """Compute the sky at times that lie within a day.

        Raises
        ------
        ValueError
            They lie further apart, or there are none.
        """
        times = np.atleast_1d(np.asarray(mjd_utc, dtype=np.float64))
        if not times.size or np.ptp(times) > 2 * HALF_SPAN_DAYS:
            raise ValueError("the times of a grid lie within one day")
        middle = np.array([(times.min() + times.max()) / 2])
        return cls.of_night(site, middle, Orientation.at(middle), Bodies.around(middle), 0, times)

    @classmethod
    def of_night(
        cls,
        site: Site,
        middle_mjd: Floats,
        orientation: Orientation,
        bodies: Bodies,
        night: int,
        mjd_utc: Floats,
    ) -> SkyGrid:
        """Make it of what is known of one of several nights."""
        angle = rotation_angle_rad(site, mjd_utc)
        to_gcrs = orientation.celestial[night]  # v @ C is Cᵀ v: back from the intermediate frame
        zenith, east = meridian_frame(angle, math.radians(site.latitude_deg))
        place = geocentric_m(site, angle) @ to_gcrs
        sun, moon = bodies.at(night, mjd_utc - middle_mjd[night])
        sidereal = (angle - orientation.equation_of_origins_rad[night]) * _HOURS_PER_RAD
        return cls(
            mjd_utc=mjd_utc,
            middle_mjd=float(middle_mjd[night]),
            zenith=zenith @ to_gcrs,
            east=east @ to_gcrs,
            pole=to_gcrs[2],
            sun=normalised(sun - place),
            moon=normalised(moon - place),
            moon_illumination=illuminated_fraction(sun, moon),
            sidereal_time_h=np.mod(sidereal, 24.0),
            velocity_c=bodies.velocity_c[night],
        )

    # ── Sines and cosines ───────────────────────────────────────────────────

    def positions(self, stars: Stars) -> Floats:
        """Give apparent unit vectors to stars, (n, 3): proper motion, annual aberration."""
        return normalised(stars.at(self.middle_mjd) + self.velocity_c)

    def sine_altitudes(self, stars: Stars) -> Floats:
        """Give sin(altitude) of stars, (n, s)."""
        return _products(self.positions(stars), self.zenith)

    @property
    def sine_sun_altitude(self) -> Floats:
        """Give sin(altitude) of the centre of the Sun, (s,)."""
        return np.asarray(np.einsum("si,si->s", self.sun, self.zenith))

    @property
    def sine_moon_altitude(self) -> Floats:
        """Give sin(altitude) of the centre of the Moon, (s,)."""
        return np.asarray(np.einsum("si,si->s", self.moon, self.zenith))

    # ── Angles ──────────────────────────────────────────────────────────────

    @property
    def sun_altitude_deg(self) -> Floats:
        """Give the altitude of the centre of the Sun, (s,), without refraction."""
        return _arcsine_deg(self.sine_sun_altitude)

    @property
    def moon_altitude_deg(self) -> Floats:
        """Give the altitude of the centre of the Moon, (s,), without refraction."""
        return _arcsine_deg(self.sine_moon_altitude)

    def altitudes_deg(self, stars: Stars) -> Floats:
        """Give altitudes of stars, (n, s), without refraction."""
        return _arcsine_deg(self.sine_altitudes(stars))

    def azimuths_deg(self, stars: Stars) -> Floats:
        """Give azimuths of stars, (n, s), from north through east, 0 to 360."""
        positions = self.positions(stars)
        north = np.cross(self.zenith, self.east)
        azimuths = np.arctan2(positions @ self.east.T, positions @ north.T)
        return np.mod(np.degrees(azimuths), 360.0)

    def airmasses(self, stars: Stars) -> Floats:
        """Give sec z of stars, (n, s); infinite at and below the horizon.

        Constraints on the airmass are geometric, so no model of the atmosphere is in it;
        Kasten & Young (1989) differs by 0.01 at an airmass of 3.
        """
        sines = self.sine_altitudes(stars)
        up = sines > 0
        return np.where(up, 1 / np.where(up, sines, 1.0), np.inf)

    def parallactic_angles_deg(self, stars: Stars) -> Floats:
        """Give the angle at stars from the pole to the zenith, (n, s), positive in the west."""
        positions = self.positions(stars)
        eastward = np.cross(self.pole, positions)
        along = (self.zenith @ self.pole) - np.outer(positions @ self.pole, 1.0) * (
            _products(positions, self.zenith)
        )
        return np.degrees(np.arctan2(eastward @ self.zenith.T, along))

    def moon_distances_deg(self, stars: Stars) -> Floats:
        """Give distances of stars from the centre of the Moon, (n, s)."""
        return 90.0 - _arcsine_deg(_products(self.positions(stars), self.moon))

    def during(self, mask: Mask) -> SkyGrid:
        """Give the sky at some of the times."""
        return replace(
            self,
            mjd_utc=self.mjd_utc[mask],
            zenith=self.zenith[mask],
            east=self.east[mask],
            sun=self.sun[mask],
            moon=self.moon[mask],
            moon_illumination=self.moon_illumination[mask],
            sidereal_time_h=self.sidereal_time_h[mask],
        )

    # ── Limits ──────────────────────────────────────────────────────────────

    def reachable(self, stars: Stars, limits: Limits) -> Mask:
        """Tell when stars are at a fit place of the sky, (n, s), whatever the hour."""
        positions = self.positions(stars)
        lowest, highest = limits.sine_altitudes
        sines = _products(positions, self.zenith)
        mask: Mask = sines >= lowest
        if highest < 1:
            mask &= sines <= highest
        if limits.moon_distance_deg is not None:
            nearest = math.cos(math.radians(limits.moon_distance_deg))
            mask &= _products(positions, self.moon) <= nearest
        return mask

    def usable(self, limits: Limits) -> Mask:
        """Tell when Sun and Moon allow to observe, (s,), wherever the target is.

        A limit in minutes from twilight is the night's to apply.
        """
        mask: Mask = np.ones(self.mjd_utc.shape, dtype=np.bool_)
        if limits.twilight_min is None:
            mask &= self.sine_sun_altitude <= math.sin(math.radians(limits.sun_altitude_deg))
        if limits.fli is not None:
            mask &= (self.moon_illumination <= limits.fli) | (self.sine_moon_altitude < 0)
        return mask


def _products(positions: Floats, vectors: Floats) -> Floats:
    """Give the products of stars and times, (n, s)."""
    products = np.empty((len(positions), len(vectors)))
    # In pieces that BLAS does not share among threads: on a busy machine waiting for them
    # takes many times as long as the product.
    rows = max(1, _PIECE // max(1, len(vectors)))
    for first in range(0, len(positions), rows):
        piece = slice(first, first + rows)
        np.matmul(positions[piece], vectors.T, out=products[piece])
    return products


def _arcsine_deg(sines: Floats) -> Floats:
    """Give angles in degrees; the sines are overwritten."""
    np.clip(sines, -1.0, 1.0, out=sines)
    # Not in place: numpy's fast arcsine writes elsewhere than it reads.
    angles = np.arcsin(sines)
    return np.multiply(angles, 180 / math.pi, out=sines)
