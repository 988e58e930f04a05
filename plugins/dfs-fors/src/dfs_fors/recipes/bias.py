"""fors_bias: the master bias of a chip, ADU above the overscan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import deviating_pixels
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.noise import NoiseModel, read_noise
from dfs.algorithms.statistics import clipped_sigma, fixed_pattern_noise
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_fors.recipes.chip import chip_frames, stack, whole, write

DEFECT_KAPPA = 8.0
"""A pixel of the master that is this many σ off its surroundings is a defect."""


def run(context: RecipeContext) -> None:
    """Combine bias frames without overscan; measure level, read noise and structure."""
    frames = chip_frames(context, "BIAS")
    if len(frames) < 2:
        raise UnprocessableData("the read noise needs two bias frames, only one was given")
    first, second = (whole(frame.sensitive) for frame in frames[:2])
    ron_adu = read_noise(first, second)
    measured = raw_figures(first, ron_adu)
    measured["QC.DET.OUT1.RON"] = frames[0].overscan.sigma
    context.progress(0.3, "first frames measured")
    combined = stack(context, [frame.corrected() for frame in frames], NoiseModel(ron_adu))
    median = context.parameters["stack_method"] == "median" and len(frames) > 2
    expected_adu = ron_adu * float(np.sqrt((np.pi / 2 if median else 1.0) / len(frames)))
    measured |= master_figures(combined.data, expected_adu)
    for name, value in measured.items():
        context.metric(name, value)
    low, high = deviating_pixels(combined.data, kappa=DEFECT_KAPPA)
    image = Image.of(combined.data, combined.error)
    image = image.flagged(low | high, QualityFlag.CALIBRATION_DEFECT)
    write(context, "MASTER_BIAS", image, frames[0], "ADU")


def raw_figures(first: NDArray[Any], ron_adu: float) -> dict[str, float]:
    """Measure level and noises of a raw bias, ADU, as the QC dictionary defines them.

    Structure is what neither read noise nor fixed pattern explains. Bad columns are
    clipped: they are flagged in the master, and would hide all else.
    """
    pattern_adu = fixed_pattern_noise(first, ron_adu)
    total_adu = clipped_sigma(first, kappa=5.0)
    return {
        "QC.BIAS.LEVEL": float(np.median(first)),
        "QC.RON": ron_adu,
        "QC.BIAS.FPN": pattern_adu,
        "QC.BIAS.STRUCT": _quadratic_difference(total_adu, ron_adu, pattern_adu),
    }


def master_figures(master: NDArray[np.float32], expected_adu: float) -> dict[str, float]:
    """Measure level and noise of a master bias, ADU, and compare with what is expected.

    Noise is the deviation from the median within three times the expected one,
    structure what the noise does not explain of the whole, bad columns clipped.
    """
    level = float(np.median(master))
    deviations = master - np.float32(level)
    quiet = deviations[np.abs(deviations) <= 3.0 * expected_adu]
    noise_adu = float(np.sqrt(np.mean(np.square(quiet, dtype=np.float64))))
    return {
        "QC.MBIAS.LEVEL": level,
        "QC.MBIAS.RONEXP": expected_adu,
        "QC.MBIAS.NOISE": noise_adu,
        "QC.MBIAS.NRATIO": noise_adu / expected_adu,
        "QC.MBIAS.STRUCT": _quadratic_difference(clipped_sigma(master, kappa=5.0), noise_adu),
    }


def _quadratic_difference(total: float, *parts: float) -> float:
    return float(np.sqrt(max(0.0, total**2 - sum(part**2 for part in parts))))
