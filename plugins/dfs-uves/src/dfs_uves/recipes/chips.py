"""What all recipes share: raw frames and masters of one chip.

Products lie as those of the instrument's CPL pipeline do, with the orders along x and
wavelength falling along y, so that either may follow the other in a cascade.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.combine import Combined, KappaSigma, Median, Method, combine
from dfs.algorithms.frames import Frame, open_image, read_header, trimmed
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.orientation import Orientation
from dfs.algorithms.regions import areas_along_x
from dfs.plugin import BadConfiguration, Header, HeaderCards, InputFrame, RecipeContext

_UNITS = {"BLUE": 0, "REDU": 1, "REDL": 2}
_TURNED = Orientation(quarter_turns=3)
_FLIPPED = Orientation(quarter_turns=2, transposed=True)
_ORIENTATIONS = {"BLUE": _TURNED, "REDU": _FLIPPED, "REDL": _FLIPPED}
_FIRST_ROWS = {"BLUE": 1.0, "REDL": 1.0, "REDU": 2113.0}
"""Row number of a chip's first row: the upper red one is 2048 rows and a gap of 64 above."""
_OF_THE_CHIP = ("DET.OUT1.", "DET.CHIP")


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
        """The light-sensitive pixels of each frame as they were read out; nothing is read yet."""
        prescan, overscan = int(self.header["DET.OUT1.PRSCX"]), int(self.header["DET.OUT1.OVSCX"])
        cut = []
        for frame in self.raw:
            image = open_image(frame.path, _UNITS[self.chip])
            # The keywords count pixels of the frame: those of a binned one are binned.
            areas = areas_along_x(image.shape, prescan=prescan, overscan=overscan)
            cut.append(trimmed(image, areas.data))
        return cut

    @property
    def orientation(self) -> Orientation:
        """How products lie with respect to raw frames."""
        return _ORIENTATIONS[self.chip]

    @property
    def output(self) -> str:
        """Number of the chip's read-out among the QC1 parameters, as the CPL pipeline counts."""
        return "OUT4" if self.chip == "REDL" else "OUT1"

    @property
    def binning(self) -> tuple[int, int]:
        """Pixels binned along x and y of the products: they are turned, so y and x of the chip."""
        return int(self.header["DET.WIN1.BINY"]), int(self.header["DET.WIN1.BINX"])

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

    def combined(
        self,
        frames: Sequence[Frame],
        method: Method,
        noise: NoiseModel,
        background: NDArray[np.float32] | None = None,
    ) -> Combined:
        """Combine frames of the chip into an image that lies like a product."""
        return combine(
            frames,
            method,
            variance=noise.variance,
            background=background,
            orientation=self.orientation,
        )

    def cards(self, unit: str) -> HeaderCards:
        """Give the keywords of a product of the chip whose pixels have this unit.

        Nothing of the scans is left in it, and rows and columns are those of the product.
        """
        of_the_chip = {k: v for k, v in self.header.items() if k.startswith(_OF_THE_CHIP)}
        return {
            "BUNIT": unit,
            "EXPTIME": (self.exposure_s(), "[s] of the first frame"),
            **of_the_chip,
            "DET.OUT1.PRSCX": 0,
            "DET.OUT1.OVSCX": 0,
            "CTYPE1": "PIXEL",
            "CTYPE2": "PIXEL",
            "CRPIX1": 1.0,
            "CRPIX2": 1.0,
            "CRVAL1": 1.0,
            "CRVAL2": _FIRST_ROWS[self.chip],
            "CDELT1": float(self.binning[0]),
            "CDELT2": float(self.binning[1]),
        }


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
    wanted = str(context.parameters["process_chip"]).upper()
    for chip in ("REDL", "REDU"):
        if wanted in ("BOTH", chip):
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


def master(context: RecipeContext, category: str) -> InputFrame | None:
    """Find a master; None where the block has none."""
    found = context.frames(category)
    return found[0] if found else None


def needed(context: RecipeContext, category: str) -> NDArray[np.float32]:
    """Read the pixels of a master that the recipe cannot do without.

    Raises
    ------
    BadConfiguration
        The block has none.
    """
    found = master(context, category)
    if found is None:
        raise BadConfiguration(f"a {category} is needed and none was given")
    return pixels(found)


def pixels(found: InputFrame) -> NDArray[np.float32]:
    """Read the pixels of a master, as they lie in a product."""
    return np.asarray(open_image(found.path).read(), np.float32)
