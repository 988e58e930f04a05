"""fors_img_screen_flat: the pixel-to-pixel response of a chip, level 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import low_efficiency_pixels
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.statistics import clipped, clipped_sigma, fixed_pattern_noise
from dfs.algorithms.trend import large_scale_trend
from dfs.plugin import RecipeContext, UnprocessableData
from dfs_fors.recipes.chip import ChipFrame, chip_frames, master_bias, stack, whole, write

CENTRE_PX = 100
"""Side of the central region in which noise is measured, pixels as read."""
EQUAL_EXPOSURES = 0.04
"""Exposure times that differ by less than this fraction are taken as equal."""


def run(context: RecipeContext) -> None:
    """Combine screen flats without bias, and divide by their large-scale trend."""
    frames = chip_frames(context, "SCREEN_FLAT_IMG")
    if len(frames) < 2:
        raise UnprocessableData("the noise needs two screen flats, only one was given")
    bias = master_bias(context)
    pair = [whole(frame.corrected(bias)) for frame in frames[:2]]
    efficiency_adu_per_s = float(np.median(pair[0])) / frames[0].exposure_s
    if efficiency_adu_per_s <= 0:
        raise UnprocessableData(f"{frames[0].raw.path}: the flat is dark; was the lamp on?")
    context.progress(0.3, "first frames measured")
    combined = stack(context, [frame.corrected(bias) for frame in frames], frames[0].noise)
    photon_adu = photon_noise(pair[0], pair[1], len(frames))
    pattern_adu = fixed_pattern_noise(central(combined.data), photon_adu)
    context.metric("QC.FLAT.EFF", efficiency_adu_per_s)
    context.metric("QC.FLAT.PHN", photon_adu)
    context.metric("QC.FLAT.FPN", pattern_adu)
    context.metric("QC.FLAT.FPN.REL", pattern_adu / float(np.median(combined.data)))
    if equally_exposed(frames[:2]):
        context.metric("QC.FLAT.CONAD", conversion_factor(pair[0], pair[1], frames[0]))
    else:
        context.log.warning("no conversion factor: the first two exposure times differ")
    image = without_trend(context, Image.of(combined.data, combined.error), frames[0])
    image = image.flagged(low_efficiency_pixels(image.data), QualityFlag.LOW_EFFICIENCY)
    write(context, "MASTER_SCREEN_FLAT_IMG", image, frames[0])


def without_trend(context: RecipeContext, image: Image, frame: ChipFrame) -> Image:
    """Divide by the illumination, whose own error is neglected.

    Raises
    ------
    UnprocessableData
        Part of the chip got no light.
    """
    height, width = (
        max(1, 2 * int(context.parameters[f"{axis}radius"]) // int(frame.header[keyword]))
        for axis, keyword in (("y", "DET.WIN1.BINY"), ("x", "DET.WIN1.BINX"))
    )
    trend = large_scale_trend(image.data, box=(height, width))
    if trend.min() <= 0:
        raise UnprocessableData("part of the chip got no light; is something in the beam?")
    return Image(image.data / trend, image.error / trend, image.quality)


def central(image: NDArray[Any]) -> NDArray[Any]:
    """Cut out the central region, or what there is of it."""
    top, left = (max(0, (length - CENTRE_PX) // 2) for length in image.shape)
    return image[top : top + CENTRE_PX, left : left + CENTRE_PX]


def photon_noise(first: NDArray[Any], second: NDArray[Any], frames: int) -> float:
    """Measure the photon noise of the mean of so many frames from two of them, ADU."""
    return clipped_sigma(central(first) - central(second)) / float(np.sqrt(2 * frames))


def equally_exposed(frames: Sequence[ChipFrame]) -> bool:
    """Tell whether the exposure times agree."""
    times = [frame.exposure_s for frame in frames]
    return max(times) - min(times) <= EQUAL_EXPOSURES * max(times)


def conversion_factor(first: NDArray[Any], second: NDArray[Any], frame: ChipFrame) -> float:
    """Measure e-/ADU by photon transfer from two flats without bias.

    K = (F₁ + F₂) / (σ²(F₁ - F₂) - 2 ron²) with clipped means, as in Janesick 2001.

    Raises
    ------
    UnprocessableData
        The flats are no noisier than a bias.
    """
    variance = clipped_sigma(first - second) ** 2 - 2.0 * frame.noise.read_noise_adu**2
    if variance <= 0:
        raise UnprocessableData("the flats show no photon noise; are they copies?")
    return (clipped(first).mean + clipped(second).mean) / variance
