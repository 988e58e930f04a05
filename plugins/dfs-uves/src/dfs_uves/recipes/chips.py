"""What all recipes share: raw frames and masters of one chip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.combine import KappaSigma, Median, Method, combine
from dfs.algorithms.frames import Frame, open_image, read_header, trimmed
from dfs.algorithms.image import Image
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.regions import areas_along_x
from dfs.plugin import BadConfiguration, Header, InputFrame, RecipeContext

_UNITS = {"BLUE": 0, "REDU": 1, "REDL": 2}


@dataclass(frozen=True)
class ChipFrames:
    """The raw frames of one chip.

    Parameters
    ----------
    chip : BLUE, REDL or REDU.
    raw : frames of one class, at least one.
    """

    chip: str
    raw: Sequence[InputFrame]

    @cached_property
    def header(self) -> Header:
        """Keywords of the first frame, those of the chip's unit among them."""
        unit = _UNITS[self.chip]
        return read_header(self.raw[0].path, extensions=[unit] if unit else [])

    @cached_property
    def frames(self) -> list[Frame]:
        """The light-sensitive pixels of each frame; nothing is read yet."""
        prescan, overscan = int(self.header["DET.OUT1.PRSCX"]), int(self.header["DET.OUT1.OVSCX"])
        binning = int(self.header["DET.WIN1.BINX"])
        cut = []
        for frame in self.raw:
            image = open_image(frame.path, _UNITS[self.chip])
            areas = areas_along_x(image.shape, prescan=prescan, overscan=overscan, binning=binning)
            cut.append(trimmed(image, areas.data))
        return cut

    @property
    def conad_e_per_adu(self) -> float:
        """Conversion factor, e-/ADU."""
        return float(self.header["DET.OUT1.CONAD"])

    @property
    def noise(self) -> NoiseModel:
        """The noise that the keywords promise."""
        ron_adu = float(self.header["DET.OUT1.RON"]) / self.conad_e_per_adu
        return NoiseModel(ron_adu, self.conad_e_per_adu)

    def exposure_s(self, number: int = 0) -> float:
        """Exposure time of one of the frames, s."""
        return float(self.raw[number].header["EXPTIME"])


def chips(context: RecipeContext, kind: str) -> Iterator[ChipFrames]:
    """Give the chips whose raw frames the block holds, one after the other.

    Raises
    ------
    BadConfiguration
        There are frames of both arms, or of none.
    """
    blue, red = context.frames(f"{kind}_BLUE"), context.frames(f"{kind}_RED")
    if bool(blue) == bool(red):
        raise BadConfiguration(f"give {kind}_BLUE or {kind}_RED frames, of one arm")
    if blue:
        yield ChipFrames("BLUE", blue)
        return
    wanted = str(context.parameters["process_chip"])
    for chip in ("REDL", "REDU"):
        if wanted in ("both", chip.lower()):
            yield ChipFrames(chip, red)


def method(context: RecipeContext) -> Method:
    """Give the way of combining that the parameters ask for."""
    if context.parameters["stack_method"] == "median":
        return Median()
    return KappaSigma(
        low=float(context.parameters["klow"]),
        high=float(context.parameters["khigh"]),
        iterations=int(context.parameters["niter"]),
    )


def stack(context: RecipeContext, frames: Sequence[Frame], noise: NoiseModel) -> Image:
    """Combine frames as the parameters ask, strip by strip."""
    combined = combine(frames, method(context), variance=noise.variance)
    context.log.info("%d frames combined, %d values rejected", len(frames), combined.rejected)
    return Image.of(combined.data, combined.error)


def master(context: RecipeContext, category: str) -> NDArray[np.float32] | None:
    """Read the pixels of a master; None where the block has none."""
    found = context.frames(category)
    return np.asarray(open_image(found[0].path).read(), np.float32) if found else None


def needed(context: RecipeContext, category: str) -> NDArray[np.float32]:
    """Read the pixels of a master that the recipe cannot do without.

    Raises
    ------
    BadConfiguration
        The block has none.
    """
    pixels = master(context, category)
    if pixels is None:
        raise BadConfiguration(f"a {category} is needed and none was given")
    return pixels
