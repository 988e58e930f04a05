"""The large-scale trend of an image, such as the illumination of a flat field."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["large_scale_trend"]


def large_scale_trend(image: NDArray[Any], *, box: tuple[int, int]) -> NDArray[np.float32]:
    """Measure the medians of boxes and interpolate between their centres.

    Structure much smaller than a box, a star or a bad column, is not followed.
    Between the centres the trend is bilinear, beyond the outermost ones it goes on
    straight.

    Parameters
    ----------
    image : (ny, nx); what is not finite is left out, and a box without any value
        takes the median of the others.
    box : height and width of a box, pixels; as many boxes as come nearest to it share
        each axis evenly, at least one.

    Returns
    -------
    ndarray
        (ny, nx).

    Raises
    ------
    ValueError
        The image has no finite value, or a box has no pixels.
    """
    if min(box) < 1:
        raise ValueError(f"a box of {box[0]} x {box[1]} pixels holds none")
    edges_y, edges_x = (_edges(length, side) for length, side in zip(image.shape, box, strict=True))
    medians = np.array(
        [
            [_median(image[top:end, left:right]) for left, right in pairwise(edges_x)]
            for top, end in pairwise(edges_y)
        ],
        np.float32,
    )
    missing = np.isnan(medians)
    if missing.all():
        raise ValueError("the image has no finite value")
    medians[missing] = np.median(medians[~missing])
    return np.asarray(_interpolation(edges_y) @ medians @ _interpolation(edges_x).T)


def _edges(length: int, side: int) -> list[int]:
    number = max(1, round(length / side))
    return [index * length // number for index in range(number + 1)]


def _median(pixels: NDArray[Any]) -> float:
    finite = pixels[np.isfinite(pixels)]
    return float(np.median(finite)) if finite.size else float("nan")


def _interpolation(edges: list[int]) -> NDArray[np.float32]:
    """Give the weights, (pixels, boxes), that make values at pixels of those at centres."""
    position = np.arange(edges[-1])
    centres = (np.array(edges[1:]) + np.array(edges[:-1]) - 1) / 2
    weights = np.zeros((len(position), len(centres)), np.float32)
    if len(centres) == 1:
        weights[:] = 1.0
        return weights
    left = np.clip(np.searchsorted(centres, position) - 1, 0, len(centres) - 2)
    fraction = (position - centres[left]) / (centres[left + 1] - centres[left])
    weights[position, left] = 1.0 - fraction
    weights[position, left + 1] = fraction
    return weights
