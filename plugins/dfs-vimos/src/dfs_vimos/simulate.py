"""Raw calibration frames of the four quadrants, with known truth.

A quadrant has a bias with a slope and a few bad columns, dark current with hot pixels, a
pixel-to-pixel response with insensitive columns, and vignetting. Twilight fades from one
sky flat to the next. There are no stars and no cosmic rays.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.exposures import Exposure, exposures
from dfs.plugin import RawFrame, RawImage, SimulationRequest
from dfs_vimos.headers import (
    NX,
    NY,
    OVERSCAN_PX,
    PRESCAN_PX,
    Kind,
    Output,
    frame_keywords,
)

READOUT_S = 40.0
S_PER_H = 3600.0
RESPONSE_SIGMA = 0.01
BAD_COLUMNS = 3
BAD_COLUMN_ADU = 30.0
INSENSITIVE_RESPONSE = 0.2
HOT_FRACTION = 1e-4
HOT_E_PER_H = 20000.0

_DAY: tuple[tuple[Kind, tuple[float, ...]], ...] = (
    ("BIAS", (0.0,) * 5),
    ("DARK", (900.0,) * 3),
)
"""Templates of the day with their exposure times, s."""
_TWILIGHT: tuple[tuple[Kind, tuple[float, ...]], ...] = (("SKY_FLAT", (1.0, 1.5, 2.2, 3.4, 5.2)),)
_DAY_BEGINS = dt.time(10, tzinfo=dt.UTC)
_TWILIGHT_BEGINS = dt.time(23, 25, tzinfo=dt.UTC)
TWILIGHT_FADES_S = 100.0
"""In this time the sky becomes e times fainter."""


@dataclass(frozen=True, slots=True)
class Quadrant:
    """A simulated quadrant.

    Parameters
    ----------
    output : its identity, conversion factor and read noise.
    bias_adu : level of the overscan; ``slope_adu`` is added from the first to the
        last light-sensitive column.
    dark_e_per_h : dark current of a good pixel; hot ones have ``HOT_E_PER_H``.
    sky_e_per_s : light on the axis when twilight begins.
    """

    output: Output
    bias_adu: float
    slope_adu: float
    dark_e_per_h: float
    sky_e_per_s: float


QUADRANTS = (
    Quadrant(Output(1, "DAVID", 1.80, 4.6), 202.0, 0.6, 6.0, 40000.0),
    Quadrant(Output(2, "BRIAN", 1.78, 4.4), 188.0, -0.5, 5.0, 39000.0),
    Quadrant(Output(3, "Keith", 1.83, 4.8), 210.0, 0.4, 7.0, 38000.0),
    Quadrant(Output(4, "Tom", 1.81, 4.7), 195.0, 0.7, 5.5, 41000.0),
)


def calibration_day(request: SimulationRequest) -> Iterator[RawFrame]:
    """Give the calibrations of the day and the twilight before a night, quadrant by quadrant.

    A window is the first rows of each quadrant; prescan and overscan are columns and stay.
    """
    detectors = [Detector.of(quadrant, request.window_rows) for quadrant in QUADRANTS]
    for begins, templates in ((_DAY_BEGINS, _DAY), (_TWILIGHT_BEGINS, _TWILIGHT)):
        opened = dt.datetime.combine(request.night, begins)
        for exposure in exposures(opened, templates, READOUT_S):
            since_s = (exposure.start - opened).total_seconds()
            for detector in detectors:
                yield _frame(exposure, detector, since_s, request.seed)


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """A quadrant's chip with its own pixels, the same every day; planes are (rows, NX).

    Parameters
    ----------
    bias_adu : (NX,), level of each column.
    dark_e_per_h : dark current of each pixel.
    flat : light that each pixel sees relative to a typical one on the axis.
    hot : hot pixels.
    bad_columns, insensitive_columns : columns too high in the bias, too low in a flat.
    """

    quadrant: Quadrant
    bias_adu: NDArray[np.float32]
    dark_e_per_h: NDArray[np.float32]
    flat: NDArray[np.float32]
    hot: NDArray[np.bool_]
    bad_columns: NDArray[np.intp]
    insensitive_columns: NDArray[np.intp]

    @classmethod
    def of(cls, quadrant: Quadrant, window_rows: int | None) -> Detector:
        """Grow a chip's pixels, all of them or the first rows."""
        rows = min(window_rows or NY, NY)
        own = np.random.default_rng(zlib.crc32(quadrant.output.chip.encode()))
        bad, insensitive = own.choice(NX, (2, BAD_COLUMNS), replace=False)
        slope = np.linspace(-0.5, 0.5, NX, dtype=np.float32)
        level = np.float32(quadrant.bias_adu) + np.float32(quadrant.slope_adu) * slope
        level[bad] += BAD_COLUMN_ADU
        hot = own.random((rows, NX), np.float32) < HOT_FRACTION
        flat = own.standard_normal((rows, NX), np.float32)
        flat *= RESPONSE_SIGMA
        flat += 1.0
        flat *= vignetting(rows)
        flat[:, insensitive] *= INSENSITIVE_RESPONSE
        return cls(
            quadrant=quadrant,
            bias_adu=level,
            dark_e_per_h=np.where(hot, np.float32(HOT_E_PER_H), np.float32(quadrant.dark_e_per_h)),
            flat=flat,
            hot=hot,
            bad_columns=bad,
            insensitive_columns=insensitive,
        )

    def read(
        self, electrons: NDArray[np.float32] | None, noise: np.random.Generator
    ) -> NDArray[np.uint16]:
        """Read the chip out, prescan and overscan too; None where nothing was exposed."""
        output = self.quadrant.output
        adu = np.empty((len(self.flat), PRESCAN_PX + NX + OVERSCAN_PX), np.float32)
        noise.standard_normal(dtype=np.float32, out=adu)
        adu *= output.ron_e / output.conad_e_per_adu
        adu[:, :PRESCAN_PX] += self.quadrant.bias_adu
        adu[:, -OVERSCAN_PX:] += self.quadrant.bias_adu
        sensitive = adu[:, PRESCAN_PX:-OVERSCAN_PX]
        sensitive += self.bias_adu
        if electrons is not None:
            sensitive += electrons / np.float32(output.conad_e_per_adu)
        return np.clip(np.rint(adu, out=adu), 0, 65535, out=adu).astype(np.uint16)


