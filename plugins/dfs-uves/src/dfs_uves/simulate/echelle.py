"""Where an echelle order lies on a chip, and where in it a wavelength falls.

Positions are counted in pixels from 1 in the orientation of the pipeline's products: x
along the dispersion, the wavelength growing with it, y across. In a raw frame x runs
against the rows; y runs with the columns of the blue chip and against those of the red.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.polynomial.polynomial import polyval2d
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MARGIN_PX = 20
"""A line this far beyond the chip still has its wing on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Echelle:
    """The format of one chip.

    Parameters
    ----------
    nx, ny : pixels along and across the dispersion.
    orders : absolute numbers of the orders on the chip, ascending.
    wavelength_terms, position_terms : coefficients of order times wavelength in ångström,
        and of y; rows are powers of x, columns powers of the order, both scaled.
    mirrored : whether y runs against the columns of the raw frame.
    """

    nx: int
    ny: int
    orders: Floats
    wavelength_terms: Floats
    position_terms: Floats
    mirrored: bool

    @classmethod
    @cache
    def of(cls, chip: str) -> Echelle:
        """Give the format of a chip: BLUE at 390 nm, REDL and REDU at 580 nm."""
        text = files("dfs_uves").joinpath("data/echelle.json").read_text(encoding="utf-8")
        found = json.loads(text)["chips"][chip]
        first, last = found["orders"]
        return cls(
            nx=found["nx"],
            ny=found["ny"],
            orders=np.arange(first, last + 1.0),
            wavelength_terms=np.array(found["wavelength"]),
            position_terms=np.array(found["position"]),
            mirrored=chip != "BLUE",
        )

    def wavelengths_a(self, order: Floats | float, x: Floats) -> Floats:
        """Give the wavelength in air, ångström, at x in an order; they broadcast."""
        return np.asarray(self._value(self.wavelength_terms, order, x) / order)

    def y(self, order: Floats | float, x: Floats) -> Floats:
        """Give the centre of an order at x; they broadcast."""
        return self._value(self.position_terms, order, x)

    def x(self, order: float, wavelengths_a: Floats) -> Floats:
        """Give where wavelengths fall in an order; NaN if not on the chip or just beside it."""
        grid = np.arange(1.0 - _MARGIN_PX, self.nx + 1.0 + _MARGIN_PX)
        along = self.wavelengths_a(order, grid)
        # The dispersion changes by a hundred-thousandth a pixel: a straight line will do.
        return np.asarray(np.interp(wavelengths_a, along, grid, left=np.nan, right=np.nan))

    def rows_to_x(self, rows: NDArray[np.int64]) -> Floats:
        """Give x of rows of the raw frame, counted from 0."""
        return np.asarray(self.nx - rows, np.float64)

    def y_to_columns(self, y: Floats) -> Floats:
        """Give the columns of the raw frame, counted from 0 without prescan, of y."""
        return self.ny - y if self.mirrored else y - 1.0

    @property
    def blaze_constant_a(self) -> float:
        """Order times the wavelength at its blaze maximum, ångström: mid-chip, mid-order."""
        return float(self.wavelength_terms[0, 0])

    def _value(self, terms: Floats, order: Floats | float, x: Floats) -> Floats:
        along = (x - (self.nx + 1) / 2) / (self.nx / 2)
        first, last = self.orders[0], self.orders[-1]
        across = (order - (first + last) / 2) / ((last - first) / 2)
        along, across = np.broadcast_arrays(along, across)
        return np.asarray(polyval2d(along, across, terms), np.float64)
