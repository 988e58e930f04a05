"""What all recipes share: the raw frames of each chip, masters chip by chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.combine import KappaSigma, Median, Method, combine
from dfs.algorithms.frames import Frame, MappedFrame, open_image, trimmed
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.regions import Areas, areas_along_x
from dfs.algorithms.statistics import clipped
from dfs.plugin import (
    BadConfiguration,
    DetectorImage,
    Header,
    HeaderValue,
    InputFrame,
    ParameterValue,
    RecipeContext,
    UnprocessableData,
)
from dfs_vimos.names import CHIPS, of_chip

_OF_A_CHIP = ("DET.", "INS.FILT", "INS.GRIS", "OCS.CON.")
_COORDINATES = (
    *("CTYPE1", "CTYPE2", "CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2"),
    *("CD1_1", "CD1_2", "CD2_1", "CD2_2"),
)


@dataclass(frozen=True)
class ChipFrames:
    """The raw frames of one chip; nothing is read until it is asked for.

    Parameters
    ----------
    chip : its name.
    raw : frames of one class, at least one, oldest first.
    """

    chip: str
    raw: Sequence[InputFrame]

    @property
    def header(self) -> Header:
        """Keywords of the first frame."""
        return self.raw[0].header

    @cached_property
    def as_read(self) -> tuple[Frame, ...]:
        """All pixels of each frame, those of prescan and overscan too."""
        return tuple(open_image(frame.path) for frame in self.raw)

    @cached_property
    def areas(self) -> Areas:
        """Where a frame has its prescan, light-sensitive and overscan columns."""
        return areas_along_x(
            self.as_read[0].shape,
            prescan=int(self.header["DET.OUT1.PRSCX"]),
            overscan=int(self.header["DET.OUT1.OVSCX"]),
        )

    @cached_property
    def sensitive(self) -> tuple[Frame, ...]:
        """The light-sensitive pixels of each frame, bias level and all."""
        return tuple(trimmed(frame, self.areas.data) for frame in self.as_read)

    @property
    def exposures_s(self) -> list[float]:
        """Exposure time of each frame, s."""
        return [float(frame.header["EXPTIME"]) for frame in self.raw]

    @property
    def noise(self) -> NoiseModel:
        """The noise that the header promises."""
        conad_e_per_adu = float(self.header["DET.OUT1.CONAD"])
        ron_adu = float(self.header["DET.OUT1.RON"]) / conad_e_per_adu
        return NoiseModel(ron_adu, conad_e_per_adu)

    def overscan_adu(self, frame: Frame) -> float:
        """Measure the level in the overscan of a frame or of a master bias.

        Raises
        ------
        UnprocessableData
            It was read without overscan.
        """
        if self.areas.overscan is None:
            raise UnprocessableData(f"{self.raw[0].path}: the frame has no overscan")
        return clipped(whole(trimmed(frame, self.areas.overscan))).mean

    def image(
        self, data: NDArray[Any], figures: Mapping[str, float], *, is_trimmed: bool = True
    ) -> DetectorImage:
        """Make the unit of a master, as the pipeline does: named after the chip.

        Parameters
        ----------
        data : (ny, nx).
        figures : what was measured of it, by keyword behind ``QC``.
        is_trimmed : whether prescan and overscan are gone.
        """
        header = {
            keyword: value
            for keyword, value in self.header.items()
            if keyword in _COORDINATES or keyword.startswith(_OF_A_CHIP)
        }
        if is_trimmed and "CRPIX1" in header:
            header["CRPIX1"] = float(header["CRPIX1"]) - self.areas.data.x.start
        measured: dict[str, HeaderValue] = {f"QC.{name}": v for name, v in figures.items()}
        return DetectorImage(name=self.chip, data=data, header={**header, **measured})


def chip_frames(context: RecipeContext, tag: str) -> list[ChipFrames]:
    """Give the frames of each chip that has any, in the order that the pipeline expects.

    Raises
    ------
    BadConfiguration
        A frame is of no chip that is known.
    """
    found: dict[str, list[InputFrame]] = {chip: [] for chip in CHIPS}
    for frame in context.frames(tag):
        chip = str(frame.header.get("DET.CHIP1.ID", ""))
        if chip not in found:
            raise BadConfiguration(
                f"{frame.path}: chip {chip!r} is none of {', '.join(sorted(CHIPS))}"
            )
        found[chip].append(frame)
    return [ChipFrames(chip, frames) for chip, frames in found.items() if frames]


def master(context: RecipeContext, category: str, chip: str) -> Frame:
    """Find a chip's unit of a master.

    Raises
    ------
    BadConfiguration
        The block has no such master.
    UserError
        ``fits.no-such-unit``: it is not of this chip.
    """
    found = context.frames(category)
    if not found:
        raise BadConfiguration(f"a {category} is needed and none was given")
    return open_image(found[0].path, chip)


def whole(frame: Frame) -> NDArray[Any]:
    """Read all rows of a frame."""
    return frame.rows(0, frame.shape[0])


def without_bias(
    context: RecipeContext, chip: ChipFrames, dark: NDArray[np.float32] | None = None
) -> list[Frame]:
    """Give the light-sensitive pixels of each frame without bias and dark, ADU.

    The bias level of a frame is that of the master, moved by as much as the overscan has.

    Parameters
    ----------
    dark : (ny, nx), ADU/s; None subtracts none.
    """
    as_read = master(context, "MASTER_BIAS", chip.chip)
    bias = np.asarray(whole(trimmed(as_read, chip.areas.data)), np.float32)
    level_adu = chip.overscan_adu(as_read)
    return [
        _subtracted(pixels, bias, chip.overscan_adu(frame) - level_adu, dark, exposure_s)
        for pixels, frame, exposure_s in zip(
            chip.sensitive, chip.as_read, chip.exposures_s, strict=True
        )
    ]


def _subtracted(
    frame: Frame,
    bias: NDArray[np.float32],
    drift_adu: float,
    dark: NDArray[np.float32] | None,
    exposure_s: float,
) -> Frame:
    def rows(raw: NDArray[Any], first: int) -> NDArray[np.float32]:
        part = slice(first, first + len(raw))
        result: NDArray[np.float32] = np.subtract(raw, bias[part], dtype=np.float32)
        result -= np.float32(drift_adu)
        if dark is not None:
            result -= dark[part] * np.float32(exposure_s)
        return result

    return MappedFrame(frame, rows)


def stack(
    context: RecipeContext, frames: Sequence[Frame], noise: NoiseModel
) -> NDArray[np.float32]:
    """Combine frames as the parameters ask, strip by strip."""
    combined = combine(frames, method(context.parameters), variance=noise.variance)
    context.log.info("%d frames combined, %d values rejected", len(frames), combined.rejected)
    return combined.data


def method(parameters: Mapping[str, ParameterValue]) -> Method:
    """Give the way of combining that the parameters ask for."""
    if parameters["combtype"] == "median":
        return Median()
    thresh = float(parameters["thresh"])
    return KappaSigma(low=thresh, high=thresh, iterations=2 if parameters["xrej"] else 1)


def measure(
    context: RecipeContext, chip: ChipFrames, figures: Mapping[str, float], category: str
) -> None:
    """Keep what was measured of a chip, under the chip's name."""
    for name, value in figures.items():
        context.metric(of_chip(chip.chip, name), value, category=category)
