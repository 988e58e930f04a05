"""The Earth: its rotation, its place among the stars, and a site's vertical.

Method: IAU 2006/2000A precession-nutation through the CIO-based matrix (Capitaine &
Wallace 2006, A&A 450, 855) and the Earth rotation angle, both from ERFA; UT1 from a table
of the IERS that is carried along. The matrix and the annual aberration are taken at the
middle of a night, in half of which they move by less than 0.05″ and 0.2″. Left out: polar
motion (below 0.6″), diurnal aberration (0.3″), light deflection, refraction.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import erfa  # type: ignore[import-untyped]
import numpy as np

from dfs.sky.model import Floats, Site

JD_MJD: Final = 2400000.5
TT_TAI_S: Final = 32.184
SECONDS_PER_DAY: Final = 86400.0
LIGHT_AU_PER_DAY: Final = 173.1446326846693
AU_M: Final = 149597870700.0


def ut1_utc_s(mjd_utc: Floats | float) -> Floats:
    """Give UT1-UTC, s; before and after the table UT1-TAI stays as at its ends."""
    days, ut1_tai_s = _ut1_table()
    return np.asarray(np.interp(mjd_utc, days, ut1_tai_s) + tai_utc_s(mjd_utc))


def tai_utc_s(mjd_utc: Floats | float) -> Floats:
    """Give TAI-UTC, s, as ERFA knows the leap seconds; it stays as at the last."""
    since, tai_utc = _leap_seconds()
    row = np.searchsorted(since, mjd_utc, side="right") - 1
    return np.asarray(tai_utc[np.maximum(row, 0)])


def tt_from_utc(mjd_utc: Floats | float) -> Floats:
    """Convert UTC to Terrestrial Time, both modified Julian dates."""
    return np.asarray(mjd_utc + (tai_utc_s(mjd_utc) + TT_TAI_S) / SECONDS_PER_DAY)


@cache
def _ut1_table() -> tuple[Floats, Floats]:
    text = files("dfs.sky").joinpath("data/ut1.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    pairs = [(float(row["mjd_utc"]), float(row["ut1_tai_s"])) for row in rows]
    days, values = np.array(pairs).T
    return days, values


@cache
def _leap_seconds() -> tuple[Floats, Floats]:
    table = erfa.leap_seconds.get()
    # Before 1972 UTC had a rate as well; what is listed then is its offset alone.
    first = np.array([erfa.cal2jd(int(row["year"]), int(row["month"]), 1)[1] for row in table])
    return first.astype(np.float64), np.asarray(table["tai_utc"], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the Earth stands at some moments, n of them.

    Parameters
    ----------
    celestial : (n, 3, 3), rotates GCRS vectors to the celestial intermediate frame.
    equation_of_origins_rad : (n,), Earth rotation angle less Greenwich sidereal time.
    """

    celestial: Floats
    equation_of_origins_rad: Floats

    @classmethod
    def at(cls, mjd_utc: Floats) -> Orientation:
        """Compute it at moments, (n,), modified Julian dates."""
        tt = tt_from_utc(mjd_utc)
        bias_precession_nutation = erfa.pnm06a(JD_MJD, tt)
        x, y = erfa.bpn2xy(bias_precession_nutation)
        locator = erfa.s06(JD_MJD, tt, x, y)
        return cls(
            celestial=erfa.c2ixys(x, y, locator),
            equation_of_origins_rad=erfa.eors(bias_precession_nutation, locator),
        )


def rotation_angle_rad(site: Site, mjd_utc: Floats) -> Floats:
    """Give the Earth rotation angle at the site's meridian."""
    ut1 = mjd_utc + ut1_utc_s(mjd_utc) / SECONDS_PER_DAY
    return np.asarray(erfa.era00(JD_MJD, ut1) + math.radians(site.longitude_deg))


def meridian_frame(angle_rad: Floats, latitude_rad: float) -> tuple[Floats, Floats]:
    """Give the vectors to the zenith and to the east, intermediate frame, (…, 3) each."""
    cosine, sine, zero = np.cos(angle_rad), np.sin(angle_rad), np.zeros_like(angle_rad)
    horizontal, vertical = math.cos(latitude_rad), math.sin(latitude_rad)
    zenith = np.stack([horizontal * cosine, horizontal * sine, zero + vertical], axis=-1)
    return zenith, np.stack([-sine, cosine, zero], axis=-1)


def geocentric_m(site: Site, angle_rad: Floats) -> Floats:
    """Give where the site is, intermediate frame, m, (…, 3)."""
    from_axis, _, from_equator = erfa.gd2gc(1, 0.0, math.radians(site.latitude_deg), site.height_m)
    zero = np.zeros_like(angle_rad)
    return np.stack(
        [from_axis * np.cos(angle_rad), from_axis * np.sin(angle_rad), from_equator + zero], axis=-1
    )
