"""Pixels that do not measure what they should.

A pixel is judged against its surroundings, the median of its tile, so that slow
gradients over the detector neither hide nor invent bad pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.statistics import MAD_TO_SIGMA

__all__ = ["deviating_pixels", "interpolated", "local_statistics", "low_efficiency_pixels"]


def local_statistics(
    image: NDArray[Any], tile: int = 64
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the median and the robust σ of the tile that each pixel lies in.

    Parameters
    ----------
    image : (ny, nx).
    tile : side of a tile, pixels; those at the upper and right edge may be smaller.

    Returns
    -------
    tuple
        Median and 1.4826 × median absolute deviation, each (ny, nx).
    """
    median = np.empty(image.shape, np.float32)
    sigma = np.empty(image.shape, np.float32)
    for y in range(0, image.shape[0], tile):
        for x in range(0, image.shape[1], tile):
            here = slice(y, y + tile), slice(x, x + tile)
            pixels = image[here].astype(np.float32)
            level = np.float32(np.nanmedian(pixels))
            median[here] = level
            sigma[here] = MAD_TO_SIGMA * np.nanmedian(np.abs(pixels - level))
    return median, sigma


def _bands(image: NDArray[Any], tile: int) -> Iterator[slice]:
    """Give the rows of one row of tiles after the other: memory for a band, not an image."""
    return (slice(start, start + tile) for start in range(0, image.shape[0], tile))


def deviating_pixels(
    image: NDArray[Any], *, kappa: float = 5.0, floor: float = 0.0, tile: int = 64
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find pixels far below and far above their surroundings.

    In a master dark those above are hot, in a master bias both are defects.

    Parameters
    ----------
    image : (ny, nx); NaN is neither.
    kappa : how many robust σ of the surroundings is far.
    floor : nothing nearer than this is far, unit of the image; keeps integers of
        low noise, whose σ may be zero, from being flagged wholesale.
    tile : side of the surroundings, pixels.

    Returns
    -------
    tuple
        Low and high pixels, each (ny, nx).
    """
    low, high = np.empty(image.shape, np.bool_), np.empty(image.shape, np.bool_)
    for band in _bands(image, tile):
        median, sigma = local_statistics(image[band], tile)
        limit = np.maximum(kappa * sigma, np.float32(floor))
        deviation = image[band] - median
        low[band], high[band] = deviation < -limit, deviation > limit
    return low, high


def low_efficiency_pixels(
    flat: NDArray[Any], *, fraction: float = 0.5, tile: int = 64
) -> NDArray[np.bool_]:
    """Find pixels of a flat that respond by less than a fraction of their surroundings.

    Parameters
    ----------
    flat : (ny, nx), without bias.
    fraction : of the median of the surroundings.
    tile : side of the surroundings, pixels.
    """
    low = np.empty(flat.shape, np.bool_)
    for band in _bands(flat, tile):
        median, _ = local_statistics(flat[band], tile)
        low[band] = flat[band] < np.float32(fraction) * median
    return low


def interpolated(image: NDArray[Any], bad: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Fill bad pixels linearly between the nearest good ones of their row.

    At the ends of a row the nearest good pixel is repeated; a row without a good
    pixel becomes NaN.

    Parameters
    ----------
    image, bad : (ny, nx).
    """
    filled = np.array(image, np.float32)
    columns = np.arange(image.shape[1])
    for y in np.flatnonzero(bad.any(axis=1)):
        good = ~bad[y]
        if good.any():
            filled[y, bad[y]] = np.interp(columns[bad[y]], columns[good], filled[y, good])
        else:
            filled[y] = np.nan
    return filled
