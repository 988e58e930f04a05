"""vimos_ima_bias: the master bias of all quadrants, as read, overscan and all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.regions import Region
from dfs.algorithms.statistics import clipped
from dfs.plugin import DetectorImage, RecipeContext
from dfs_vimos.recipes.chips import ChipFrames, chip_frames, measure, stack

CATEGORY = "MASTER_BIAS"


def run(context: RecipeContext) -> None:
    """Combine the bias frames of each chip; measure level and noise."""
    images = [_reduce(context, chip) for chip in chip_frames(context, "BIAS")]
    context.write_detectors(CATEGORY, images, header={"BUNIT": "ADU"})


def _reduce(context: RecipeContext, chip: ChipFrames) -> DetectorImage:
    # What lies above zero is the bias level, not light: it has no photon noise.
    master = stack(context, chip.as_read, NoiseModel(chip.noise.read_noise_adu))
    figures = level_and_noise(master, chip)
    measure(context, chip, figures, CATEGORY)
    context.progress(0.25, chip.chip)
    return chip.image(master, figures, is_trimmed=False)


def level_and_noise(master: NDArray[np.float32], chip: ChipFrames) -> dict[str, float]:
    """Measure a master bias where the chip is sensitive, in prescan and overscan, ADU."""
    areas: dict[tuple[str, str], Region | None] = {
        ("BIASMED", "BIASRMS"): chip.areas.data,
        ("USCAN_MED", "USCAN_RMS"): chip.areas.prescan,
        ("OSCAN_MED", "OSCAN_RMS"): chip.areas.overscan,
    }
    figures: dict[str, float] = {}
    for (level, noise), area in areas.items():
        if area is not None:
            pixels: NDArray[Any] = master[area.slices]
            statistics = clipped(pixels)
            figures |= {level: statistics.median, noise: statistics.sigma}
    return figures
