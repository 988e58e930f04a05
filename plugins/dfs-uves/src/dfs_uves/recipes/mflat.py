"""uves_cal_mflat: the master flat field of each chip, ADU at the level of the first frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import low_efficiency_pixels
from dfs.algorithms.frames import Frame, without
from dfs.algorithms.image import QualityFlag
from dfs.algorithms.statistics import clipped_sigma
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, master, needed, stack

BRIGHT_PERCENTILE = 95.0
"""Of all pixels of an echelle flat so many are fainter than the blaze maxima."""
MIDDLE_ROWS = 512
"""Of so many rows in the middle, where the blaze is brightest, photon noise is measured."""
FAINTEST_SIGMAS = 10.0
"""A flat whose blaze maxima are below so many times the read noise has no light."""


def run(context: RecipeContext) -> None:
    """Combine the flats of each chip without bias and dark, brought to one level."""
    for chip in chips(context, "FLAT"):
        if len(chip.raw) < 2:
            raise UnprocessableData("the conversion factor needs two flats, only one was given")
        context.progress(0.1, chip.chip)
        _reduce(context, chip)


def _reduce(context: RecipeContext, chip: ChipFrames) -> None:
    category = f"MASTER_FLAT_{chip.chip}"
    background = needed(context, f"MASTER_BIAS_{chip.chip}")
    dark = master(context, f"MASTER_DARK_{chip.chip}")
    if dark is not None:
        background = background + dark * np.float32(chip.exposure_s())
    flats = [without(frame, background) for frame in chip.frames]
    levels = [bright_level(flat) for flat in flats]
    if min(levels) < FAINTEST_SIGMAS * chip.noise.read_noise_adu:
        raise UnprocessableData(f"{chip.chip}: a flat of {min(levels):.1f} ADU; was the lamp on?")
    scaled = [
        without(frame, background, scale=levels[0] / level)
        for frame, level in zip(chip.frames, levels, strict=True)
    ]
    image = stack(context, scaled, chip.noise)
    rate_adu_per_s = float(image.data.mean(dtype=np.float64)) / chip.exposure_s()
    context.metric(
        "QC.OUT1.CONADAVG", conversion_factor(flats[0], flats[1], chip), category=category
    )
    context.metric("QC.CNTRATE", rate_adu_per_s, category=category)
    image = image.flagged(low_efficiency_pixels(image.data, fraction=0.0), QualityFlag.DEAD)
    context.write(
        category, image.data, error=image.error, quality=image.quality, header={"BUNIT": "ADU"}
    )


def bright_level(frame: Frame) -> float:
    """Give the level of the blaze maxima, ADU; every fourth row is enough."""
    rows = frame.rows(0, frame.shape[0])[::4]
    return float(np.percentile(rows, BRIGHT_PERCENTILE))


def conversion_factor(first: Frame, second: Frame, chip: ChipFrames) -> float:
    """Measure e-/ADU by photon transfer where the light is bright and even.

    An echelle flat has no even field, so the pixels about the blaze maxima are taken
    one by one: the variance of (F₁ - F₂) / √(F₁ + F₂) is 1 / K beside the read noise.
    """
    start = max(0, (first.shape[0] - MIDDLE_ROWS) // 2)
    stop = min(start + MIDDLE_ROWS, first.shape[0])
    one, two = first.rows(start, stop), second.rows(start, stop)
    total = one + two
    bright = total > np.float32(0.5) * np.float32(np.percentile(total[::4], BRIGHT_PERCENTILE))
    a, b, signal = one[bright], two[bright], total[bright]
    ratio = float(np.median(a) / np.median(b))
    spread: NDArray[np.float32] = (a - b * np.float32(ratio)) / np.sqrt(signal)
    read_noise_part = 2.0 * chip.noise.read_noise_adu**2 / float(np.median(signal))
    variance = clipped_sigma(spread) ** 2 - read_noise_part
    if variance <= 0:
        raise UnprocessableData(f"{chip.chip}: the flats show no photon noise; are they copies?")
    return 1.0 / variance
