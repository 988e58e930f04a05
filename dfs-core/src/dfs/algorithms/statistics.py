"""Robust statistics of pixels, and the structure of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MAD_TO_SIGMA",
    "Clipped",
    "Structure",
    "clipped",
    "clipped_sigma",
    "fixed_pattern_noise",
    "mad_sigma",
    "structure",
]

MAD_TO_SIGMA: Final = 1.482602218505602
"""1 / Φ⁻¹(3/4): standard deviation of a normal distribution per median absolute deviation."""

_ENOUGH_TO_CLIP: Final = 500_000
_STRIP_ROWS: Final = 128
_ENOUGH_ROWS: Final = 256
_CHUNK: Final = 1 << 18
_PROFILE_KAPPA: Final = 5.0


@dataclass(frozen=True, slots=True)
class Clipped:
    """Statistics of the values that were kept.

    Parameters
    ----------
    mean, median : of the kept values.
    sigma : their sample standard deviation.
    used : how many were kept.
    """

    mean: float
    median: float
    sigma: float
    used: int


def mad_sigma(values: NDArray[Any]) -> float:
    """Estimate the standard deviation from the median absolute deviation.

    Source: Rousseeuw & Croux 1993, JASA 88, 1273. Values that are not finite are
    left out; NaN if none is left.
    """
    finite = _finite(values)
    if finite.size == 0:
        return float("nan")
    deviations = np.abs(finite - finite.dtype.type(np.median(finite)))
    return MAD_TO_SIGMA * float(np.median(deviations))


def clipped(values: NDArray[Any], *, kappa: float = 4.0, iterations: int = 5) -> Clipped:
    """Take mean, median and σ without outliers.

    The first clip is around the median by the σ of the median absolute deviation,
    which a few outliers cannot inflate, the following ones around the mean by the
    standard deviation of what was kept, until as many are kept as before. Each clip
    looks at all again: the first σ of integers is coarse, and what it left out too
    much comes back. Of many values an evenly spaced part is enough to find the limits;
    the statistics are those of all values within them.

    Parameters
    ----------
    values : any shape; what is not finite is left out.
    kappa : values further than this many σ are left out.
    iterations : at most so many clips.

    Raises
    ------
    ValueError
        There is no finite value.
    """
    kept, mean, sigma = _clip(values, kappa, iterations)
    return Clipped(mean=mean, median=float(np.median(kept)), sigma=sigma, used=int(kept.size))


def clipped_sigma(values: NDArray[Any], *, kappa: float = 4.0, iterations: int = 5) -> float:
    """Take σ without outliers, as :func:`clipped` does.

    Raises
    ------
    ValueError
        There is no finite value.
    """
    return _clip(values, kappa, iterations)[2]


@dataclass(frozen=True, slots=True)
class Structure:
    """Large-scale structure of an image along one axis.

    Parameters
    ----------
    slope : of a straight line through the profile, unit of the pixels per pixel.
    sigma : standard deviation of the profile about its mean, unit of the pixels;
        columns or rows beyond 5 σ, such as bad ones, are left out.
    """

    slope: float
    sigma: float


def structure(image: NDArray[Any], axis: int) -> Structure:
    """Measure how an image varies along an axis.

    The profile is the mean across it of the values brought within 5 σ of the level:
    a few outliers do not count, and unlike a median it resolves less than an ADU in
    an image of whole ADU.

    Parameters
    ----------
    image : (ny, nx).
    axis : 1 for variation along x, 0 along y.
    """
    level = clipped(image[:: max(1, len(image) // _ENOUGH_ROWS)])
    low, high = level.median - 5.0 * level.sigma, level.median + 5.0 * level.sigma
    strips = [
        np.clip(image[start : start + _STRIP_ROWS], low, high).astype(np.float64).sum(axis=1 - axis)
        for start in range(0, len(image), _STRIP_ROWS)
    ]
    total = np.sum(strips, axis=0) if axis == 1 else np.concatenate(strips)
    profile = total / image.shape[1 - axis]
    position = np.arange(len(profile)) - (len(profile) - 1) / 2
    spread = float(position @ position)
    slope = float(position @ profile) / spread if spread else 0.0
    return Structure(slope=slope, sigma=clipped_sigma(profile, kappa=_PROFILE_KAPPA))


def fixed_pattern_noise(
    image: NDArray[Any], random_noise: float, *, shift: tuple[int, int] = (10, 10)
) -> float:
    """Measure the noise of an image that is not random from frame to frame.

    The difference between the image and itself shifted holds both noises √2 times
    and no large-scale structure; the random part is taken out in quadrature.

    Parameters
    ----------
    image : (ny, nx).
    random_noise : standard deviation of a pixel from frame to frame, unit of the pixels.
    shift : pixels along y and x.

    Returns
    -------
    float
        Standard deviation in the unit of the pixels, zero if the random noise
        explains everything.
    """
    dy, dx = shift
    here, there = image[dy:, dx:], image[: -dy or None, : -dx or None]
    total = clipped_sigma(np.subtract(here, there, dtype=np.float32)) / np.sqrt(2.0)
    return float(np.sqrt(max(0.0, total**2 - random_noise**2)))


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    """Flatten to floats without NaN and infinity."""
    flat = np.asarray(values).ravel()
    if flat.dtype.kind != "f":
        # float32 holds every 16-bit integer, and half the memory of float64.
        return flat.astype(np.float32 if flat.dtype.itemsize <= 2 else np.float64)
    finite = np.isfinite(flat)
    return flat if finite.all() else flat[finite]


def _clip(values: NDArray[Any], kappa: float, iterations: int) -> tuple[NDArray[Any], float, float]:
    """Give what is kept, its mean and its sample standard deviation."""
    finite = _finite(values)
    if finite.size == 0:
        raise ValueError("there is no finite value to take statistics of")
    # An odd step does not fall on the same few columns of a detector again and again.
    sample = finite[:: (finite.size // _ENOUGH_TO_CLIP) | 1]
    centre, sigma = float(np.median(sample)), mad_sigma(sample)
    if sigma == 0.0:  # more than half of the values are equal, as in a dark of few ADU
        _, sigma = _mean_and_sigma(sample)
    low, high, kept = -np.inf, np.inf, sample.size
    for _ in range(iterations):
        lowest, highest = centre - kappa * sigma, centre + kappa * sigma
        inside = sample[(sample >= lowest) & (sample <= highest)]
        if inside.size == 0:
            break
        low, high = lowest, highest
        if inside.size == kept:
            break
        kept = inside.size
        centre, sigma = _mean_and_sigma(inside)
    within = (finite >= low) & (finite <= high)
    values_kept = finite if within.all() else finite[within]
    return values_kept, *_mean_and_sigma(values_kept)


def _mean_and_sigma(values: NDArray[Any]) -> tuple[float, float]:
    """Give mean and sample standard deviation in float64, with little memory beside."""
    mean = float(values.mean(dtype=np.float64))
    total = 0.0
    for start in range(0, values.size, _CHUNK):
        deviation = np.subtract(values[start : start + _CHUNK], mean, dtype=np.float64)
        total += float(deviation @ deviation)
    return mean, (total / (values.size - 1)) ** 0.5 if values.size > 1 else 0.0
