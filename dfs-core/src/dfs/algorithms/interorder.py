"""The light between the orders of an echelle frame: scattered light and what is left of a bias.

It is sampled in small windows midway between neighbouring orders, interpolated along
the columns, and smoothed. The parameters are those of the background subtraction of
the field's echelle pipelines, so that they mean the same here.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["interorder_background"]


def interorder_background(
    image: NDArray[Any],
    between: NDArray[np.float64],
    *,
    half_height: int = 2,
    method: Literal["median", "minimum"] = "median",
    smooth: tuple[int, int],
) -> NDArray[np.float32]:
    """Measure the light between the orders, and what it is below them.

    Along a column it is linear from sample to sample and goes on straight beyond the
    outermost ones; from column to column it is linear as well. Then it is averaged over
    a box, at the edges over the part of it that lies on the image.

    Parameters
    ----------
    image : (ny, nx), orders roughly along x.
    between : (lines, columns), where the lines midway between the orders cross evenly
        spaced columns, the middles of as many equal parts of the width: rows from zero.
        Crossings outside the image are passed over.
    half_height : a window reaches so many pixels up and down; along x it takes the
        whole part of the width.
    method : what is taken of the pixels of a window.
    smooth : half height and half width of the box, pixels.

    Returns
    -------
    ndarray
        (ny, nx), unit of the image.

    Raises
    ------
    ValueError
        A column crosses fewer than two of the lines within the image.
    """
    ny, nx = image.shape
    columns = between.shape[1]
    centres = (np.arange(columns) + 0.5) * nx / columns - 0.5
    half_width = nx // (2 * columns)
    rows = np.arange(ny)
    along_y = np.empty((ny, columns))
    for column, centre in enumerate(np.rint(centres).astype(int)):
        middle = np.rint(between[:, column]).astype(int)
        middle = np.unique(middle[(middle >= half_height) & (middle < ny - half_height)])
        if len(middle) < 2:
            raise ValueError(f"only {len(middle)} of the lines cross column {centre} of the image")
        window = image[:, max(0, centre - half_width) : centre + half_width + 1]
        pixels = window[middle[:, np.newaxis] + np.arange(-half_height, half_height + 1)]
        take = np.median if method == "median" else np.min
        samples = take(pixels.reshape(len(middle), -1), axis=1)
        along_y[:, column] = _straight(rows, middle, samples)
    along_y = _box_mean(along_y, smooth[0])
    # Interpolation and smoothing along x in one step: a weight of each column at each pixel.
    weights = [np.interp(np.arange(nx), centres, alone) for alone in np.eye(columns)]
    weight = _box_mean(np.transpose(weights), smooth[1])
    return np.asarray(along_y.astype(np.float32) @ weight.astype(np.float32).T)


def _straight(
    rows: NDArray[np.intp], at: NDArray[np.intp], values: NDArray[Any]
) -> NDArray[np.float64]:
    """Interpolate linearly; beyond the ends the first and the last piece go on."""
    piece = np.clip(np.searchsorted(at, rows) - 1, 0, len(at) - 2)
    slope = np.diff(values) / np.diff(at)
    return np.asarray(values[piece] + slope[piece] * (rows - at[piece]), np.float64)


def _box_mean(values: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Average over 2 radius + 1 rows, at the edges over those that there are."""
    length = len(values)
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    first = np.maximum(np.arange(length) - radius, 0)
    last = np.minimum(np.arange(length) + radius + 1, length)
    return np.asarray((sums[last] - sums[first]) / (last - first)[:, np.newaxis])
