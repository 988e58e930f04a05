"""uves_cal_mbias: the master bias of each chip."""

from __future__ import annotations

import numpy as np

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.image import QualityFlag
from dfs.algorithms.noise import NoiseModel, read_noise
from dfs.algorithms.statistics import clipped, structure
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, stack

DEFECT_KAPPA = 8.0
"""A pixel of the master that is this many σ off its surroundings is a defect."""


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
    image = stack(context, chip.frames, NoiseModel(ron_adu))
    statistics = clipped(image.data)
    measured = {
        "QC.OUT1.RON.RAW": ron_adu,
        "QC.OUT1.RON.MASTER": statistics.sigma,
        "QC.OUT1.STRUCTX": structure(image.data, axis=1).sigma,
        "QC.OUT1.STRUCTY": structure(image.data, axis=0).sigma,
        "QC.REG1.MED": statistics.median,
    }
    for name, value in measured.items():
        context.metric(name, value, category=category)
    low, high = deviating_pixels(image.data, kappa=DEFECT_KAPPA, floor=1.0)
    image = image.flagged(np.logical_or(low, high, out=low), QualityFlag.CALIBRATION_DEFECT)
    context.write(
        category, image.data, error=image.error, quality=image.quality, header={"BUNIT": "ADU"}
    )
