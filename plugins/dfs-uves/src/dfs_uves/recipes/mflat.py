"""uves_cal_mflat: the master flat field of each chip, ADU per second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.combine import Median
from dfs.algorithms.frames import Frame, without
from dfs.algorithms.image import QualityFlag, flags
from dfs.algorithms.interorder import interorder_background
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.statistics import clipped_sigma, median
from dfs.plugin import ParameterValue, RecipeContext, UnprocessableData
from dfs_uves.recipes.chips import ChipFrames, chips, master, needed, pixels
from dfs_uves.recipes.orders import OrderTrace

LEVEL_ROWS = 16
"""The level of a flat is the mean of so many rows, and of as many after three times as many."""
BRIGHT_PERCENTILE = 95.0
"""Of all pixels of an echelle flat so many are fainter than the blaze maxima."""
MIDDLE_ROWS = 512
"""Of so many rows in the middle, where the blaze is brightest, photon noise is measured."""
REACH_PX, FAINTEST_SIGMAS = 2, 10.0
"""A pixel is held against those so far away, if they are so bright."""
SMOOTH_X = {"BLUE": 25 / 4096, "REDL": 50 / 4096, "REDU": 50 / 4096}
SMOOTH_Y = {"BLUE": 100 / 2048, "REDL": 300 / 2048, "REDU": 300 / 2048}
"""Half width and height of the smoothing, as parts of the image: the CPL recipe's own."""


def run(context: RecipeContext) -> None:
    """Combine the flats of each chip without bias, dark and the light between the orders."""
    for chip in chips(context, "FLAT"):
        if len(chip.raw) < 2:
            raise UnprocessableData("the conversion factor needs two flats, only one was given")
        context.progress(0.1, chip.chip)
        _reduce(context, chip)


def _reduce(context: RecipeContext, chip: ChipFrames) -> None:
    category = f"MASTER_FLAT_{chip.chip}"
    dark_and_bias = _dark_and_bias(context, chip)
    levels_adu = [mean_level(frame, dark_and_bias) for frame in chip.frames]
    if min(levels_adu) < chip.noise.read_noise_adu:
        raise UnprocessableData(
            f"{chip.chip}: a flat of {min(levels_adu):.1f} ADU; is the lamp on?"
        )
    context.metric(
        f"QC.{chip.output}.CONADAVG", conversion_factor(chip, dark_and_bias), category=category
    )
    times_s = [chip.exposure_s(number) for number in range(len(chip.raw))]
    scales = [1.0 / time for time in times_s]
    if context.parameters["norm_method"] == "explevel":
        rate = float(np.mean(np.array(levels_adu) / times_s))
        scales = [rate / level for level in levels_adu]
    scaled = [
        without(frame, dark_and_bias, scale=scale)
        for frame, scale in zip(chip.frames, scales, strict=True)
    ]
    # The noise of one frame, ADU/s; the frames hardly differ.
    scale = float(np.mean(scales))
    noise = NoiseModel(chip.noise.read_noise_adu * scale, chip.conad_e_per_adu / scale)
    stack = chip.combined(scaled, Median(), noise)
    weak = flags(unresponsive(stack.data, stack.error), QualityFlag.LOW_EFFICIENCY)
    cards = {**chip.cards("ADU/s"), "EXPTIME": (1.0, "[s] the flat is that of one second")}
    background = _between_orders(context, chip, stack.data)
    if background is not None:
        np.subtract(stack.data, background, out=stack.data)
        context.write(f"BKG_FLAT_{chip.chip}", background, header=cards)
    rate_adu_per_s = float(stack.data.mean(dtype=np.float64))
    context.metric("QC.CNTRATE", rate_adu_per_s, category=category)
    context.write(category, stack.data, error=stack.error, quality=weak, header=cards)


