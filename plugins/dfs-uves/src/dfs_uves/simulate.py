"""Raw calibration frames of both arms, with known truth.

A chip has a bias with a slope and a few bad columns, dark current with hot pixels,
cosmic rays, and in a flat the curved orders of an echelle under their blaze.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dfs.plugin import RawFrame, RawImage, SimulationRequest
from dfs_uves.headers import (
    OVERSCAN_PX,
    PRESCAN_PX,
    Exposure,
    Kind,
    frame_keywords,
    isot,
    output_keywords,
)

NX = 2048
READOUT_S = 60.0
S_PER_H = 3600.0
COSMICS_PER_PX_S = 3e-9
BAD_COLUMNS = 3
BAD_COLUMN_ADU = 40.0


@dataclass(frozen=True, slots=True)
class Chip:
    """A simulated chip.

    Parameters
    ----------
    id : BLUE, REDL or REDU.
    rows : light-sensitive rows.
    bias_adu : mean level; ``slope_adu`` is added from the first to the last column.
    conad_e_per_adu, ron_e : conversion factor and read noise.
    dark_e_per_h : dark current of a good pixel; hot pixels have ``hot_e_per_h``.
    orders : echelle orders that cross the chip.
    lamp_e_per_s : blaze maximum of the flat-field lamp.
    """

    id: str
    rows: int
    bias_adu: float
    slope_adu: float
    conad_e_per_adu: float
    ron_e: float
    dark_e_per_h: float
    hot_e_per_h: float
    hot_fraction: float
    orders: int
    lamp_e_per_s: float


BLUE = Chip("BLUE", 3000, 160.0, 0.8, 1.67, 6.4, 0.5, 3000.0, 1e-4, 31, 600.0)
REDL = Chip("REDL", 4096, 170.0, -0.6, 1.60, 6.1, 0.8, 3000.0, 1e-4, 20, 900.0)
REDU = Chip("REDU", 4096, 190.0, 0.5, 1.50, 5.8, 1.2, 4000.0, 1e-4, 17, 900.0)
ARMS: dict[Literal["BLUE", "RED"], tuple[Chip, ...]] = {"BLUE": (BLUE,), "RED": (REDU, REDL)}
"""Chips of each arm, in the order of the units of a file."""

SEQUENCE: tuple[tuple[Kind, int, float], ...] = (
    ("BIAS", 5, 0.0),
    ("DARK", 3, 3600.0),
    ("FLAT", 5, 25.0),
)
WAVELENGTH_NM: dict[Literal["BLUE", "RED"], float] = {"BLUE": 390.0, "RED": 580.0}
EXTENSIONS = {"REDU": "WIN1.CHIP1.OUT1", "REDL": "WIN1.CHIP2.OUT1"}


def calibration_day(request: SimulationRequest) -> Iterator[RawFrame]:
    """Give the standard calibrations of a day, the blue arm first.

    They begin at 8 UTC of the evening's date and end before 15, in full daylight.
    """
    start = dt.datetime.combine(request.night, dt.time(8), dt.UTC)
    for arm, chips in ARMS.items():
        detectors = [Detector.of(chip, request.window_rows) for chip in chips]
        for kind, count, exposure_s in SEQUENCE:
            template_start = start
            for number in range(1, count + 1):
                exposure = Exposure(
                    kind, arm, start, template_start, number, count, exposure_s, WAVELENGTH_NM[arm]
                )
                yield _frame(exposure, detectors, request)
                start += dt.timedelta(seconds=exposure_s + READOUT_S)
        # The arms are calibrated one after the other; the next begins on a full minute.
        start = start.replace(second=0, microsecond=0) + dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """A chip with its own pixels, the same every day.

    Parameters
    ----------
    bias_adu : (ny, nx), level of each pixel.
    dark_e_per_h : (ny, nx).
    lamp : (ny, nx), the flat's light relative to the blaze maximum.
    hot : (ny, nx).
    bad_columns : columns too high in the bias.
    """

    chip: Chip
    bias_adu: NDArray[np.float32]
    dark_e_per_h: NDArray[np.float32]
    lamp: NDArray[np.float32]
    hot: NDArray[np.bool_]
    bad_columns: NDArray[np.intp]

    @classmethod
    def of(cls, chip: Chip, window_rows: int | None) -> Detector:
        """Grow a chip's pixels, all of them or a window about its centre."""
        rows = min(window_rows or chip.rows, chip.rows)
        own = np.random.default_rng(zlib.crc32(chip.id.encode()))
        hot = own.random((rows, NX), np.float32) < chip.hot_fraction
        bias = chip.bias_adu + chip.slope_adu * np.linspace(-0.5, 0.5, NX, dtype=np.float32)
        bias = np.repeat(bias[np.newaxis], rows, axis=0)
        bad_columns = own.choice(NX, BAD_COLUMNS, replace=False)
        bias[:, bad_columns] += BAD_COLUMN_ADU
        dark = np.where(hot, np.float32(chip.hot_e_per_h), np.float32(chip.dark_e_per_h))
        response = own.normal(1.0, 0.008, (rows, NX)).astype(np.float32)
        return cls(chip, bias, dark, echelle(chip, rows) * response, hot, bad_columns)

    def expose(
        self, kind: Kind, exposure_s: float, noise: np.random.Generator
    ) -> tuple[NDArray[np.uint16], dict[str, Any]]:
        """Take one exposure: pixels with prescan and overscan, and what went in."""
        rows = len(self.bias_adu)
        adu = np.empty((rows, PRESCAN_PX + NX + OVERSCAN_PX), np.float32)
        noise.standard_normal(dtype=np.float32, out=adu)
        adu *= self.chip.ron_e / self.chip.conad_e_per_adu
        adu[:, :PRESCAN_PX] += self.chip.bias_adu
        adu[:, -OVERSCAN_PX:] += self.chip.bias_adu
        sensitive = adu[:, PRESCAN_PX:-OVERSCAN_PX]
        sensitive += self.bias_adu
        cosmics = 0
        if exposure_s:
            electrons = self.dark_e_per_h * np.float32(exposure_s / S_PER_H)
            if kind == "FLAT":
                electrons += self.lamp * np.float32(self.chip.lamp_e_per_s * exposure_s)
            counts = noise.poisson(electrons).astype(np.float32)
            cosmics = int(noise.poisson(COSMICS_PER_PX_S * exposure_s * counts.size))
            where = noise.integers(0, counts.size, cosmics)
            counts.reshape(-1)[where] += noise.uniform(500.0, 5000.0, cosmics).astype(np.float32)
            sensitive += counts / np.float32(self.chip.conad_e_per_adu)
        truth = {
            "bias_adu": self.chip.bias_adu,
            "slope_adu": self.chip.slope_adu,
            "conad_e_per_adu": self.chip.conad_e_per_adu,
            "ron_e": self.chip.ron_e,
            "dark_e_per_h": self.chip.dark_e_per_h,
            "hot_pixels": int(self.hot.sum()),
            "bad_columns": self.bad_columns.tolist(),
            "cosmics": cosmics,
        }
        np.clip(np.rint(adu, out=adu), 0, 65535, out=adu)
        return adu.astype(np.uint16), truth


