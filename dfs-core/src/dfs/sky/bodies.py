"""Sun and Moon through a night: a polynomial in time through Chebyshev's nodes.

Sources: ERFA's epv00 (VSOP2000 abridged) and moon98 (Meeus 1998 after ELP2000). Within 24 h
the Sun's polynomial departs from them by at most 0.005″, the Moon's by less. Positions are
geocentric and apparent; the parallax of the site is applied by who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import erfa  # type: ignore[import-untyped]
import numpy as np

from dfs.sky.earth import AU_M, JD_MJD, LIGHT_AU_PER_DAY, tt_from_utc
from dfs.sky.model import Floats, normalised

HALF_SPAN_DAYS: Final = 0.5
_SUN_NODES: Final = 3
_MOON_NODES: Final = 8


@dataclass(frozen=True, slots=True)
class Bodies:
    """Sun and Moon at the nodes of some nights, n of them.

    Parameters
    ----------
    sun_m, moon_m : (n, nodes, 3), geocentric, apparent, GCRS axes, m.
    velocity_c : (n, 3), the Earth's, barycentric, in units of that of light, at the middle.
    """

    sun_m: Floats
    moon_m: Floats
    velocity_c: Floats

    @classmethod
    def around(cls, mjd_utc: Floats) -> Bodies:
        """Compute them for half a day before and after moments, (n,)."""
        tt = tt_from_utc(mjd_utc)[:, None]
        heliocentric, barycentric = erfa.epv00(JD_MJD, tt + HALF_SPAN_DAYS * _nodes(_SUN_NODES))
        velocity = barycentric["v"] / LIGHT_AU_PER_DAY
        sun = -heliocentric["p"]
        distance = _length(sun)
        sun = normalised(sun / distance + velocity) * distance
        # The Earth moves while the light of the Moon is on its way, and so aberrates it:
        # of both together only the Moon's own motion is left.
        moon = erfa.moon98(JD_MJD, tt + HALF_SPAN_DAYS * _nodes(_MOON_NODES))
        moon_au = moon["p"] - moon["v"] * _length(moon["p"]) / LIGHT_AU_PER_DAY
        return cls(sun * AU_M, moon_au * AU_M, velocity[:, _SUN_NODES // 2])

    def at(self, night: int, offset_days: Floats) -> tuple[Floats, Floats]:
        """Give Sun and Moon of a night at offsets, (s,), from its middle: (s, 3) each, m."""
        where = offset_days / HALF_SPAN_DAYS
        return (
            _interpolation(where, _SUN_NODES) @ self.sun_m[night],
            _interpolation(where, _MOON_NODES) @ self.moon_m[night],
        )


def _nodes(count: int) -> Floats:
    """Chebyshev's nodes of the first kind in [-1, 1]; of an odd count the middle one is 0."""
    return np.asarray(np.sin(np.pi * (2 * np.arange(count) - count + 1) / (2 * count)))


def _interpolation(where: Floats, count: int) -> Floats:
    """Give the matrix (s, nodes) that interpolates from the nodes, at places in [-1, 1].

    Barycentric formula: Berrut & Trefethen 2004, SIAM Review 46, 501.
    """
    nodes = _nodes(count)
    weights = (-1.0) ** np.arange(count) * np.sqrt(1 - nodes**2)
    difference = where[:, None] - nodes
    exact = difference == 0
    terms = weights / np.where(exact, 1.0, difference)
    matrix: Floats = terms / terms.sum(axis=1, keepdims=True)
    return np.where(exact.any(axis=1, keepdims=True), exact.astype(np.float64), matrix)


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", vectors, vectors)[..., None]))


def illuminated_fraction(sun_m: Floats, moon_m: Floats) -> Floats:
    """Give the illuminated fraction of the Moon's disc, (…,), of geocentric vectors."""
    from_moon = sun_m - moon_m
    cosine = -np.einsum("...i,...i->...", normalised(from_moon), normalised(moon_m))
    return np.asarray((1 + cosine) / 2)
