"""vimos_ima_dark: the master dark of all quadrants, ADU per second."""

from __future__ import annotations

import numpy as np

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.statistics import clipped
from dfs.plugin import BadConfiguration, DetectorImage, RecipeContext
from dfs_vimos.recipes.chips import ChipFrames, chip_frames, measure, stack, without_bias

CATEGORY = "MASTER_DARK"
HOT_KAPPA = 10.0
"""A pixel this many σ brighter than its surroundings is hot."""


def run(context: RecipeContext) -> None:
    """Combine the darks of each chip without bias; measure the signal, count hot pixels."""
    images = [_reduce(context, chip) for chip in chip_frames(context, "DARK")]
    context.write_detectors(CATEGORY, images, header={"BUNIT": "ADU/s"})


def _reduce(context: RecipeContext, chip: ChipFrames) -> DetectorImage:
    exposures_s = sorted(set(chip.exposures_s))
    if len(exposures_s) > 1 or exposures_s[0] <= 0:
        raise BadConfiguration(f"darks of one exposure time are needed, not of {exposures_s} s")
    master = stack(context, without_bias(context, chip), chip.noise)
    _, hot = deviating_pixels(master, kappa=HOT_KAPPA)
    master /= np.float32(exposures_s[0])
    good = clipped(master[~hot], kappa=5.0)
    figures = {
        "DARKMED": good.median,
        "DARKRMS": good.sigma,
        "NHOTPIX": float(hot.sum()),
        "HOTFRAC": float(hot.mean()),
    }
    measure(context, chip, figures, CATEGORY)
    context.progress(0.25, chip.chip)
    return chip.image(master, figures)
