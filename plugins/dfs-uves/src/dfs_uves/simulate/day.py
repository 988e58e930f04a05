"""The standard calibrations of a day, frame by frame."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from dfs.algorithms.exposures import Exposure, exposures, isot
from dfs.plugin import RawFrame, RawImage, SimulationRequest
from dfs_uves.headers import (
    EXTENSIONS,
    Kind,
    Setting,
    frame_keywords,
    output_keywords,
)
from dfs_uves.simulate.chips import ARMS
from dfs_uves.simulate.detector import Detector

READOUT_S = 60.0
SEQUENCE: tuple[tuple[Kind, int, float], ...] = (
    ("BIAS", 5, 0.0),
    ("DARK", 3, 3600.0),
    ("FMTCHK", 1, 60.0),
    ("ORDERDEF", 1, 15.0),
    ("FLAT", 5, 25.0),
    ("WAVE", 1, 60.0),
)
"""What is exposed, how often and for how many seconds."""
WHOLE_FORMAT = frozenset[Kind]({"FMTCHK", "ORDERDEF", "WAVE"})
"""From a window nobody could tell where the orders run: it is not exposed."""
WAVELENGTH_NM: dict[Literal["BLUE", "RED"], float] = {"BLUE": 390.0, "RED": 580.0}


def calibration_day(request: SimulationRequest) -> Iterator[RawFrame]:
    """Give the standard calibrations of a day, the blue arm first.

    They begin at 8 UTC of the evening's date and end before 15, in full daylight. Of a
    window there are bias, dark and flat only.
    """
    detectors = {
        arm: [Detector.of(chip, request.window_rows) for chip in chips]
        for arm, chips in ARMS.items()
    }
    for setting, exposure in schedule(request.night, is_window=request.window_rows is not None):
        yield _frame(exposure, setting, detectors[setting.arm], request.seed)


def schedule(night: dt.date, *, is_window: bool) -> Iterator[tuple[Setting, Exposure[Kind]]]:
    """Give what is exposed when, and how the spectrograph is set."""
    start = dt.datetime.combine(night, dt.time(8), dt.UTC)
    templates = [
        (kind, (exposure_s,) * count)
        for kind, count, exposure_s in SEQUENCE
        if not (is_window and kind in WHOLE_FORMAT)
    ]
    for arm in ARMS:
        setting = Setting(arm, WAVELENGTH_NM[arm])
        for exposure in exposures(start, templates, READOUT_S):
            yield setting, exposure
            start = exposure.start + dt.timedelta(seconds=exposure.exposure_s + READOUT_S)
        # The arms are calibrated one after the other; the next begins on a full minute.
        start = start.replace(second=0, microsecond=0) + dt.timedelta(minutes=2)


def _frame(
    exposure: Exposure[Kind], setting: Setting, detectors: Sequence[Detector], seed: int
) -> RawFrame:
    name = f"UVES.{isot(exposure.start)}"
    noise = np.random.default_rng((seed, zlib.crc32(name.encode())))
    images: list[RawImage] = []
    truths: dict[str, Any] = {}
    for index, detector in enumerate(detectors, start=1):
        chip = detector.chip
        data, truths[chip.id] = detector.expose(exposure.kind, exposure.exposure_s, noise)
        keywords = output_keywords(
            chip.id,
            index,
            len(detector.rows),
            conad_e_per_adu=chip.conad_e_per_adu,
            ron_e=chip.ron_e,
        )
        images.append(RawImage(header=keywords, data=data, name=EXTENSIONS.get(chip.id, "")))
    primary = frame_keywords(exposure, setting, len(detectors[0].rows))
    units: tuple[RawImage, ...]
    if len(images) == 1:
        units = (RawImage(header={**primary, **images[0].header}, data=images[0].data),)
    else:
        units = (RawImage(header=primary), *images)
    return RawFrame(filename=f"{name}.fits", units=units, truth=truths)
