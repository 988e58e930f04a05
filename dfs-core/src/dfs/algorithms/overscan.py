"""The bias level of each row from the overscan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.frames import Frame, MappedFrame, as_frame, trimmed
from dfs.algorithms.regions import Region
from dfs.algorithms.statistics import clipped, clipped_sigma

__all__ = ["OverscanLevel", "overscan_corrected", "overscan_level"]


@dataclass(frozen=True, slots=True, eq=False)
class OverscanLevel:
    """What the overscan says.

    Parameters
    ----------
    rows : (ny,), level of each row, unit of the pixels.
    level : mean of ``rows``.
    noise : standard deviation of a single overscan pixel, unit of the pixels:
        the read noise, if nothing else disturbs the overscan.
    """

    rows: NDArray[np.float64]
    level: float
    noise: float


def overscan_level(
    image: Frame | NDArray[Any],
    region: Region,
    *,
    method: Literal["constant", "median", "polynomial"] = "median",
    degree: int = 3,
    box: int = 1,
) -> OverscanLevel:
    """Measure the bias level in an overscan.

    Parameters
    ----------
    image : (ny, nx).
    region : the overscan's pixels; it must span all rows that are to be corrected.
    method : ``constant``, one level for all rows (κ-σ clipped mean);
        ``median``, the median of each row, smoothed over ``box`` rows;
        ``polynomial``, a fit of that degree through the rows' medians.
    degree : of the polynomial.
    box : rows, odd; a median per row of few columns is noisy, the mean of its
        neighbours less so.

    Raises
    ------
    ValueError
        The region is not within the image, or the box is not odd.
    """
    frame = as_frame(image)
    region.check_within(frame.shape)
    pixels = frame.rows(region.y.start, region.y.stop)[:, region.x].astype(np.float64)
    medians = np.median(pixels, axis=1)
    noise = clipped_sigma(pixels - medians[:, np.newaxis])
    if method == "constant":
        rows = np.full(len(medians), clipped(pixels).mean)
    elif method == "polynomial":
        y = np.linspace(-1.0, 1.0, len(medians))  # Chebyshev's own interval: well conditioned
        fit = np.polynomial.chebyshev.Chebyshev.fit(y, medians, degree)
        rows = np.asarray(fit(y))
    else:
        rows = _running_mean(medians, box)
    return OverscanLevel(rows=rows, level=float(rows.mean()), noise=noise)


def overscan_corrected(image: Frame | NDArray[Any], level: OverscanLevel, data: Region) -> Frame:
    """Subtract the level row by row and cut to the data area, when rows are asked for.

    Parameters
    ----------
    image : (ny, nx) as read.
    level : of all rows of the image.
    data : what remains.

    Returns
    -------
    Frame
        float32, of the shape of ``data``.

    Raises
    ------
    ValueError
        The level is not one of all rows, or the area is not within the image.
    """
    frame = as_frame(image)
    if len(level.rows) != frame.shape[0]:
        raise ValueError(f"{len(level.rows)} levels for {frame.shape[0]} rows")
    rows_of_data = level.rows[data.y].astype(np.float32)[:, np.newaxis]

    def subtract(rows: NDArray[Any], first: int) -> NDArray[np.float32]:
        return rows.astype(np.float32) - rows_of_data[first : first + len(rows)]

    return MappedFrame(trimmed(frame, data), subtract)


def _running_mean(values: NDArray[np.float64], box: int) -> NDArray[np.float64]:
    if box < 1 or box % 2 == 0:
        raise ValueError(f"a box of {box} rows is not odd")
    half = box // 2
    sums = np.concatenate([[0.0], np.cumsum(np.pad(values, half, mode="edge"))])
    return np.asarray((sums[box:] - sums[:-box]) / box)
