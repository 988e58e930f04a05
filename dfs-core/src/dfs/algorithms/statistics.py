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
    "median",
    "structure",
]

MAD_TO_SIGMA: Final = 1.482602218505602
"""1 / Φ⁻¹(3/4): standard deviation of a normal distribution per median absolute deviation."""

_ENOUGH_TO_CLIP: Final = 500_000
_STRIP_ROWS: Final = 128
_ENOUGH_ROWS: Final = 256
_CHUNK: Final = 1 << 16
_PROFILE_KAPPA: Final = 5.0
_SAMPLE: Final = 1 << 15
_SAMPLE_SIGMAS: Final = 4.0


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


def median(values: NDArray[Any]) -> float:
    """Take the median; of an even number the mean of the middle two.

    Of many values an evenly spaced part tells between which bounds it lies; then only
    the values between them are put in order. The result is exact, and several times
    as fast as :func:`numpy.median`.

    Source: the selection of Floyd & Rivest 1975, Communications of the ACM 18, 165.

    Parameters
    ----------
    values : any shape, at least one, all finite.
    """
    flat = np.ravel(values)
    return _middle(flat, 0, flat.size)


def mad_sigma(values: NDArray[Any]) -> float:
    """Estimate the standard deviation from the median absolute deviation.

    Source: Rousseeuw & Croux 1993, JASA 88, 1273. Values that are not finite are
    left out; NaN if none is left.
    """
    finite = _finite(values)
    if finite.size == 0:
        return float("nan")
    deviations = np.subtract(finite, median(finite), dtype=_float_type(finite.dtype))
    return MAD_TO_SIGMA * median(np.abs(deviations, out=deviations))


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
    finite = _finite(values)
    kept = _clip(finite, kappa, iterations)
    middle = _middle(finite, kept.below, kept.below + kept.used)
    return Clipped(mean=kept.mean, median=middle, sigma=kept.sigma, used=kept.used)


def clipped_sigma(values: NDArray[Any], *, kappa: float = 4.0, iterations: int = 5) -> float:
    """Take σ without outliers, as :func:`clipped` does.

    Raises
    ------
    ValueError
        There is no finite value.
    """
    return _clip(_finite(values), kappa, iterations).sigma


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


def structure(image: NDArray[Any], axis: int, *, level: Clipped | None = None) -> Structure:
    """Measure how an image varies along an axis.

    The profile is the mean across it of the values brought within 5 σ of the level:
    a few outliers do not count, and unlike a median it resolves less than an ADU in
    an image of whole ADU.

    Parameters
    ----------
    image : (ny, nx).
    axis : 1 for variation along x, 0 along y.
    level : of the image, where it is known already; None: measured.
    """
    level = level or clipped(image[:: max(1, len(image) // _ENOUGH_ROWS)])
    middle, reach = np.float32(level.median), np.float32(5.0 * level.sigma)
    total = np.zeros(image.shape[axis])
    for start in range(0, len(image), _STRIP_ROWS):
        # About the level, where float32 sums a strip without loss.
        strip = np.subtract(image[start : start + _STRIP_ROWS], middle, dtype=np.float32)
        np.clip(strip, -reach, reach, out=strip)
        if axis == 1:
            total += strip.sum(axis=0)
        else:
            total[start : start + len(strip)] = strip.sum(axis=1)
    profile = level.median + total / image.shape[1 - axis]
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
    """Flatten, without NaN and infinity."""
    flat = np.ravel(values)
    if flat.dtype.kind != "f":
        return flat
    finite = np.isfinite(flat)
    return flat if finite.all() else flat[finite]


def _float_type(dtype: np.dtype[Any]) -> type[np.floating[Any]]:
    """Choose the float that holds all values of a type: float32 up to 16-bit integers."""
    return np.float32 if dtype.itemsize <= 2 or dtype == np.float32 else np.float64


@dataclass(frozen=True, slots=True)
class _Kept:
    """The values between two bounds, both included, and their moments."""

    low: float
    high: float
    below: int
    used: int
    mean: float
    sigma: float


def _clip(finite: NDArray[Any], kappa: float, iterations: int) -> _Kept:
    """Find what is kept of flat, finite values."""
    if finite.size == 0:
        raise ValueError("there is no finite value to take statistics of")
    # An odd step does not fall on the same few columns of a detector again and again.
    sample = finite[:: (finite.size // _ENOUGH_TO_CLIP) | 1]
    kept = _between(sample, -np.inf, np.inf, median(sample))
    # More than half of the values are equal, as in a dark of few ADU, if the first σ is zero.
    centre, sigma = median(sample), mad_sigma(sample) or kept.sigma
    for _ in range(iterations):
        inside = _between(sample, centre - kappa * sigma, centre + kappa * sigma, centre)
        if inside.used == 0:
            break
        settled, kept = inside.used == kept.used, inside
        if settled:
            break
        centre, sigma = kept.mean, kept.sigma
    return _between(finite, kept.low, kept.high, kept.mean)


def _between(values: NDArray[Any], low: float, high: float, about: float) -> _Kept:
    """Count the values between bounds and take their moments, chunk by chunk.

    Deviations are from a number near the mean, so that nothing is lost in rounding.
    """
    float_type = _float_type(values.dtype)
    below, used, total, squares = 0, 0, 0.0, 0.0
    for start in range(0, values.size, _CHUNK):
        chunk = values[start : start + _CHUNK].astype(float_type)
        too_low, too_high = chunk < low, chunk > high
        below += int(np.count_nonzero(too_low))
        chunk -= float_type(about)
        chunk[np.logical_or(too_low, too_high, out=too_low)] = 0.0
        used += chunk.size - int(np.count_nonzero(too_low))
        total += float(chunk.sum())
        squares += float(np.square(chunk, out=chunk).sum())
    if used == 0:
        return _Kept(low, high, below, 0, float("nan"), float("nan"))
    variance = (squares - total**2 / used) / (used - 1) if used > 1 else 0.0
    mean = float(float_type(about)) + total / used
    return _Kept(low, high, below, used, mean, max(0.0, variance) ** 0.5)


def _middle(values: NDArray[Any], low: int, high: int) -> float:
    """Give the median of the values of these ranks of all, the last one excluded."""
    first, second = (low + high - 1) // 2, (low + high) // 2
    if values.size > 4 * _SAMPLE:
        step = (values.size // _SAMPLE) | 1
        sample = np.sort(values[::step])
        centre, reach = first // step, int(_SAMPLE_SIGMAS * sample.size**0.5 / 2) + 1
        least = sample[max(0, centre - reach)]
        most = sample[min(sample.size - 1, centre + reach)]
        below = int(np.count_nonzero(values < least))
        if least == most:
            between = np.broadcast_to(least, int(np.count_nonzero(values == least)))
        else:
            between = values[(values >= least) & (values <= most)]
        if below <= first and second < below + between.size:
            values, first, second = between, first - below, second - below
    if values.strides == (0,):
        return float(values[0])
    ranked = np.partition(values, (first, second))
    return (float(ranked[first]) + float(ranked[second])) / 2