def vignetting(rows: int) -> NDArray[np.float32]:
    """Give the light in a quadrant relative to that on its axis, (rows, NX)."""
    y = np.arange(rows, dtype=np.float32)[:, np.newaxis] - (NY - 1) / 2
    x = np.arange(NX, dtype=np.float32) - (NX - 1) / 2
    return np.asarray(1.0 - 0.08 * (x**2 + y**2) / (NX / 2) ** 2, np.float32)


def _frame(exposure: Exposure[Kind], detector: Detector, since_s: float, seed: int) -> RawFrame:
    quadrant = detector.quadrant
    header = frame_keywords(exposure, quadrant.output, len(detector.flat))
    name = str(header["ARCFILE"])
    noise = np.random.default_rng((seed, zlib.crc32(name.encode())))
    level_e = 0.0
    electrons: NDArray[np.float32] | None = None
    if exposure.kind == "SKY_FLAT":
        sky_e_per_s = quadrant.sky_e_per_s * float(np.exp(-since_s / TWILIGHT_FADES_S))
        level_e = sky_e_per_s * exposure.exposure_s
        electrons = _many(detector.flat * np.float32(level_e), noise)
    elif exposure.kind == "DARK":
        mean_e = detector.dark_e_per_h * np.float32(exposure.exposure_s / S_PER_H)
        electrons = noise.poisson(mean_e).astype(np.float32)
    truth: dict[str, Any] = {
        "quadrant": quadrant.output.quadrant,
        "chip": quadrant.output.chip,
        "bias_adu": quadrant.bias_adu,
        "slope_adu": quadrant.slope_adu,
        "conad_e_per_adu": quadrant.output.conad_e_per_adu,
        "ron_e": quadrant.output.ron_e,
        "dark_e_per_h": quadrant.dark_e_per_h,
        "level_e": level_e,
        "hot_pixels": int(detector.hot.sum()),
        "bad_columns": detector.bad_columns.tolist(),
        "insensitive_columns": detector.insensitive_columns.tolist(),
    }
    unit = RawImage(header=header, data=detector.read(electrons, noise))
    return RawFrame(filename=name, units=(unit,), truth=truth)


def _many(mean_e: NDArray[np.float32], noise: np.random.Generator) -> NDArray[np.float32]:
    """Count photons by the normal law, to which Poisson's comes down for thousands of them."""
    counts = noise.standard_normal(mean_e.shape, np.float32)
    counts *= np.sqrt(mean_e)
    counts += mean_e
    return counts
