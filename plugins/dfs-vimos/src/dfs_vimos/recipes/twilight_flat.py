"""vimos_ima_twilight_flat: response and illumination of all quadrants, median level 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import low_efficiency_pixels
from dfs.algorithms.frames import without
from dfs.algorithms.noise import NoiseModel, read_noise
from dfs.algorithms.statistics import clipped_sigma
from dfs.plugin import DetectorImage, RecipeContext, UnprocessableData
from dfs_vimos.recipes.chips import (
    ChipFrames,
    chip_frames,
    master,
    measure,
    stack,
    whole,
    without_bias,
)

FLAT, WEIGHT, BAD = "MASTER_TWILIGHT_FLAT", "MASTER_CONF", "MASTER_BPM"


@dataclass(frozen=True, slots=True, eq=False)
class ChipFlat:
    """The flat of a chip.

    Parameters
    ----------
    chip : its frames.
    data : (ny, nx), median 1.
    bad : (ny, nx), pixels that respond by less than half of their surroundings.
    figures, bad_figures : what was measured of the flat, and of the bad pixels.
    """

    chip: ChipFrames
    data: NDArray[np.float32]
    bad: NDArray[np.bool_]
    figures: Mapping[str, float]
    bad_figures: Mapping[str, float]

    def flat(self) -> DetectorImage:
        """Give the flat."""
        return self.chip.image(self.data, self.figures)

    def weight(self) -> DetectorImage:
        """Give the weight of each pixel, per cent: photons count, bad pixels don't."""
        percent = np.rint(100.0 * np.where(self.bad, 0.0, self.data))
        return self.chip.image(percent.astype(np.int32), {})

    def bad_pixels(self) -> DetectorImage:
        """Give the bad pixels."""
        return self.chip.image(self.bad.astype(np.uint8), self.bad_figures)


def run(context: RecipeContext) -> None:
    """Bring the flats of each chip to one level and combine them; weigh every pixel."""
    flats = [_reduce(context, chip) for chip in chip_frames(context, "FLAT_TWILIGHT")]
    context.write_detectors(FLAT, (one.flat() for one in flats))
    context.write_detectors(WEIGHT, (one.weight() for one in flats))
    context.write_detectors(BAD, (one.bad_pixels() for one in flats))


def _reduce(context: RecipeContext, chip: ChipFrames) -> ChipFlat:
    chip, as_read_adu = _well_exposed(context, chip)
    dark = np.asarray(whole(master(context, "MASTER_DARK", chip.chip)), np.float32)
    frames = without_bias(context, chip, dark)
    levels_adu = [float(np.median(whole(frame))) for frame in frames]
    even = [without(f, 0.0, scale=1.0 / level) for f, level in zip(frames, levels_adu, strict=True)]
    # In the difference of two flats of one level the response cancels, as in that of biases.
    photon_adu = read_noise(whole(even[0]), whole(even[1])) * levels_adu[0]
    data = stack(context, even, relative_noise(chip.noise, levels_adu))
    data /= np.float32(np.median(data))
    bad = low_efficiency_pixels(data)
    figures = {
        "FLATRMS": clipped_sigma(data[~bad], kappa=5.0),
        "FLATMIN": min(as_read_adu),
        "FLATMAX": max(as_read_adu),
        "FLATAVG": float(np.mean(as_read_adu)),
        "FLATRNG": max(as_read_adu) - min(as_read_adu),
        "TWIPHOT": photon_adu,
        "TWISNRATIO": levels_adu[0] / photon_adu * float(np.sqrt(len(frames))),
    }
    bad_figures = {"NBAD": float(bad.sum()), "BADFRAC": float(bad.mean())}
    measure(context, chip, figures, FLAT)
    measure(context, chip, bad_figures, BAD)
    context.progress(0.25, chip.chip)
    return ChipFlat(chip, data, bad, figures, bad_figures)


def _well_exposed(context: RecipeContext, chip: ChipFrames) -> tuple[ChipFrames, list[float]]:
    """Give the frames whose level, as read, is within the limits, and their levels, ADU.

    Raises
    ------
    UnprocessableData
        There are not two of them.
    """
    low, high = float(context.parameters["lthr"]), float(context.parameters["hthr"])
    levels_adu = [float(np.median(whole(frame))) for frame in chip.sensitive]
    used = [i for i, level in enumerate(levels_adu) if low <= level <= high]
    if len(used) < 2:
        found = ", ".join(f"{level:.0f}" for level in levels_adu)
        raise UnprocessableData(
            f"{chip.chip}: two flats between {low:g} and {high:g} ADU are needed, "
            f"the levels are {found}"
        )
    context.log.info("%s: %d of %d flats are well exposed", chip.chip, len(used), len(levels_adu))
    return ChipFrames(chip.chip, [chip.raw[i] for i in used]), [levels_adu[i] for i in used]


def relative_noise(noise: NoiseModel, levels_adu: list[float]) -> NoiseModel:
    """Give the mean noise of frames that were each divided by their level.

    σ² = ron² / level² + signal / (K level) for one frame, the signal in units of its
    level; the mean over the frames is again a read noise and a conversion factor.
    """
    inverse = 1.0 / np.array(levels_adu)
    return NoiseModel(
        noise.read_noise_adu * float(np.sqrt(np.mean(inverse**2))),
        noise.conversion_e_per_adu / float(np.mean(inverse)),
    )
