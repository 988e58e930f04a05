"""uves_cal_mdark: the master dark of each chip, ADU of its exposure time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.image import QualityFlag, flags
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, method, needed

HOT_KAPPA = 10.0
"""A pixel this many σ brighter than its surroundings is hot."""
REGIONS, REGION_PX, BORDER_PX = 4, 101, 100
"""The dark signal is measured in so many regions along each axis, of this size, this far inside."""
EXPOSURE_TOLERANCE = 0.01
"""Exposure times that differ by more than this part are of different darks."""


def run(context: RecipeContext) -> None:
    """Combine the darks of each chip without bias; measure the dark signal, flag hot pixels."""
    for chip in chips(context, "DARK"):
        context.progress(0.1, chip.chip)
        _reduce(context, chip)


def _reduce(context: RecipeContext, chip: ChipFrames) -> None:
    category = f"MASTER_DARK_{chip.chip}"
    times_s = [chip.exposure_s(number) for number in range(len(chip.raw))]
    if min(times_s) <= 0:
        raise UnprocessableData(f"{chip.raw[0].path}: a dark of {min(times_s)} s tells nothing")
    if max(times_s) - min(times_s) > EXPOSURE_TOLERANCE * min(times_s):
        raise UnprocessableData(f"darks of {min(times_s)} s and of {max(times_s)} s are mixed")
    bias = needed(context, f"MASTER_BIAS_{chip.chip}")
    stack = chip.combined(chip.frames, method(context), chip.noise, bias)
    context.log.info("%d frames combined, %d values rejected", stack.frames, stack.rejected)
    _, hot = deviating_pixels(stack.data, kappa=HOT_KAPPA)
    means_adu = region_means(chip, bias)
    context.metric("QC.REG.AVG.AVG", float(means_adu.mean()), category=category)
    context.metric("QC.REG.AVG.RMS", float(means_adu.std(ddof=1)), category=category)
    context.metric("QC.NHOTPIX", float(np.count_nonzero(hot)), category=category)
    context.write(
        category,
        stack.data,
        error=stack.error,
        quality=flags(hot, QualityFlag.HOT),
        header=chip.cards("ADU"),
    )


def region_means(chip: ChipFrames, bias: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the mean of each region of the first dark without bias, as the CPL recipe does.

    Hot pixels and cosmic rays are part of it. A narrow window has smaller regions.
    """
    dark = chip.orientation.of_product(chip.frames[0].rows(0, chip.frames[0].shape[0]))
    rows, columns = (_pieces(length) for length in bias.shape)
    return np.array(
        [
            dark[y, x].mean(dtype=np.float64) - bias[y, x].mean(dtype=np.float64)
            for y in rows
            for x in columns
        ]
    )


def _pieces(length: int) -> list[slice]:
    whole = length > REGIONS * BORDER_PX
    border, size = (BORDER_PX, REGION_PX) if whole else (length // 8, length // 8)
    spacing = (length - 2 * border) // REGIONS
    starts = [border - 1 + number * spacing for number in range(REGIONS)]
    return [slice(start, start + size) for start in starts]