def echelle(chip: Chip, rows: int) -> NDArray[np.float32]:
    """Give the light of a continuum lamp, orders along y, blaze maximum 1: the middle rows."""
    first = (chip.rows - rows) // 2
    y = np.linspace(-1.0, 1.0, chip.rows, dtype=np.float32)[first : first + rows, np.newaxis]
    x = np.arange(NX, dtype=np.float32)
    spacing = NX / (chip.orders + 1.0)
    # Every order is tilted and curved alike, so the distance to the nearest is periodic.
    across = x - (0.35 * spacing * y + 0.25 * spacing * y**2)
    distance = (across + 0.5 * spacing) % spacing - 0.5 * spacing
    slit = 1.0 / (1.0 + (np.abs(distance) / (0.3 * spacing)) ** 12)
    blaze = np.sinc(0.7 * y) ** 2
    return np.asarray(0.01 + 0.99 * slit * blaze, np.float32)


def _frame(exposure: Exposure, detectors: list[Detector], request: SimulationRequest) -> RawFrame:
    rows = len(detectors[0].bias_adu)
    name = f"UVES.{isot(exposure.start)}"
    noise = np.random.default_rng((request.seed, zlib.crc32(name.encode())))
    images: list[RawImage] = []
    truths: dict[str, Any] = {}
    for index, detector in enumerate(detectors, start=1):
        chip = detector.chip
        data, truths[chip.id] = detector.expose(exposure.kind, exposure.exposure_s, noise)
        keywords = output_keywords(
            chip.id, index, rows, conad_e_per_adu=chip.conad_e_per_adu, ron_e=chip.ron_e
        )
        images.append(RawImage(header=keywords, data=data, name=EXTENSIONS.get(chip.id, "")))
    primary = frame_keywords(exposure, rows)
    units: tuple[RawImage, ...]
    if len(images) == 1:
        units = (RawImage(header={**primary, **images[0].header}, data=images[0].data),)
    else:
        units = (RawImage(header=primary), *images)
    return RawFrame(filename=f"{name}.fits", units=units, truth=truths)
