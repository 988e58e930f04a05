"""Master bias, dark and flat of the demonstration camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.badpixels import deviating_pixels, low_efficiency_pixels
from dfs.algorithms.combine import KappaSigma, combine
from dfs.algorithms.frames import Frame, open_image, trimmed, without
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.noise import NoiseModel, read_noise
from dfs.algorithms.regions import areas_along_x
from dfs.algorithms.statistics import clipped
from dfs.plugin import InputFrame, RecipeContext

S_PER_H = 3600.0


def bias(context: RecipeContext) -> None:
    """Combine bias frames; measure level and read noise."""
    raw = context.frames("BIAS")
    frames = [exposed(frame) for frame in raw]
    first, second = (frame.rows(0, frame.shape[0]) for frame in frames[:2])
    noise_adu = read_noise(first, second)
    master = stacked(context, frames, NoiseModel(noise_adu))
    context.metric("QC.BIAS.LEVEL", clipped(master.data).mean)
    context.metric("QC.BIAS.RON", noise_adu * float(raw[0].header["DET.OUT1.CONAD"]))
    write(context, "MASTER_BIAS", master, "ADU")


def dark(context: RecipeContext) -> None:
    """Combine dark frames without bias; measure the current and flag hot pixels."""
    raw = context.frames("DARK")
    (master_bias,) = context.frames("MASTER_BIAS")
    exposure_s = float(raw[0].header["EXPTIME"])
    conversion = float(raw[0].header["DET.OUT1.CONAD"])
    stack = stacked(
        context, [without(exposed(f), pixels(master_bias)) for f in raw], noise_model(raw[0])
    )
    _, hot = deviating_pixels(stack.data, kappa=8.0)
    master = stack.scale(1.0 / exposure_s).flagged(hot, QualityFlag.HOT)
    current_e_per_s = float(master.data[~hot].mean()) * conversion
    context.metric("QC.DARK.CURRENT", current_e_per_s * S_PER_H)
    context.metric("QC.DARK.HOTFRAC", float(hot.mean()))
    write(context, "MASTER_DARK", master, "ADU/s")


def flat(context: RecipeContext) -> None:
    """Combine flats without bias and dark, and divide by their level."""
    raw = context.frames("FLAT")
    background = pixels(*context.frames("MASTER_BIAS"))
    for master_dark in context.frames("MASTER_DARK"):
        background = background + pixels(master_dark) * float(raw[0].header["EXPTIME"])
    stack = stacked(
        context, [without(exposed(frame), background) for frame in raw], noise_model(raw[0])
    )
    stack = stack.flagged(low_efficiency_pixels(stack.data), QualityFlag.LOW_EFFICIENCY)
    master, level_adu = stack.normalise()
    context.metric("QC.FLAT.LEVEL", level_adu)
    context.metric("QC.FLAT.NOISE", float(np.median(master.error)))
    write(context, "MASTER_FLAT", master, "")


def exposed(frame: InputFrame) -> Frame:
    """Give the pixels that see light; nothing is read yet."""
    image = open_image(frame.path)
    overscan = int(frame.header["DET.OUT1.OVSCX"])
    return trimmed(image, areas_along_x(image.shape, prescan=0, overscan=overscan).data)


def pixels(master: InputFrame) -> NDArray[np.float32]:
    """Read the data plane of a master."""
    return np.asarray(open_image(master.path).read(), np.float32)


def noise_model(frame: InputFrame) -> NoiseModel:
    """Give the noise that the detector's keywords promise."""
    conversion = float(frame.header["DET.OUT1.CONAD"])
    return NoiseModel(float(frame.header["DET.OUT1.RON"]) / conversion, conversion)


def stacked(context: RecipeContext, frames: Sequence[Frame], noise: NoiseModel) -> Image:
    """Combine frames by κ-σ clipping."""
    kappa = float(context.parameters["kappa"])
    result = combine(frames, KappaSigma(kappa, kappa), variance=noise.variance)
    context.log.info("%d frames combined, %d values rejected", len(frames), result.rejected)
    return Image.of(result.data, result.error).missing_flagged()


def write(context: RecipeContext, category: str, master: Image, unit: str) -> None:
    """Write a master with its error and quality."""
    context.write(
        category,
        master.data,
        error=master.error,
        quality=master.quality,
        header={"BUNIT": unit} if unit else {},
    )
