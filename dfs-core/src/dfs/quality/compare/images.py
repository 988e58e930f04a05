"""Two images, compared strip by strip in two passes.

However large the images are, no more than a strip of each is in memory, beside a sample
for median and robust scale and what has the size of the pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dfs.foundation.fits.pixels import ImageSource
from dfs.quality.compare.model import (
    Deviation,
    DifferenceMaps,
    FlagDifference,
    ImageDifference,
    Tolerance,
)
from dfs.quality.report.survey import (
    BINS,
    STRIP_PIXELS,
    cell_of,
    cell_sums,
    flag_name,
    histogram_of,
)

__all__ = ["compare_flags", "compare_images"]

SAMPLE_PIXELS: Final = 1 << 24
"""Median and robust scale of an image up to this size are exact."""

_SIGMA_PER_MAD: Final = 1.4826
_BULK: Final = 0.999
_SMALLEST: Final = 1e-300


class _Strip(NamedTuple):
    """Some rows of both images; the difference is zero where a pixel is missing."""

    start: int
    first: NDArray[np.bool_]
    second: NDArray[np.bool_]
    reference: NDArray[np.float64]
    difference: NDArray[np.float64]

    @property
    def both(self) -> NDArray[np.bool_]:
        return self.first & self.second


def compare_images(
    first: ImageSource, second: ImageSource, tolerance: Tolerance, unit: str = ""
) -> ImageDifference:
    """Compare two images of one shape.

    Parameters
    ----------
    first, second : the images; the second is the reference.
    tolerance : what still counts as agreement.
    unit : of the pixels.

    Raises
    ------
    UserError
        ``fits.…``: a file cannot be read.
    """
    sums, sample = _first_pass(first, second)
    compared = int(sums.counts.sum())
    if compared == 0:
        return replace(sums.difference, unit=unit)
    median, sigma, bulk = _robust(sample)
    raw, levelled, largest = _second_pass(first, second, tolerance, median)
    offset = median if tolerance.level_shift else 0.0
    judged = levelled if tolerance.level_shift else raw
    edges = _edges(median - offset, bulk, judged.largest, tolerance.absolute)
    values = (strip.difference[strip.both] - offset for strip in _strips(first, second))
    with np.errstate(invalid="ignore", divide="ignore"):
        maps = DifferenceMaps(
            mean=sums.cells - offset,
            largest=largest,
            cell=sums.cell,
            row_profile=sums.rows - offset,
            column_profile=sums.columns / sums.counts - offset,
            histogram=None if edges is None else histogram_of(values, edges),
        )
    return replace(
        sums.difference,
        unit=unit,
        compared=compared,
        median=median,
        mean=float(sums.columns.sum()) / compared,
        sigma=sigma,
        raw=raw,
        levelled=levelled,
        maps=maps,
    )


def compare_flags(first: ImageSource, second: ImageSource) -> FlagDifference:
    """Compare two planes of flags of one shape.

    Raises
    ------
    UserError
        ``fits.…``: a file cannot be read.
    """
    unequal = 0
    bits: dict[int, tuple[int, int]] = {}
    for start, stop in _ranges(first.shape):
        a, b = first.rows(start, stop), second.rows(start, stop)
        unequal += int(np.count_nonzero(a != b))
        differing = int(np.bitwise_or.reduce(a ^ b, axis=None))
        for bit in range(8 * max(a.itemsize, b.itemsize)):
            if differing >> bit & 1:
                only = ((a & ~b) >> bit & 1).sum(), ((b & ~a) >> bit & 1).sum()
                before = bits.get(bit, (0, 0))
                bits[bit] = before[0] + int(only[0]), before[1] + int(only[1])
    told = tuple((flag_name(bit), *bits[bit]) for bit in sorted(bits))
    return FlagDifference(first.shape, unequal, told)


# ── The two passes ──────────────────────────────────────────────────────────


class _Sums(NamedTuple):
    difference: ImageDifference
    cells: NDArray[np.float64]
    cell: tuple[int, int]
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    counts: NDArray[np.int64]


def _first_pass(first: ImageSource, second: ImageSource) -> tuple[_Sums, NDArray[Any]]:
    """Count, sum and sample."""
    ny, nx = first.shape
    cell = cell_of(first.shape)
    every = max(1, math.ceil(math.sqrt(ny * nx / SAMPLE_PIXELS)))
    # A difference keeps its seven digits in 32 bits where the pixels have no more.
    precise = max(first.dtype.itemsize, second.dtype.itemsize) > 4
    sample = np.empty(-(-ny // every) * -(-nx // every), np.float64 if precise else np.float32)
    sampled = missing_first = missing_second = missing_both = 0
    rows, columns, counts = np.empty(ny), np.zeros(nx), np.zeros(nx, np.int64)
    cells: list[NDArray[np.float64]] = []
    # Means of nothing are NaN, which is what the pictures show.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for strip in _strips(first, second, cell[0]):
            both = strip.both
            missing_first += int(np.count_nonzero(strip.second & ~strip.first))
            missing_second += int(np.count_nonzero(strip.first & ~strip.second))
            missing_both += int(np.count_nonzero(~strip.first & ~strip.second))
            rows[strip.start : strip.start + len(both)] = strip.difference.sum(1) / both.sum(1)
            columns += strip.difference.sum(0)
            counts += both.sum(0)
            cells.append(
                cell_sums(strip.difference, cell) / cell_sums(both.astype(np.float64), cell)
            )
            taken = slice(-strip.start % every, None, every), slice(None, None, every)
            values = strip.difference[taken][both[taken]]
            sample[sampled : sampled + values.size] = values
            sampled += values.size
    nothing = Deviation(0.0, 0.0, (0, 0), 0)
    difference = ImageDifference(
        shape=first.shape,
        unit="",
        compared=0,
        missing_first=missing_first,
        missing_second=missing_second,
        missing_both=missing_both,
        median=0.0,
        mean=0.0,
        sigma=0.0,
        sampled_every=every,
        raw=nothing,
        levelled=nothing,
    )
    sums = _Sums(difference, np.concatenate(cells), cell, rows, columns, counts)
    return sums, sample[:sampled]


def _second_pass(
    first: ImageSource, second: ImageSource, tolerance: Tolerance, median: float
) -> tuple[Deviation, Deviation, NDArray[np.float64]]:
    """Hold every pixel to the tolerance, as it is and without the median difference."""
    cell = cell_of(first.shape)
    raw, levelled = _Judge(), _Judge()
    cells: list[NDArray[np.float64]] = []
    pixels = 0
    for strip in _strips(first, second, cell[0]):
        both = strip.both
        allowed = tolerance.absolute + tolerance.relative * np.abs(strip.reference)
        raw.see(strip.start, strip.difference, allowed)
        flat = np.where(both, strip.difference - median, 0.0)
        levelled.see(strip.start, flat, allowed)
        amount = np.abs(flat if tolerance.level_shift else strip.difference)
        amount[strip.first != strip.second] = np.nan
        along_x = np.maximum.reduceat(amount, np.arange(0, amount.shape[1], cell[1]), axis=1)
        cells.append(np.maximum.reduceat(along_x, np.arange(0, amount.shape[0], cell[0]), axis=0))
        pixels += int(np.count_nonzero(both))
    return raw.said(pixels), levelled.said(pixels), np.concatenate(cells)


class _Judge:
    """Collects how far differences go."""

    def __init__(self) -> None:
        self._squares = 0.0
        self._beyond = 0
        self._largest = 0.0
        self._place = (0, 0)

    def see(
        self, start: int, difference: NDArray[np.float64], allowed: NDArray[np.float64]
    ) -> None:
        amount = np.abs(difference)
        with np.errstate(over="ignore"):
            self._squares += float(np.vdot(difference, difference))
        self._beyond += int(np.count_nonzero(amount > allowed))
        y, x = divmod(int(amount.argmax()), amount.shape[1])
        if amount[y, x] > abs(self._largest):
            self._largest = float(difference[y, x])
            self._place = (x + 1, start + y + 1)

    def said(self, pixels: int) -> Deviation:
        return Deviation(
            math.sqrt(self._squares / pixels), self._largest, self._place, self._beyond
        )


def _ranges(shape: tuple[int, int], multiple: int = 1) -> Iterator[tuple[int, int]]:
    """Give the rows of each strip; each but the last is a multiple of so many rows."""
    ny, nx = shape
    step = max(1, STRIP_PIXELS // (nx * multiple)) * multiple
    for start in range(0, ny, step):
        yield start, min(start + step, ny)


def _strips(first: ImageSource, second: ImageSource, multiple: int = 1) -> Iterator[_Strip]:
    for start, stop in _ranges(first.shape, multiple):
        a, b = (source.rows(start, stop).astype(np.float64) for source in (first, second))
        there = np.isfinite(a), np.isfinite(b)
        both = there[0] & there[1]
        reference = np.where(both, b, 0.0)
        with np.errstate(invalid="ignore", over="ignore"):
            difference = np.where(both, a, 0.0) - reference
        yield _Strip(start, *there, reference, difference)


# ── Robust figures and the histogram ────────────────────────────────────────


def _robust(sample: NDArray[Any]) -> tuple[float, float, float]:
    """Give median, robust scale, and the distance from the median that few exceed.

    The sample is used up.
    """
    if sample.size == 0:
        return 0.0, 0.0, 0.0
    median = float(np.median(sample, overwrite_input=True))
    sample -= sample.dtype.type(median)
    np.abs(sample, out=sample)
    sigma = _SIGMA_PER_MAD * float(np.median(sample, overwrite_input=True))
    return median, sigma, float(np.quantile(sample, _BULK, overwrite_input=True))


def _edges(
    centre: float, bulk: float, largest: float, tolerance: float
) -> NDArray[np.float64] | None:
    """Choose bins where nearly all differences lie, wide enough to show the tolerance."""
    half = 1.25 * bulk or 1.25 * abs(largest - centre) or 0.25 * abs(centre)
    if half < _SMALLEST:
        return None
    low, high = centre - half, centre + half
    if 0 < tolerance < 8 * max(half, abs(centre)):
        low, high = min(low, -1.25 * tolerance), max(high, 1.25 * tolerance)
    return np.linspace(low, high, BINS + 1)
