"""Raw calibration frames of both chips, with known truth.

A chip has a bias with a slope and a few bad columns, dark current with hot pixels, a
pixel-to-pixel response with insensitive columns, and the vignetting of the collimator.
Twilight fades from one sky flat to the next, and the stars move.
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
from dfs_fors.headers import (
    NX,
    NY,
    OVERSCAN_ROWS,
    PRESCAN_ROWS,
    Kind,
    Output,
    frame_keywords,
)

READOUT_S = 40.0
S_PER_H = 3600.0
RESPONSE_SIGMA = 0.01
BAD_COLUMNS = 3
BAD_COLUMN_ADU = 40.0
INSENSITIVE_RESPONSE = 0.3
HOT_FRACTION = 2e-4
STARS_PER_PX = 2e-5
STAR_SIGMA_PX = 1.5

_DAY: tuple[tuple[Kind, tuple[float, ...]], ...] = (
    ("BIAS", (0.0,) * 5),
    ("DARK", (900.0,) * 3),
    ("SCREEN_FLAT", (8.0,) * 4),
)
"""Templates of the day with their exposure times, s."""
_TWILIGHT: tuple[tuple[Kind, tuple[float, ...]], ...] = (("SKY_FLAT", (1.0, 2.5, 4.5, 5.0)),)
_DAY_BEGINS = dt.time(9, tzinfo=dt.UTC)
_TWILIGHT_BEGINS = dt.time(23, 30, tzinfo=dt.UTC)
TWILIGHT_FADES_S = 90.0
"""In this time the sky becomes e times fainter."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A simulated chip.

    Parameters
    ----------
    output : its identity, conversion factor and read noise.
    bias_adu : level of the overscan; ``slope_adu`` is added from the first to the
        last light-sensitive column.
    dark_e_per_h : dark current of a good binned pixel; hot ones have ``hot_e_per_h``.
    lamp_e_per_s, sky_e_per_s : light on the axis; that of the sky when twilight begins.
    """

    output: Output
    bias_adu: float
    slope_adu: float
    dark_e_per_h: float
    hot_e_per_h: float
    lamp_e_per_s: float
    sky_e_per_s: float


CHIPS = (
    Chip(Output("CHIP1", "CCID20-14-5-3", 2, 0.7, 2.9), 195.0, 0.8, 24.0, 4e4, 2000.0, 10000.0),
    Chip(Output("CHIP2", "CCID20-14-5-6", 1, 0.7, 3.15), 180.0, -0.6, 32.0, 4e4, 1900.0, 9500.0),
)


def calibration_day(request: SimulationRequest) -> Iterator[RawFrame]:
    """Give the calibrations of the day and the twilight before a night, chip by chip.

    A window counts light-sensitive rows as read (binned); the prescan and overscan
    rows are read in any case.
    """
    detectors = [Detector.of(chip, request.window_rows) for chip in CHIPS]
    for begins, templates in ((_DAY_BEGINS, _DAY), (_TWILIGHT_BEGINS, _TWILIGHT)):
        opened = dt.datetime.combine(request.night, begins)
        for exposure in exposures(opened, templates, READOUT_S):
            since_s = (exposure.start - opened).total_seconds()
            for detector in detectors:
                yield _frame(exposure, detector, since_s, request.seed)


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """A chip with its own pixels, the same every day; planes are (rows, NX).

    Parameters
    ----------
    bias_adu : level of each pixel.
    dark_e_per_h : dark current of each pixel.
    response : relative to a typical pixel; insensitive columns included.
    vignetting : light relative to that on the axis.
    hot : hot pixels.
    bad_columns, insensitive_columns : columns too high in the bias, too low in a flat.
    """

    chip: Chip
    bias_adu: NDArray[np.float32]
    dark_e_per_h: NDArray[np.float32]
    response: NDArray[np.float32]
    vignetting: NDArray[np.float32]
    hot: NDArray[np.bool_]
    bad_columns: NDArray[np.intp]
    insensitive_columns: NDArray[np.intp]

    @classmethod
    def of(cls, chip: Chip, window_rows: int | None) -> Detector:
        """Grow a chip's pixels, all of them or the first rows."""
        rows = min(window_rows or NY, NY)
        own = np.random.default_rng(zlib.crc32(chip.output.id.encode()))
        bad, insensitive = own.choice(NX, (2, BAD_COLUMNS), replace=False)
        level = chip.bias_adu + chip.slope_adu * np.linspace(-0.5, 0.5, NX, dtype=np.float32)
        level[bad] += BAD_COLUMN_ADU
        hot = own.random((rows, NX), np.float32) < HOT_FRACTION
        response = 1.0 + RESPONSE_SIGMA * own.standard_normal((rows, NX), np.float32)
        response[:, insensitive] *= INSENSITIVE_RESPONSE
        return cls(
            chip=chip,
            bias_adu=np.repeat(level[np.newaxis], rows, axis=0),
            dark_e_per_h=np.where(hot, np.float32(chip.hot_e_per_h), np.float32(chip.dark_e_per_h)),
            response=response,
            vignetting=vignetting(chip, rows),
            hot=hot,
            bad_columns=bad,
            insensitive_columns=insensitive,
        )

    def read(
        self, electrons: NDArray[np.float32] | None, noise: np.random.Generator
    ) -> NDArray[np.uint16]:
        """Read the chip out, prescan and overscan rows too; None where nothing was exposed."""
        output = self.chip.output
        rows = len(self.bias_adu)
        adu = np.empty((PRESCAN_ROWS + rows + OVERSCAN_ROWS, NX), np.float32)
        noise.standard_normal(dtype=np.float32, out=adu)
        adu *= output.ron_e / output.conad_e_per_adu
        adu[:PRESCAN_ROWS] += self.chip.bias_adu
        adu[-OVERSCAN_ROWS:] += self.chip.bias_adu
        sensitive = adu[PRESCAN_ROWS:-OVERSCAN_ROWS]
        sensitive += self.bias_adu
        if electrons is not None:
            counts = noise.poisson(electrons).astype(np.float32)
            sensitive += counts / np.float32(output.conad_e_per_adu)
        return np.clip(np.rint(adu, out=adu), 0, 65535, out=adu).astype(np.uint16)


