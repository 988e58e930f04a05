"""uves_cal_mdark: the master dark of each chip, ADU per second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.frames import Frame, without
from dfs.algorithms.image import QualityFlag
from dfs.algorithms.statistics import clipped
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, needed, stack

HOT_KAPPA = 10.0
"""A pixel this many σ brighter than its surroundings is hot."""
REGIONS = 4
"""The dark current is measured in so many regions along each axis."""
S_PER_H = 3600.0


def run(context: RecipeContext) -> None:
    """Combine the darks of each chip without bias; measure the current, flag hot pixels."""
    for chip in chips(context, "DARK"):
        context.progress(0.1, chip.chip)
        _reduce(context, chip)


def _reduce(context: RecipeContext, chip: ChipFrames) -> None:
    category = f"MASTER_DARK_{chip.chip}"
    exposure_s = chip.exposure_s()
    if exposure_s <= 0:
        raise UnprocessableData(f"{chip.raw[0].path}: a dark of {exposure_s} s tells nothing")
    image = stack(context, without_bias(context, chip), chip.noise)
    _, hot = deviating_pixels(image.data, kappa=HOT_KAPPA)
    image = image.scale(1.0 / exposure_s)
    image = image.flagged(hot, QualityFlag.HOT)
    rates = region_means(image.data, ~hot) * S_PER_H
    context.metric("QC.REG.AVG.AVG", float(rates.mean()), category=category)
    context.metric("QC.REG.AVG.RMS", float(rates.std()), category=category)
    context.metric("QC.NHOTPIX", float(hot.sum()), category=category)
    context.write(
        category, image.data, error=image.error, quality=image.quality, header={"BUNIT": "ADU/s"}
    )


def without_bias(context: RecipeContext, chip: ChipFrames) -> list[Frame]:
    """Give the frames without bias, which is let go of when they are."""
    bias = needed(context, f"MASTER_BIAS_{chip.chip}")
    return [without(frame, bias) for frame in chip.frames]


def region_means(image: NDArray[np.float32], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the clipped mean of the good pixels of each region.

    The mean, not the median: the current is a fraction of an ADU, and ADU are whole.
    """
    rows, columns = (np.array_split(np.arange(length), REGIONS) for length in image.shape)
    regions = [np.s_[y[0] : y[-1] + 1, x[0] : x[-1] + 1] for y in rows for x in columns]
    return np.array([clipped(image[part][good[part]], kappa=5.0).mean for part in regions])
