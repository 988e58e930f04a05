"""uves_cal_mdark: the master dark of each chip, ADU per second."""

from __future__ import annotations

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.frames import without
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.statistics import clipped
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, needed, stack

HOT_KAPPA = 10.0
"""A pixel this many σ brighter than its surroundings is hot."""
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
    bias = needed(context, f"MASTER_BIAS_{chip.chip}")
    combined = stack(context, [without(frame, bias) for frame in chip.frames], chip.noise)
    _, hot = deviating_pixels(combined.data, kappa=HOT_KAPPA)
    image = Image.of(combined.data, combined.error).scale(1.0 / exposure_s)
    image = image.flagged(hot, QualityFlag.HOT)
    # The mean, not the median: the current is a fraction of an ADU, and ADU are whole.
    rate = clipped(image.data[~hot], kappa=5.0).mean
    context.metric("QC.CNTRATE", rate * S_PER_H, category=category)
    context.metric("QC.NHOTPIX", float(hot.sum()), category=category)
    context.write(
        category, image.data, error=image.error, quality=image.quality, header={"BUNIT": "ADU/s"}
    )
