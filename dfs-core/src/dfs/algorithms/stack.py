"""The values of one strip of pixels in all frames, and which of their ranks are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.sorting import sorted_stack

__all__ = ["Ranks", "Stack"]

_QUARTILES_PER_SIGMA: Final = 1.3489795003921634
"""Q₃ - Q₁ of a normal distribution with σ = 1: twice Φ⁻¹(3/4)."""

_EXACT_SUMMANDS: Final = 256
"""The sum of so many 16-bit integers is a float32 without loss."""

Ranks: TypeAlias = NDArray[np.intp] | int
"""One rank a pixel, or, much faster, one for all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Values of pixels, of which an interval of ranks is kept.

    Parameters
    ----------
    rows : one a frame, all of the same length, a value a pixel. Where values are
        missing the rows are sorted and +∞ stands for those.
    count : how many values a pixel has; an integer if none is missing.
    low, high : ranks that are kept, the last one excluded.
    """

    rows: list[NDArray[Any]]
    count: Ranks
    low: Ranks
    high: Ranks

    @classmethod
    def of(cls, values: NDArray[Any]) -> Stack:
        """Take (frames, pixels); what is not finite is missing. The array becomes ours."""
        rows, count = list(values), len(values)
        if values.dtype.kind == "f":
            missing = ~np.isfinite(values)
            if missing.any():
                values[missing] = np.inf
                counts = count - np.count_nonzero(missing, axis=0)
                return cls(sorted_stack(rows), counts, 0, counts)
        return cls(rows, count, 0, count)

    @property
    def kept(self) -> Ranks:
        """How many values are kept."""
        return self.high - self.low

    def sort(self, *, middle_only: bool = False) -> Stack:
        """Put the values in order, or only those that the median needs."""
        ranks = None
        if middle_only and isinstance(self.count, int):
            ranks = frozenset({(self.count - 1) // 2, self.count // 2})
        return replace(self, rows=sorted_stack(self.rows, ranks))

    def between(self, low: Ranks, high: Ranks) -> Stack:
        """Keep only these ranks; the stack must be sorted."""
        return replace(self, low=low, high=_larger(low, high))

    def within(self, lowest: NDArray[Any], highest: NDArray[Any]) -> Stack:
        """Keep of what is kept the values within bounds; the stack must be sorted.

        Where no value is within them all stay.
        """
        below = np.zeros(len(lowest), np.intp)
        not_above = np.zeros(len(lowest), np.intp)
        for row in self.rows:
            below += row < lowest
            not_above += row <= highest
        low, high = np.maximum(self.low, below), np.minimum(self.high, not_above)
        some = low < high
        return self.between(np.where(some, low, self.low), np.where(some, high, self.high))

    def pixels(self, index: NDArray[np.intp]) -> Stack:
        """Take some of the pixels."""
        count, low, high = (
            ranks if isinstance(ranks, int) else ranks[index]
            for ranks in (self.count, self.low, self.high)
        )
        return Stack([row[index] for row in self.rows], count, low, high)

    def lowest(self) -> NDArray[Any]:
        """Give the smallest value; the stack must be sorted."""
        return self.rows[0]

    def highest(self) -> NDArray[Any]:
        """Give the largest value; the stack must be sorted."""
        return self._ranked(self.count - 1)

    def median(self) -> NDArray[Any]:
        """Give the median of all values; the stack must be sorted in the middle."""
        lower, upper = self._ranked((self.count - 1) // 2), self._ranked(self.count // 2)
        return np.asarray((lower + upper) / 2)

    def quartile_sigma(self) -> NDArray[Any]:
        """Estimate σ from the quartiles; the stack must be sorted.

        Where both quartiles are equal, as integers of low noise often are, it is the
        sample standard deviation.
        """
        spread = self._quantile(0.75) - self._quantile(0.25)
        sigma: NDArray[Any] = spread / spread.dtype.type(_QUARTILES_PER_SIGMA)
        equal = np.flatnonzero(sigma == 0)
        if equal.size:
            few = self.pixels(equal)
            sigma[equal] = np.sqrt(few.sample_variance(few.mean()))
        return sigma

    def mean(self) -> NDArray[Any]:
        """Give the mean of what is kept; NaN where nothing is."""
        dtype = self.rows[0].dtype
        total = np.zeros(len(self.rows[0]), _accumulator(dtype))
        for row, where in self._kept_rows():
            np.add(total, row, out=total, where=where)
        if dtype.itemsize <= 2 and len(self.rows) <= _EXACT_SUMMANDS:
            total = total.astype(np.float32)
        return _quotient(total, self.kept)

    def sample_variance(self, centre: NDArray[Any]) -> NDArray[Any]:
        """Give the sample variance of what is kept about a centre; NaN of a single value."""
        float_type = _float_type(self.rows[0].dtype)
        centre = centre.astype(float_type, copy=False)
        total = np.zeros(len(centre), float_type)
        deviation = np.empty_like(total)
        for row, where in self._kept_rows():
            np.subtract(row, centre, out=deviation)
            np.square(deviation, out=deviation)
            np.add(total, deviation, out=total, where=where)
        return _quotient(total, self.kept - 1)

    def _kept_rows(self) -> Iterator[tuple[NDArray[Any], NDArray[np.bool_] | bool]]:
        """Give every row that is kept somewhere, and where."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            for row in self.rows[self.low : self.high]:
                yield row, True
            return
        for rank, row in enumerate(self.rows):
            yield row, (self.low <= rank) & (rank < self.high)

    def _quantile(self, fraction: float) -> NDArray[Any]:
        """Interpolate linearly between the ranks on both sides."""
        position = fraction * (np.maximum(self.count, 1) - 1)
        lower = np.floor(position).astype(np.intp)
        upper = np.ceil(position).astype(np.intp)
        if isinstance(self.count, int):
            lower, upper = int(lower), int(upper)
        below = self._ranked(lower)
        weight = np.asarray(position - lower, below.dtype)
        return np.asarray(below + weight * (self._ranked(upper) - below))

    def _ranked(self, rank: Ranks) -> NDArray[Any]:
        """Give the value of a rank as a float; NaN of a pixel without values."""
        if isinstance(rank, int):
            row = self.rows[rank]
            return row.astype(_float_type(row.dtype), copy=False)
        index = np.maximum(rank, 0)[np.newaxis]
        row = np.take_along_axis(np.stack(self.rows), index, axis=0)[0]
        return np.where(np.greater(self.count, 0), row, np.nan).astype(_float_type(row.dtype))


def _quotient(total: NDArray[Any], number: Ranks) -> NDArray[Any]:
    """Divide by how many there are; NaN where there is none."""
    if isinstance(number, int) and number > 0:
        return np.asarray(total / number)
    return np.where(np.greater(number, 0), total / np.maximum(number, 1), np.nan)


def _larger(first: Ranks, second: Ranks) -> Ranks:
    if isinstance(first, int) and isinstance(second, int):
        return max(first, second)
    return np.maximum(first, second)


def _float_type(dtype: np.dtype[Any]) -> type[np.floating[Any]]:
    """Choose the float that holds all values of a type: float32 up to 16-bit integers."""
    small = dtype.itemsize <= 2 or dtype == np.float32
    return np.float32 if small else np.float64


def _accumulator(dtype: np.dtype[Any]) -> type[np.number[Any]]:
    """Choose a type that sums 65 535 values without loss."""
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        return np.uint32 if dtype.kind == "u" else np.int32
    return np.float64
