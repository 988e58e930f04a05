"""A chip with its own pixels, and what it reads out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs_uves.headers import OVERSCAN_PX, PRESCAN_PX, Kind
from dfs_uves.simulate import light
from dfs_uves.simulate.chips import NX, Chip
from dfs_uves.simulate.echelle import Echelle

S_PER_H = 3600.0
COSMICS_PER_PX_S = 3e-9
BAD_COLUMNS = 3
BAD_COLUMN_ADU = 40.0
RESPONSE_SPREAD = 0.008


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """A chip with its own pixels, the same every day.

    Parameters
    ----------
    rows : which rows of the chip are read out.
    bias_adu : (ny, nx), level of each pixel.
    dark_e_per_h : (ny, nx).
    response : (ny, nx), sensitivity of each pixel, 1 on average.
    hot : (ny, nx).
    bad_columns : columns too high in the bias.
    """

    chip: Chip
    rows: NDArray[np.int64]
    bias_adu: NDArray[np.float32]
    dark_e_per_h: NDArray[np.float32]
    response: NDArray[np.float32]
    hot: NDArray[np.bool_]
    bad_columns: NDArray[np.intp]
    _lamps: dict[Kind, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, chip: Chip, window_rows: int | None) -> Detector:
        """Grow a chip's pixels, all of them or a window about its centre."""
        number = min(window_rows or chip.rows, chip.rows)
        first = (chip.rows - number) // 2
        own = np.random.default_rng(zlib.crc32(chip.id.encode()))
        hot = own.random((number, NX), np.float32) < chip.hot_fraction
        bias = chip.bias_adu + chip.slope_adu * np.linspace(-0.5, 0.5, NX, dtype=np.float32)
        bias = np.repeat(bias[np.newaxis], number, axis=0)
        bad_columns = own.choice(NX, BAD_COLUMNS, replace=False)
        bias[:, bad_columns] += BAD_COLUMN_ADU
        dark = np.where(hot, np.float32(chip.hot_e_per_h), np.float32(chip.dark_e_per_h))
        response = own.standard_normal((number, NX), np.float32)
        response *= np.float32(RESPONSE_SPREAD)
        response += 1
        rows = np.arange(first, first + number)
        return cls(chip, rows, bias, dark, response, hot, bad_columns)

    @property
    def lamp(self) -> NDArray[np.float32]:
        """Light of the flat-field lamp relative to the blaze maximum: (ny, nx)."""
        return self.light("FLAT") / np.float32(self.chip.lamp_e_per_s)

    def light(self, kind: Kind) -> NDArray[np.float32]:
        """Give what a lamp frees in each pixel, e-/s: (ny, nx)."""
        if (found := self._lamps.get(kind)) is None:
            echelle = Echelle.of(self.chip.id)
            if kind in ("FLAT", "ORDERDEF"):
                spectrum = light.continuum(echelle, self.rows)
                peak, scattered = self.chip.lamp_e_per_s, light.SCATTERED
            else:
                spectrum = light.arc(self.chip, echelle, self.rows)
                peak, scattered = self.chip.line_e_per_s, 0.0
            pinhole = kind in ("FMTCHK", "ORDERDEF")
            slit = light.PINHOLE_ARCSEC if pinhole else light.SLIT_LENGTH_ARCSEC
            found = light.project(self.chip, echelle, self.rows, spectrum, slit)
            found += np.float32(scattered)
            found *= self.response
            found *= np.float32(peak)
            # Templates follow each other, and whole frames are large: one lamp is kept.
            self._lamps.clear()
            self._lamps[kind] = found
        return found

    def _order_centres(self) -> dict[str, float]:
        """Give y of each order in the middle of the chip, in the products' orientation."""
        echelle = Echelle.of(self.chip.id)
        middle = np.array([(echelle.nx + 1) / 2])
        return {f"{order:.0f}": float(echelle.y(order, middle)[0]) for order in echelle.orders}

    def expose(
        self, kind: Kind, exposure_s: float, noise: np.random.Generator
    ) -> tuple[NDArray[np.uint16], dict[str, Any]]:
        """Take one exposure: pixels with prescan and overscan, and what went in."""
        chip = self.chip
        gain = np.float32(1.0 / chip.conad_e_per_adu)
        adu = np.empty((len(self.rows), PRESCAN_PX + NX + OVERSCAN_PX), np.float32)
        noise.standard_normal(dtype=np.float32, out=adu)
        sensitive = adu[:, PRESCAN_PX:-OVERSCAN_PX]
        for scan in (np.s_[:, :PRESCAN_PX], np.s_[:, -OVERSCAN_PX:]):
            adu[scan] *= np.float32(chip.ron_e) * gain
            adu[scan] += np.float32(chip.bias_adu)
        cosmics = 0
        if exposure_s:
            electrons = self.dark_e_per_h * np.float32(exposure_s / S_PER_H)
            if kind not in ("BIAS", "DARK"):
                electrons += self.light(kind) * np.float32(exposure_s)
            # Where Poisson's distribution is not a normal one, the read noise drowns it.
            spread = electrons + np.float32(chip.ron_e**2)
            sensitive *= np.sqrt(spread, out=spread)
            sensitive += electrons
            cosmics = int(noise.poisson(COSMICS_PER_PX_S * exposure_s * electrons.size))
            where = np.unravel_index(noise.integers(0, electrons.size, cosmics), electrons.shape)
            sensitive[where] += noise.uniform(500.0, 5000.0, cosmics).astype(np.float32)
            sensitive *= gain
        else:
            sensitive *= np.float32(chip.ron_e) * gain
        sensitive += self.bias_adu
        np.rint(adu, out=adu)
        np.clip(adu, 0, 65535, out=adu)
        truth: dict[str, Any] = {
            "bias_adu": chip.bias_adu,
            "slope_adu": chip.slope_adu,
            "conad_e_per_adu": chip.conad_e_per_adu,
            "ron_e": chip.ron_e,
            "dark_e_per_h": chip.dark_e_per_h,
            "hot_pixels": int(self.hot.sum()),
            "bad_columns": self.bad_columns.tolist(),
            "cosmics": cosmics,
        }
        if kind not in ("BIAS", "DARK"):
            truth["order_y_px"] = self._order_centres()
        return adu.astype(np.uint16), truth
