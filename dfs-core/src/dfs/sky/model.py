"""Where one observes, what, and under which limits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from dfs.foundation.observatory import SiteSpec, Telescope

Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]

_MJD_J2000 = 51544.5
_DAYS_PER_YEAR = 365.25
_RAD_PER_ARCSEC = math.radians(1 / 3600)


@dataclass(frozen=True, slots=True)
class Site:
    """A place on the Earth.

    Parameters
    ----------
    longitude_deg : east of Greenwich.
    latitude_deg : geodetic, on the WGS84 ellipsoid.
    height_m : above the ellipsoid.

    Raises
    ------
    ValueError
        There is no such place.
    """

    longitude_deg: float
    latitude_deg: float
    height_m: float = 0.0

    def __post_init__(self) -> None:
        if not -180 <= self.longitude_deg <= 360:
            raise ValueError(f"longitude {self.longitude_deg}° is outside -180° to 360°")
        if not -90 <= self.latitude_deg <= 90:
            raise ValueError(f"latitude {self.latitude_deg}° is outside -90° to 90°")
        if not math.isfinite(self.height_m):
            raise ValueError(f"height {self.height_m} m is not a number")

    @classmethod
    def of(cls, spec: SiteSpec) -> Site:
        """Make it of what the observatory's file says."""
        return cls(spec.longitude_deg, spec.latitude_deg, spec.height_m)


@dataclass(frozen=True, slots=True)
class Stars:
    """Directions that are fixed but for proper motion.

    Parameters
    ----------
    unit : (n, 3), unit vectors, ICRS, at the epoch.
    motion_rad_yr : (n, 3), their proper motions, perpendicular to them.
    epoch_year : Julian year of the positions.
    """

    unit: Floats
    motion_rad_yr: Floats
    epoch_year: float = 2000.0

    @classmethod
    def of(
        cls,
        ra_deg: npt.ArrayLike,
        dec_deg: npt.ArrayLike,
        proper_motion_ra_arcsec_yr: npt.ArrayLike = 0.0,
        proper_motion_dec_arcsec_yr: npt.ArrayLike = 0.0,
        epoch_year: float = 2000.0,
    ) -> Stars:
        """Make them of ICRS coordinates.

        Parameters
        ----------
        ra_deg, dec_deg : (n,) or a number.
        proper_motion_ra_arcsec_yr : of the angle on the sky, with the factor cos dec.
        proper_motion_dec_arcsec_yr : likewise.
        """
        ra, dec, motion_ra, motion_dec = np.broadcast_arrays(
            *np.atleast_1d(
                np.radians(ra_deg),
                np.radians(dec_deg),
                np.multiply(proper_motion_ra_arcsec_yr, _RAD_PER_ARCSEC),
                np.multiply(proper_motion_dec_arcsec_yr, _RAD_PER_ARCSEC),
            )
        )
        zero = np.zeros_like(ra)
        east = np.stack([-np.sin(ra), np.cos(ra), zero], axis=-1)
        north = np.stack(
            [-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)], axis=-1
        )
        return cls(
            unit=np.stack(
                [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1
            ),
            motion_rad_yr=motion_ra[:, None] * east + motion_dec[:, None] * north,
            epoch_year=epoch_year,
        )

    def at(self, mjd: float) -> Floats:
        """Give their unit vectors on a day, (n, 3); straight motion on the tangent plane."""
        years = 2000.0 + (mjd - _MJD_J2000) / _DAYS_PER_YEAR - self.epoch_year
        return normalised(self.unit + years * self.motion_rad_yr)

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a target counts as observable; None: whatever it is.

    Parameters
    ----------
    airmass : at most, sec z.
    lowest_altitude_deg, highest_altitude_deg : where the telescope can point.
    sun_altitude_deg : of the centre of the Sun, at most.
    twilight_min : earliest time, minutes after the end of evening astronomical twilight,
        negative before it; in place of `sun_altitude_deg` the night then lasts from there
        to the begin of morning astronomical twilight.
    moon_distance_deg : at least, of the target from the centre of the Moon, up or not.
    fli : illuminated fraction of the Moon, at most; any, while the Moon is down.
    """

    airmass: float | None = None
    lowest_altitude_deg: float = 0.0
    highest_altitude_deg: float = 90.0
    sun_altitude_deg: float = -18.0
    twilight_min: float | None = None
    moon_distance_deg: float | None = None
    fli: float | None = None

    def __post_init__(self) -> None:
        if self.airmass is not None and not self.airmass >= 1:
            raise ValueError(f"no target has an airmass below 1: {self.airmass}")

    @property
    def sine_altitudes(self) -> tuple[float, float]:
        """Sines of the lowest and the highest altitude, those of the airmass among them."""
        by_airmass = 0.0 if self.airmass is None else 1 / self.airmass
        lowest = max(by_airmass, math.sin(math.radians(self.lowest_altitude_deg)))
        return lowest, math.sin(math.radians(self.highest_altitude_deg))

    def at_telescope(self, telescope: Telescope) -> Limits:
        """Give these limits within those of a telescope."""
        return replace(
            self,
            lowest_altitude_deg=max(self.lowest_altitude_deg, telescope.lowest_altitude_deg),
            highest_altitude_deg=min(self.highest_altitude_deg, telescope.highest_altitude_deg),
        )


def normalised(vectors: Floats) -> Floats:
    """Give vectors, (…, 3), the length 1."""
    length: Floats = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    return vectors / length[..., None]
