"""Frames as algorithms see them: something with a shape that gives rows when asked.

A file, an array and a corrected frame look the same, so that a stack of any of
them is combined strip by strip and is never in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.regions import Region
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.pixels import ImageSource, open_image

__all__ = [
    "ArrayFrame",
    "Frame",
    "ImageSource",
    "MappedFrame",
    "as_frame",
    "open_image",
    "read_header",
    "trimmed",
    "without",
]


class Frame(Protocol):
    """An image that gives its rows when asked; :class:`ImageSource` is one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(ny, nx)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Give rows, counted from zero, the last one excluded: (stop - start, nx)."""


@dataclass(frozen=True, slots=True, eq=False)
class ArrayFrame:
    """An array as a frame.

    Parameters
    ----------
    array : (ny, nx).
    """

    array: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """(ny, nx)."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        return self.array.dtype

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Give rows; a view."""
        return self.array[start:stop]


@dataclass(frozen=True, slots=True, eq=False)
class MappedFrame:
    """A frame whose rows are worked on when they are asked for.

    Parameters
    ----------
    frame : where the rows come from.
    function : called with the rows, (n, nx), and the number of the first; gives
        the new rows, (n, nx), in the type ``dtype``.
    dtype : type of the new pixels.

    Examples
    --------
    Subtract a master bias, held as an array, without reading the frame:

    >>> import numpy as np
    >>> bias = np.full((4, 3), 100.0, np.float32)
    >>> raw = as_frame(np.full((4, 3), 150, np.uint16))
    >>> flat = MappedFrame(raw, lambda rows, first: rows - bias[first : first + len(rows)])
    >>> float(flat.rows(2, 4).mean())
    50.0

    :func:`without` does just that.
    """

    frame: Frame
    function: Callable[[NDArray[Any], int], NDArray[Any]]
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))

    @property
    def shape(self) -> tuple[int, ...]:
        """(ny, nx)."""
        return self.frame.shape

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Give the new rows."""
        return self.function(self.frame.rows(start, stop), start)


@dataclass(frozen=True, slots=True, eq=False)
class _TrimmedFrame:
    frame: Frame
    region: Region

    @property
    def shape(self) -> tuple[int, ...]:
        return self.region.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.frame.dtype

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        first = self.region.y.start
        return self.frame.rows(first + start, first + stop)[:, self.region.x]


def as_frame(image: Frame | NDArray[Any]) -> Frame:
    """Make a frame of an array; a frame stays what it is."""
    return ArrayFrame(image) if isinstance(image, np.ndarray) else image


def trimmed(image: Frame | NDArray[Any], region: Region) -> Frame:
    """Cut a frame to a region without reading it; integers stay integers.

    Raises
    ------
    ValueError
        The region reaches beyond the frame.
    """
    frame = as_frame(image)
    region.check_within(frame.shape)
    return _TrimmedFrame(frame, region)


def without(
    image: Frame | NDArray[Any], background: NDArray[np.float32] | float, *, scale: float = 1.0
) -> Frame:
    """Subtract a background, then multiply, when rows are asked for.

    Parameters
    ----------
    image : (ny, nx).
    background : (ny, nx), or one number; in the unit of the image.
    scale : what the difference is multiplied by.

    Returns
    -------
    Frame
        float32.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    frame = as_frame(image)
    plane = None if isinstance(background, float | int) else background
    if plane is not None and plane.shape != frame.shape:
        raise ValueError(f"a background of {plane.shape} for a frame of {frame.shape}")

    def corrected(rows: NDArray[Any], first: int) -> NDArray[np.float32]:
        part = background if plane is None else plane[first : first + len(rows)]
        result: NDArray[np.float32] = np.subtract(rows, part, dtype=np.float32)
        if scale != 1.0:
            result *= np.float32(scale)
        return result

    return MappedFrame(frame, corrected)
