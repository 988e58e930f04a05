"""Light of the calibration lamps on a chip, before the detector has its say.

An order's light is its spectrum along the dispersion times the image of the slit across.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dfs_uves.simulate.chips import NX, Chip
from dfs_uves.simulate.echelle import Echelle

Floats = NDArray[np.float64]

SLIT_WIDTH_ARCSEC = 0.6
SLIT_LENGTH_ARCSEC = 8.0
PINHOLE_ARCSEC = 0.5
"""Length of the slit in format checks and order definitions."""
EDGE_PX = 0.6
"""How sharp the ends of the slit's image are."""
SCATTERED = 0.004
"""Light between the orders, of the blaze maximum of the continuum lamp."""

_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))
_PIXEL_SIGMA = np.sqrt(1.0 / 12.0)
_REACH_SIGMA = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class LineList:
    """Lines of the thorium-argon lamp.

    Parameters
    ----------
    wavelengths_a : in standard air, ångström, ascending.
    intensities : relative.
    """

    wavelengths_a: Floats
    intensities: Floats

    @classmethod
    @cache
    def of_lamp(cls) -> LineList:
        """Give the lamp's lines in the ranges of the simulated settings."""
        path = files("dfs_uves").joinpath("data/thar_lines.csv")
        rows = path.read_text(encoding="utf-8").splitlines()[3:]
        columns = np.loadtxt(rows, delimiter=",", usecols=(0, 1), unpack=True)
        return cls(*columns)


def blaze(echelle: Echelle, wavelengths_a: Floats, orders: Floats | float) -> Floats:
    """Give the efficiency of orders relative to the blaze maximum; they broadcast.

    The distance from the maximum is counted in free spectral ranges, the zeros of sinc².
    Source: Schroeder, Astronomical Optics, 2nd ed., 13.4.
    """
    constant = echelle.blaze_constant_a
    return np.asarray(np.sinc(orders * (1.0 - constant / (orders * wavelengths_a))) ** 2)


def continuum(echelle: Echelle, rows: NDArray[np.int64]) -> Floats:
    """Give the lamp's spectrum in each order at rows of the raw frame: (orders, rows)."""
    orders = echelle.orders[:, np.newaxis]
    wavelengths = echelle.wavelengths_a(orders, echelle.rows_to_x(rows)[np.newaxis])
    return blaze(echelle, wavelengths, orders)


def arc(chip: Chip, echelle: Echelle, rows: NDArray[np.int64]) -> Floats:
    """Give the arc lamp's spectrum likewise: a line of intensity 1000 at the blaze has peak 1."""
    spectrum = np.zeros((len(echelle.orders), len(rows)))
    lamp = LineList.of_lamp()
    for place, order in enumerate(echelle.orders):
        x = echelle.x(order, lamp.wavelengths_a)
        seen = np.flatnonzero(np.isfinite(x))
        wavelengths = lamp.wavelengths_a[seen]
        strengths = lamp.intensities[seen] / 1000.0 * blaze(echelle, wavelengths, order)
        centre = echelle.nx - x[seen] - rows[0]
        sigma = line_width_px(chip, echelle, order, x[seen])
        reach = int(np.ceil(_REACH_SIGMA * sigma.max(initial=0.0)))
        near = np.rint(centre).astype(int)[:, np.newaxis] + np.arange(-reach, reach + 1)
        profile = np.exp(-0.5 * ((near - centre[:, np.newaxis]) / sigma[:, np.newaxis]) ** 2)
        inside = (near >= 0) & (near < len(rows))
        np.add.at(spectrum[place], near[inside], (profile * strengths[:, np.newaxis])[inside])
    return spectrum


def line_width_px(chip: Chip, echelle: Echelle, order: float, x: Floats) -> Floats:
    """Give the standard deviation of an unresolved line at x in an order, pixel."""
    power = chip.slit_product_arcsec / SLIT_WIDTH_ARCSEC
    wavelengths = echelle.wavelengths_a(order, x)
    dispersion = echelle.wavelengths_a(order, x + 0.5) - echelle.wavelengths_a(order, x - 0.5)
    sigma = wavelengths / power / dispersion / _FWHM
    return np.asarray(np.hypot(sigma, _PIXEL_SIGMA))


def project(
    chip: Chip, echelle: Echelle, rows: NDArray[np.int64], spectrum: Floats, slit_arcsec: float
) -> NDArray[np.float32]:
    """Put spectra of the orders on the chip.

    Parameters
    ----------
    chip, echelle : where.
    rows : of the raw frame, consecutive.
    spectrum : (orders, rows), light a pixel of the slit's length.
    slit_arcsec : length of the slit.

    Returns
    -------
    (rows, columns)
        Relative light in the orientation of the raw frame, without pre- and overscan.
    """
    light = np.zeros((len(rows), NX), np.float32)
    flat = light.reshape(-1)
    half = 0.5 * slit_arcsec / chip.pixel_scale_arcsec
    reach = int(np.ceil(half + 8.0 * EDGE_PX)) + 1
    offsets = np.arange(-reach, reach + 1)
    starts = np.arange(len(rows))[:, np.newaxis] * NX
    x = echelle.rows_to_x(rows)
    for order, light_along in zip(echelle.orders, spectrum, strict=True):
        centre = echelle.y_to_columns(echelle.y(order, x))[:, np.newaxis]
        columns = np.rint(centre).astype(np.intp) + offsets
        distance = np.abs(columns - centre).astype(np.float32)
        image = 1.0 / (1.0 + np.exp((distance - np.float32(half)) / np.float32(EDGE_PX)))
        image *= light_along[:, np.newaxis].astype(np.float32)
        inside = (columns >= 0) & (columns < NX)
        # Within one order no pixel is met twice.
        flat[(starts + columns)[inside]] += image[inside]
    return light
