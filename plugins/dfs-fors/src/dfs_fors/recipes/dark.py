"""fors_dark: the master dark of a chip, ADU in the exposure time of the frames."""

from __future__ import annotations

import numpy as np

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.statistics import clipped
from dfs.plugin import BadConfiguration, RecipeContext
from dfs_fors.recipes.chip import chip_frames, master_bias, stack, whole, write

HOT_KAPPA = 10.0
"""A pixel this many σ brighter than its surroundings is hot."""


def run(context: RecipeContext) -> None:
    """Combine darks without bias; measure the dark signal and flag hot pixels."""
    frames = chip_frames(context, "DARK")
    times_s = sorted({frame.exposure_s for frame in frames})
    if len(times_s) > 1:
        raise BadConfiguration(f"darks of one exposure time are needed, not of {times_s} s")
    bias = master_bias(context)
    raw = [clipped(whole(frame.sensitive)) for frame in frames]
    context.progress(0.4, "frames measured")
    subtracted = [frame.corrected(bias) for frame in frames]
    combined = stack(context, subtracted, frames[0].noise)
    _, hot = deviating_pixels(combined.data, kappa=HOT_KAPPA)
    good = clipped(combined.data[~hot], kappa=5.0)
    measured = {
        "QC.DARK.RAW.MEAN.MEAN": float(np.mean([one.mean for one in raw])),
        "QC.DARK.RAW.MEAN.MEDIAN": float(np.median([one.mean for one in raw])),
        "QC.DARK.RAW.STDEV.MEAN": float(np.mean([one.sigma for one in raw])),
        "QC.DARK.RAW.NBADPX": float(hot.sum()),
        "QC.DARK.MEDIAN": good.median,
        "QC.DARK.MEAN": good.mean,
        "QC.DARK.STDEV": good.sigma,
        "QC.DARK.MIN": float(combined.data.min()),
        "QC.DARK.MAX": float(combined.data.max()),
    }
    for name, value in measured.items():
        context.metric(name, value)
    image = Image.of(combined.data, combined.error).flagged(hot, QualityFlag.HOT)
    write(context, "MASTER_DARK", image, frames[0], "ADU")
