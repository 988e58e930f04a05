"""What the pictures of a product show, measured strip by strip.

However large an image is, no more than a strip of it is in memory; what is kept has
the size of the pictures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.image import QualityFlag
from dfs.foundation.errors import UserError
from dfs.foundation.fits.errors import NO_SUCH_UNIT, NOT_AN_IMAGE
from dfs.foundation.fits.pixels import ImageSource, open_image

__all__ = [
    "Histogram",
    "Plane",
    "PlaneRole",
    "Statistics",
    "cell_of",
    "cell_sums",
    "flag_name",
    "histogram_of",
    "role_of",
    "survey_product",
]

STRIP_PIXELS: Final = 1 << 18
SAMPLE_PIXELS: Final = 1 << 20
THUMBNAIL_SIDE: Final = 512
THUMBNAIL_SHORT_SIDE: Final = 96
"""A long narrow window is stretched rather than shown as a line."""
BINS: Final = 128
_CUTS_PERCENT: Final = (0.5, 99.5)
_BULK_PERCENT: Final = (0.1, 99.9)
_SIGMA_PER_MAD: Final = 1.4826


class PlaneRole(StrEnum):
    """What a plane of a product says of its pixels."""

    DATA = "data"
    ERROR = "error"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of a plane's finite pixels.

    Parameters
    ----------
    pixels, missing : how many pixels there are, and how many are not finite.
    minimum, maximum, mean : of all finite pixels.
    median, sigma : median, and standard deviation by the median absolute deviation, of
        every ``sampled_every``-th pixel of every such row.
    sampled_every : 1 where the sample is the whole plane.
    """

    pixels: int
    missing: int
    minimum: float
    maximum: float
    mean: float
    median: float
    sigma: float
    sampled_every: int


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts of all finite pixels in the range where nearly all of them lie.

    Parameters
    ----------
    edges : (n + 1,), unit of the data.
    counts : (n,).
    below, above : how many pixels lie outside.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    below: int
    above: int


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One image of a product.

    Parameters
    ----------
    name : EXTNAME; empty for none.
    role : what it says.
    shape : (ny, nx).
    statistics : None if no pixel is finite.
    thumbnail : means of cells of ``cell`` (rows, columns) pixels; NaN for an empty cell.
    cell : size of a thumbnail's pixel.
    cuts : values shown black and white.
    row_profile, column_profile : (ny,) and (nx,), mean of each row and column.
    histogram : of a data plane; None if no pixel is finite.
    flags : of a quality plane, names of the flags and how many pixels carry each.
    flagged : of a quality plane, how many pixels carry any.
    """

    name: str
    role: PlaneRole
    shape: tuple[int, int]
    statistics: Statistics | None = None
    thumbnail: NDArray[np.float64] | None = None
    cell: tuple[int, int] = (1, 1)
    cuts: tuple[float, float] = (0.0, 1.0)
    row_profile: NDArray[np.float64] | None = None
    column_profile: NDArray[np.float64] | None = None
    histogram: Histogram | None = None
    flags: tuple[tuple[str, int], ...] = ()
    flagged: int = 0


def survey_product(path: str) -> tuple[Plane, ...]:
    """Survey every image of a product; empty for a product without images.

    Raises
    ------
    UserError
        The file cannot be read (``fits.…``).
    """
    return tuple(survey(source) for source in _images(path))


def survey(source: ImageSource) -> Plane:
    """Survey one image."""
    role = role_of(source.name)
    if role is PlaneRole.QUALITY and source.dtype.kind in "iu":
        return _survey_flags(source)
    return _survey_values(source, role)


def _images(path: str) -> Iterator[ImageSource]:
    unit = 0
    while True:
        try:
            yield open_image(path, unit)
        except UserError as error:
            if error.code is NO_SUCH_UNIT:
                return
            if error.code is not NOT_AN_IMAGE:
                raise
        unit += 1


def role_of(name: str) -> PlaneRole:
    """Tell a plane's role by its EXTNAME, as the field's products name them."""
    for word in re.split("[^A-Z]+", name.upper()):
        if word.startswith("QUAL") or word.endswith(("DQ", "BPM")):
            return PlaneRole.QUALITY
        if word.startswith(("ERR", "SIGMA")) or word.endswith("ERR"):
            return PlaneRole.ERROR
    return PlaneRole.DATA


def _strips(source: ImageSource, multiple: int = 1) -> Iterator[tuple[int, NDArray[Any]]]:
    """Give (first row, rows), each strip but the last a multiple of so many rows."""
    ny, nx = source.shape
    step = max(1, STRIP_PIXELS // (nx * multiple)) * multiple
    for start in range(0, ny, step):
        yield start, source.rows(start, min(start + step, ny))


def _survey_flags(source: ImageSource) -> Plane:
    counts: dict[int, int] = {}
    flagged = 0
    for _, strip in _strips(source):
        flagged += int(np.count_nonzero(strip))
        used = int(np.bitwise_or.reduce(strip, axis=None))
        for bit in range(8 * strip.itemsize):
            if used >> bit & 1:
                here = int(np.count_nonzero(strip >> bit & 1))
                counts[bit] = counts.get(bit, 0) + here
    flags = tuple((flag_name(bit), counts[bit]) for bit in sorted(counts))
    return Plane(source.name, PlaneRole.QUALITY, source.shape, flags=flags, flagged=flagged)


def flag_name(bit: int) -> str:
    """Name a bit of a quality plane."""
    name = QualityFlag(1 << bit).name if 1 << bit in list(QualityFlag) else None
    return f"bit {bit}" if name is None else f"bit {bit}, {name.lower().replace('_', ' ')}"


def _survey_values(source: ImageSource, role: PlaneRole) -> Plane:
    ny, nx = source.shape
    cell = cell_of(source.shape)
    every = max(1, math.ceil(math.sqrt(ny * nx / SAMPLE_PIXELS)))
    row_profile = np.empty(ny)
    sums, counts = np.zeros(nx), np.zeros(nx, np.int64)
    cells: list[NDArray[np.float64]] = []
    sample: list[NDArray[np.float64]] = []
    minimum, maximum = math.inf, -math.inf
    # Means of infinities and of nothing are NaN, which is what the pictures show.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for start, strip in _strips(source, cell[0]):
            finite = np.isfinite(strip)
            values = np.where(finite, strip, 0.0).astype(np.float64, copy=False)
            row_profile[start : start + len(strip)] = values.sum(1) / finite.sum(1)
            sums += values.sum(0)
            counts += finite.sum(0)
            cells.append(cell_sums(values, cell) / cell_sums(finite.astype(np.float64), cell))
            taken = slice(-start % every, None, every), slice(None, None, every)
            sample.append(values[taken][finite[taken]])
            minimum = min(minimum, float(np.min(values, initial=math.inf, where=finite)))
            maximum = max(maximum, float(np.max(values, initial=-math.inf, where=finite)))
        column_profile = sums / counts
    found = int(counts.sum())
    sampled = np.concatenate(sample)
    if found == 0 or sampled.size == 0:
        return Plane(source.name, role, source.shape)
    thumbnail = np.concatenate(cells)
    median = float(np.median(sampled))
    histogram = None
    if role is PlaneRole.DATA:
        edges = _edges(sampled, minimum, maximum, source.dtype)
        histogram = histogram_of((strip[np.isfinite(strip)] for _, strip in _strips(source)), edges)
    low, high = np.percentile(thumbnail[np.isfinite(thumbnail)], _CUTS_PERCENT)
    return Plane(
        name=source.name,
        role=role,
        shape=source.shape,
        statistics=Statistics(
            pixels=ny * nx,
            missing=ny * nx - found,
            minimum=minimum,
            maximum=maximum,
            mean=float(sums.sum()) / found,
            median=median,
            sigma=_SIGMA_PER_MAD * float(np.median(np.abs(sampled - median))),
            sampled_every=every,
        ),
        thumbnail=thumbnail,
        cell=cell,
        cuts=(float(low), float(high)),
        row_profile=row_profile,
        column_profile=column_profile,
        histogram=histogram,
    )


def cell_of(shape: tuple[int, int]) -> tuple[int, int]:
    """Give the rows and columns of an image's pixels that make a pixel of its picture."""
    step = math.ceil(max(shape) / THUMBNAIL_SIDE)
    rows, columns = (max(1, min(step, length // THUMBNAIL_SHORT_SIDE)) for length in shape)
    return rows, columns


def cell_sums(values: NDArray[np.float64], cell: tuple[int, int]) -> NDArray[np.float64]:
    """Sum the pixels of each cell; the outermost cells may be smaller."""
    ny, nx = values.shape
    along_x = np.add.reduceat(values, np.arange(0, nx, cell[1]), axis=1)
    total: NDArray[np.float64] = np.add.reduceat(along_x, np.arange(0, ny, cell[0]), axis=0)
    return total


def _edges(
    sampled: NDArray[np.float64], minimum: float, maximum: float, dtype: np.dtype[Any]
) -> NDArray[np.float64]:
    """Choose bins where nearly all pixels lie, with a margin; whole numbers for integers."""
    bulk_low, bulk_high = np.percentile(sampled, _BULK_PERCENT)
    margin = (bulk_high - bulk_low) / 4
    low, high = max(minimum, bulk_low - margin), min(maximum, bulk_high + margin)
    if dtype.kind in "iu":
        width = max(1, math.ceil((high - low) / BINS))
        steps = np.arange(math.ceil((high - low + 1) / width) + 1, dtype=np.float64)
        whole: NDArray[np.float64] = math.floor(low) - 0.5 + width * steps
        return whole
    if not high > low:
        half = max(abs(low) * 1e-3, 1e-6)
        low, high = low - half, high + half
    return np.linspace(low, high, BINS + 1)


def histogram_of(strips: Iterable[NDArray[Any]], edges: NDArray[np.float64]) -> Histogram:
    """Count finite values in bins of equal width; the outermost edges are included."""
    bins = len(edges) - 1
    low, high = float(edges[0]), float(edges[-1])
    counts = np.zeros(bins, np.int64)
    below = above = 0
    for strip in strips:
        values = strip.astype(np.float64, copy=False)
        below += int(np.count_nonzero(values < low))
        above += int(np.count_nonzero(values > high))
        inside = values[(values >= low) & (values <= high)]
        index = np.minimum(((inside - low) * (bins / (high - low))).astype(np.intp), bins - 1)
        counts += np.bincount(index, minlength=bins)
    return Histogram(edges, counts, below, above)