def _dark_and_bias(context: RecipeContext, chip: ChipFrames) -> NDArray[np.float32]:
    """Give what is subtracted from each flat, ADU, as the raw frames lie."""
    level = needed(context, f"MASTER_BIAS_{chip.chip}")
    dark = master(context, f"MASTER_DARK_{chip.chip}")
    if dark is not None:
        share = chip.exposure_s() / float(dark.header["EXPTIME"])
        level += pixels(dark) * np.float32(share)
    # Strips of rows are asked for once a frame: they should lie together.
    return np.ascontiguousarray(chip.orientation.of_frame(level))


def _between_orders(
    context: RecipeContext, chip: ChipFrames, flat: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Measure the light between the orders; None where nobody says where they are."""
    method = str(context.parameters["backsub.mmethod"])
    table = context.frames(f"ORDER_TABLE_{chip.chip}")
    if method == "no" or not table:
        context.log.info("%s: the light between the orders is kept", chip.chip)
        return None
    ny, nx = flat.shape
    columns = int(context.parameters["backsub.npoints"])
    centres = (np.arange(columns) + 0.5) * nx / columns - 0.5
    smooth_x = _radius(context.parameters["backsub.smoothx"], SMOOTH_X[chip.chip], nx)
    smooth_y = _radius(context.parameters["backsub.smoothy"], SMOOTH_Y[chip.chip], ny)
    try:
        return interorder_background(
            flat,
            OrderTrace.read(table[0].path).between(centres),
            half_height=int(context.parameters["backsub.radiusy"]),
            method="minimum" if method == "minimum" else "median",
            smooth=(smooth_y, smooth_x),
        )
    except ValueError as error:
        raise UnprocessableData(f"{table[0].path}: {error}") from error


def _radius(wanted: ParameterValue, default: float, length: int) -> int:
    share = float(wanted)
    return int((default if share < 0 else share) * length)


def mean_level(frame: Frame, background: NDArray[np.float32]) -> float:
    """Give the mean of a flat above its background, ADU; some of the rows are enough."""
    total = 0.0
    strips = [slice(at, at + LEVEL_ROWS) for at in range(0, frame.shape[0], 4 * LEVEL_ROWS)]
    pixels = sum(background[strip].size for strip in strips)
    for strip in strips:
        total += float(frame.rows(strip.start, strip.stop).sum(dtype=np.float64))
        total -= float(background[strip].sum(dtype=np.float64))
    return total / pixels


def unresponsive(flat: NDArray[np.float32], error: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Find pixels with less than half of the light that both neighbours along the order have.

    Neighbours are two pixels away, and lit: beyond ten times the error. Where the light
    rises or falls steadily nothing is found.
    """
    found = np.zeros(flat.shape, np.bool_)
    here = flat[:, REACH_PX:-REACH_PX]
    least = np.minimum(flat[:, : -2 * REACH_PX], flat[:, 2 * REACH_PX :])
    lit = least > FAINTEST_SIGMAS * error[:, REACH_PX:-REACH_PX]
    np.logical_and(here < np.float32(0.5) * least, lit, out=found[:, REACH_PX:-REACH_PX])
    return found


def conversion_factor(chip: ChipFrames, background: NDArray[np.float32]) -> float:
    """Measure e-/ADU by photon transfer where the light is bright and even.

    An echelle flat has no even field, so the pixels about the blaze maxima are taken
    one by one: the variance of (F₁ - F₂) / √(F₁ + F₂) is 1 / K beside the read noise.
    """
    length = background.shape[0]
    start = max(0, (length - MIDDLE_ROWS) // 2)
    stop = min(start + MIDDLE_ROWS, length)
    one, two = (without(frame, background).rows(start, stop) for frame in chip.frames[:2])
    total = one + two
    bright = total > np.float32(0.5) * np.float32(np.percentile(total[::4], BRIGHT_PERCENTILE))
    a, b, signal = one[bright], two[bright], total[bright]
    ratio = np.float32(median(a) / median(b))
    spread = (a - b * ratio) / np.sqrt(signal)
    read_noise_part = 2.0 * chip.noise.read_noise_adu**2 / median(signal)
    variance = clipped_sigma(spread) ** 2 - read_noise_part
    if variance <= 0:
        raise UnprocessableData(f"{chip.chip}: the flats show no photon noise; are they copies?")
    return 1.0 / variance