def vignetting(chip: Chip, rows: int) -> NDArray[np.float32]:
    """Give the light in the focal plane relative to that on the axis, (rows, NX).

    The axis lies on the upper chip, near its lower edge.
    """
    y = np.arange(rows, dtype=np.float32)[:, np.newaxis]
    from_axis = y - 100.0 if chip.output.y == 2 else NY + 100.0 - y
    x = np.arange(NX, dtype=np.float32) - (NX - 1) / 2
    return np.asarray(1.0 - 0.1 * (x**2 + from_axis**2) / (NX / 2) ** 2, np.float32)


def stars(rows: int, sky_e: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Give the light of the stars in one sky flat, electrons, (rows, NX)."""
    light = np.zeros((rows, NX), np.float32)
    number = int(random.poisson(STARS_PER_PX * light.size))
    x, y = random.uniform(0, NX, number), random.uniform(0, rows, number)
    peak_e = sky_e * random.uniform(0.05, 0.5, number)
    reach = np.arange(-8, 9)
    columns = np.rint(x).astype(np.intp)[:, np.newaxis] + reach
    lines = np.rint(y).astype(np.intp)[:, np.newaxis] + reach
    along_x = np.exp(-0.5 * ((columns - x[:, np.newaxis]) / STAR_SIGMA_PX) ** 2)
    along_y = np.exp(-0.5 * ((lines - y[:, np.newaxis]) / STAR_SIGMA_PX) ** 2)
    stamps = peak_e[:, np.newaxis, np.newaxis] * along_y[:, :, np.newaxis] * along_x[:, np.newaxis]
    at_y, at_x = np.broadcast_arrays(lines[:, :, np.newaxis], columns[:, np.newaxis])
    within = (at_y >= 0) & (at_y < rows) & (at_x >= 0) & (at_x < NX)
    np.add.at(light, (at_y[within], at_x[within]), stamps[within])
    return light


def _frame(exposure: Exposure[Kind], detector: Detector, since_s: float, seed: int) -> RawFrame:
    chip = detector.chip
    rows = len(detector.bias_adu)
    header = frame_keywords(exposure, chip.output, rows)
    name = str(header["ARCFILE"])
    noise = np.random.default_rng((seed, zlib.crc32(name.encode())))
    level_e = 0.0
    electrons: NDArray[np.float32] | None = None
    if exposure.exposure_s:
        electrons = detector.dark_e_per_h * np.float32(exposure.exposure_s / S_PER_H)
        sky_e_per_s = chip.sky_e_per_s * float(np.exp(-since_s / TWILIGHT_FADES_S))
        light_e_per_s = {"SCREEN_FLAT": chip.lamp_e_per_s, "SKY_FLAT": sky_e_per_s}
        level_e = light_e_per_s.get(exposure.kind, 0.0) * exposure.exposure_s
    if electrons is not None and level_e:
        light = detector.vignetting * np.float32(level_e)
        if exposure.kind == "SKY_FLAT":
            light += stars(rows, level_e, noise)
        electrons += light * detector.response
    truth: dict[str, Any] = {
        "chip": chip.output.chip,
        "bias_adu": chip.bias_adu,
        "slope_adu": chip.slope_adu,
        "conad_e_per_adu": chip.output.conad_e_per_adu,
        "ron_e": chip.output.ron_e,
        "dark_e_per_h": chip.dark_e_per_h,
        "level_e": level_e,
        "hot_pixels": int(detector.hot.sum()),
        "bad_columns": detector.bad_columns.tolist(),
        "insensitive_columns": detector.insensitive_columns.tolist(),
    }
    unit = RawImage(header=header, data=detector.read(electrons, noise), name=chip.output.chip)
    return RawFrame(filename=name, units=(unit,), truth=truth)
