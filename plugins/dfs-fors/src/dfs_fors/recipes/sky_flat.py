"""fors_img_sky_flat: the illumination and response of a chip, median level 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dfs.algorithms.badpixels import low_efficiency_pixels
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.noise import NoiseModel
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_fors.recipes.chip import chip_frames, master_bias, stack, whole, write


def run(context: RecipeContext) -> None:
    """Bring sky flats without bias to one level and combine them; the stars go."""
    frames = chip_frames(context, "SKY_FLAT_IMG")
    bias = master_bias(context)
    levels_adu = [float(np.median(whole(frame.corrected(bias)))) for frame in frames]
    if min(levels_adu) <= 0:
        raise UnprocessableData("a sky flat is dark; was it night already?")
    context.progress(0.4, "levels measured")
    combined = stack(
        context,
        [f.corrected(bias, 1.0 / level) for f, level in zip(frames, levels_adu, strict=True)],
        relative_noise(frames[0].noise, levels_adu),
    )
    context.metric("QC.SKYFLAT.FLUX.MIN", min(levels_adu))
    context.metric("QC.SKYFLAT.FLUX.MAX", max(levels_adu))
    image = Image.of(combined.data, combined.error)
    image = image.flagged(low_efficiency_pixels(image.data), QualityFlag.LOW_EFFICIENCY)
    master, _ = image.normalise()
    write(context, "MASTER_SKY_FLAT_IMG", master, frames[0])


def relative_noise(noise: NoiseModel, levels_adu: Sequence[float]) -> NoiseModel:
    """Give the mean noise of frames that were each divided by their level.

    σ² = ron² / level² + signal / (K level) for one frame, the signal in units of its
    level; the mean over the frames is again a read noise and a conversion factor.
    """
    inverse = 1.0 / np.array(levels_adu)
    return NoiseModel(
        noise.read_noise_adu * float(np.sqrt(np.mean(inverse**2))),
        noise.conversion_e_per_adu / float(np.mean(inverse)),
    )
