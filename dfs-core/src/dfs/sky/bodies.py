"""Sun and Moon through a night: a polynomial in time through Chebyshev's nodes.

Sources: ERFA's epv00 (VSOP2000 abridged) and moon98 (Meeus 1998 after ELP2000). At ten nodes in 24 h
the polynomial departs from them by far less than 0.01″. Positions are geocentric and apparent; the
parallax of the site is applied by who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import erfa
import numpy as np

from dfs.sky.earth import AU_M, JD_MJD, LIGHT_AU_PER_DAY, tt_from_utc
from dfs.sky.model import Floats, normalised

HALF_SPAN_DAYS: Final = 0.5
_COUNT: Final = 10
_NODES: Final = np.cos(np.pi * (np.arange(_COUNT) + 0.5) / _COUNT)
_WEIGHTS: Final = (-1.0) ** np.arange(_COUNT) * np.sin(np.pi * (np.arange(_COUNT) + 0.5) / _COUNT)


@dataclass(frozen=True, slots=True)
class Bodies:
    """Sun and Moon at the nodes of some nights, n of them.

    Parameters
    ----------
    sun_m, moon_m : (n, nodes, 3), geocentric, apparent, GCRS axes, m.
    """

    sun_m: Floats
    moon_m: Floats

    @classmethod
    def around(cls, mjd_utc: Floats) -> Bodies:
        """Compute them for half a day before and after moments, (n,)."""
        tt = tt_from_utc(mjd_utc[:, None] + HALF_SPAN_DAYS * _NODES)
        heliocentric, barycentric = erfa.epv00(JD_MJD, tt)
        sun = -heliocentric["p"]
        distance = np.sqrt(np.einsum("...i,...i->...", sun, sun))[..., None]
        sun = normalised(sun / distance + barycentric["v"] / LIGHT_AU_PER_DAY) * distance
        # The Earth moves while the light of the Moon is on its way, and so aberrates it:
        # of both together only the Moon's own motion is left.
        moon = erfa.moon98(JD_MJD, tt)
        distance = np.sqrt(np.einsum("...i,...i->...", moon["p"], moon["p"]))[..., None]
        moon_au = moon["p"] - moon["v"] * distance / LIGHT_AU_PER_DAY
        return cls(sun_m=sun * AU_M, moon_m=moon_au * AU_M)

    def at(self, night: int | slice, offset_days: Floats) -> tuple[Floats, Floats]:
        """Give both at offsets, (s,), from the middle: (…, s, 3) each, m."""
        matrix = interpolation(offset_days / HALF_SPAN_DAYS)
        return matrix @ self.sun_m[night], matrix @ self.moon_m[night]


def interpolation(where: Floats) -> Floats:
    """Give the matrix (s, nodes) that interpolates from Chebyshev's nodes in [-1, 1].

    Barycentric formula: Berrut & Trefethen 2004, SIAM Review 46, 501.
    """
    difference = where[:, None] - _NODES
    exact = difference == 0
    terms = _WEIGHTS / np.where(exact, 1.0, difference)
    matrix = terms / terms.sum(axis=1, keepdims=True)
    return np.where(exact.any(axis=1, keepdims=True), exact.astype(float), matrix)


def illuminated_fraction(sun_m: Floats, moon_m: Floats) -> Floats:
    """Give the illuminated fraction of the Moon's disc, (…,), of geocentric vectors."""
    from_moon = sun_m - moon_m
    cosine = -np.einsum("...i,...i->...", normalised(from_moon), normalised(moon_m))
    return np.asarray((1 + cosine) / 2)
