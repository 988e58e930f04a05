"""uves_cal_mbias: the master bias of each chip, ADU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.frames import Frame, without
from dfs.algorithms.image import QualityFlag, flags
from dfs.algorithms.noise import NoiseModel, read_noise
from dfs.algorithms.statistics import clipped, structure
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, method

DEFECT_KAPPA = 8.0
"""A pixel of the master that is this many σ off its surroundings is a defect."""
LEVEL_ROWS = 16
"""The level of a frame is measured on so many rows in the middle."""
LEVEL_TOLERANCE = 0.1
"""Levels that differ by less than this part of the read noise are the same."""


def run(context: RecipeContext) -> None:
    """Combine the bias frames of each chip; measure read noise and structure."""
    for chip in chips(context, "BIAS"):
        if len(chip.raw) < 2:
            raise UnprocessableData("the read noise needs two bias frames, only one was given")
        context.progress(0.1, chip.chip)
        _reduce(context, chip)


def _reduce(context: RecipeContext, chip: ChipFrames) -> None:
    category = f"MASTER_BIAS_{chip.chip}"
    rows = chip.frames[0].shape[0]
    ron_adu = read_noise(*(frame.rows(0, rows) for frame in chip.frames[:2]))
    frames = at_one_level(chip.frames, LEVEL_TOLERANCE * ron_adu)
    stack = chip.combined(frames, method(context), NoiseModel(ron_adu))
    context.log.info("%d frames combined, %d values rejected", stack.frames, stack.rejected)
    level = clipped(stack.data)
    measured = {
        "RON.RAW": ron_adu,
        "RON.MASTER": level.sigma,
        "STRUCTX": structure(stack.data, axis=1, level=level).sigma,
        "STRUCTY": structure(stack.data, axis=0, level=level).sigma,
    }
    for name, value in measured.items():
        context.metric(f"QC.{chip.output}.{name}", value, category=category)
    low, high = deviating_pixels(stack.data, kappa=DEFECT_KAPPA, floor=1.0)
    defects = flags(np.logical_or(low, high, out=low), QualityFlag.CALIBRATION_DEFECT)
    context.write(
        category, stack.data, error=stack.error, quality=defects, header=chip.cards("ADU")
    )


def at_one_level(frames: Sequence[Frame], tolerance_adu: float) -> Sequence[Frame]:
    """Shift frames to the mean of their levels, where these differ.

    The level of a detector drifts from frame to frame, which a median would follow from
    pixel to pixel. Frames that do not need it stay whole ADU, which are combined faster.
    """
    start = max(0, (frames[0].shape[0] - LEVEL_ROWS) // 2)
    levels_adu = [clipped(frame.rows(start, start + LEVEL_ROWS)).mean for frame in frames]
    if max(levels_adu) - min(levels_adu) < tolerance_adu:
        return frames
    common = float(np.mean(levels_adu))
    return [without(frame, level - common) for frame, level in zip(frames, levels_adu, strict=True)]
