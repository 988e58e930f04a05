"""What all recipes share: the raw frames of one chip, and how they are stacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.combine import Combined, KappaSigma, Mean, Median, Method, MinMax, combine
from dfs.algorithms.frames import Frame, open_image, trimmed, without
from dfs.algorithms.image import Image
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.regions import Areas, areas_along_y
from dfs.algorithms.statistics import Clipped, clipped
from dfs.plugin import (
    BadConfiguration,
    Header,
    HeaderValue,
    InputFrame,
    RecipeContext,
    UnprocessableData,
)


@dataclass(frozen=True)
class ChipFrame:
    """A raw frame of one chip; nothing is read until it is asked for.

    Parameters
    ----------
    raw : the file.
    """

    raw: InputFrame

    @property
    def header(self) -> Header:
        """Its keywords."""
        return self.raw.header

    @cached_property
    def as_read(self) -> Frame:
        """All pixels, those of the prescan and overscan too."""
        return open_image(self.raw.path)

    @cached_property
    def areas(self) -> Areas:
        """Prescan rows, light-sensitive rows, overscan rows; headers count them binned."""
        return areas_along_y(
            self.as_read.shape,
            prescan=int(self.header["DET.OUT1.PRSCY"]),
            overscan=int(self.header["DET.OUT1.OVSCY"]),
        )

    @property
    def sensitive(self) -> Frame:
        """The light-sensitive pixels, bias level and all."""
        return trimmed(self.as_read, self.areas.data)

    @cached_property
    def overscan(self) -> Clipped:
        """Level and read noise, ADU, in the prescan and overscan rows together.

        One level is taken for the whole frame: the rows lie below and above the image,
        so they cannot follow a drift from row to row.
        """
        scans = [area for area in (self.areas.prescan, self.areas.overscan) if area]
        if not scans:
            raise UnprocessableData(f"{self.raw.path}: the frame has no prescan and no overscan")
        rows = [self.as_read.rows(area.y.start, area.y.stop) for area in scans]
        return clipped(np.concatenate(rows))

    @property
    def conad_e_per_adu(self) -> float:
        """Conversion factor that the header promises, e-/ADU."""
        return float(self.header["DET.OUT1.CONAD"])

    @property
    def noise(self) -> NoiseModel:
        """The noise that the header promises."""
        ron_adu = float(self.header["DET.OUT1.RON"]) / self.conad_e_per_adu
        return NoiseModel(ron_adu, self.conad_e_per_adu)

    @property
    def exposure_s(self) -> float:
        """Exposure time, s."""
        return float(self.header["EXPTIME"])

    def corrected(self, bias: NDArray[np.float32] | None = None, scale: float = 1.0) -> Frame:
        """Give the light-sensitive pixels without bias, ADU.

        Parameters
        ----------
        bias : master bias, ADU above the overscan; None subtracts the overscan only.
        scale : what the result is multiplied by.
        """
        levelled = without(self.sensitive, self.overscan.mean)
        return without(levelled, 0.0 if bias is None else bias, scale=scale)


def chip_frames(context: RecipeContext, tag: str) -> list[ChipFrame]:
    """Give the raw frames, oldest first.

    Raises
    ------
    BadConfiguration
        They are of several chips.
    """
    frames = [ChipFrame(raw) for raw in context.frames(tag)]
    chips = sorted({str(frame.header["DET.CHIP1.ID"]) for frame in frames})
    if len(chips) != 1:
        raise BadConfiguration(f"frames of one chip are needed, not of: {', '.join(chips)}")
    return frames


def master_bias(context: RecipeContext) -> NDArray[np.float32]:
    """Read the master bias, ADU above the overscan.

    Raises
    ------
    BadConfiguration
        The block has none.
    """
    found = context.frames("MASTER_BIAS")
    if not found:
        raise BadConfiguration("a MASTER_BIAS is needed and none was given")
    return np.asarray(open_image(found[0].path).read(), np.float32)


def whole(frame: Frame) -> NDArray[Any]:
    """Read all rows of a frame."""
    return frame.rows(0, frame.shape[0])


def method(context: RecipeContext, frames: int) -> Method:
    """Give the way of combining so many frames that the parameters ask for.

    Raises
    ------
    BadConfiguration
        More values would be rejected than there are.
    """
    parameters = context.parameters
    match parameters["stack_method"]:
        case "median":
            return Median()
        case "minmax":
            low, high = int(parameters["minrejection"]), int(parameters["maxrejection"])
            if low + high >= frames:
                raise BadConfiguration(
                    f"minrejection {low} and maxrejection {high} leave nothing of {frames} frames"
                )
            return MinMax(low, high)
        case "ksigma":
            return KappaSigma(
                low=float(parameters["klow"]),
                high=float(parameters["khigh"]),
                iterations=int(parameters["kiter"]),
            )
        case _:
            return Mean()


def stack(context: RecipeContext, frames: Sequence[Frame], noise: NoiseModel) -> Combined:
    """Combine frames as the parameters ask, strip by strip."""
    combined = combine(frames, method(context, len(frames)), variance=noise.variance)
    context.log.info("%d frames combined, %d values rejected", len(frames), combined.rejected)
    return combined


def write(
    context: RecipeContext, category: str, image: Image, first: ChipFrame, unit: str = ""
) -> None:
    """Write a master with its error and quality; pixels without a value are flagged.

    Parameters
    ----------
    first : the raw frame whose keywords the master inherits.
    unit : of the pixels; empty for a pure number.
    """
    flagged = image.missing_flagged()
    header: dict[str, HeaderValue] = {"BUNIT": unit} if unit else {}
    if "CRPIX2" in first.header:
        # The prescan rows are gone, so the reference pixel has moved down.
        header["CRPIX2"] = float(first.header["CRPIX2"]) - first.areas.data.y.start
    context.write(
        category, flagged.data, error=flagged.error, quality=flagged.quality, header=header
    )
