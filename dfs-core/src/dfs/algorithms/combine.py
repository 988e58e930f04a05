"""Stacks of frames made one, strip by strip.

Memory does not grow with the number of rows, and hardly with that of the frames:
a strip of every frame is held, never a frame. Integers are sorted and summed as
integers; only the result is float32.

Every method sorts the values of a pixel, keeps an interval of ranks and takes the
mean or the median of what is kept:

============ ============================= ========= ======================
method       keeps                         takes     variance of the result
============ ============================= ========= ======================
Mean         all                           mean      σ² / m
Median       all                           median    π/2 · σ² / m (m > 2)
MinMax       all but the lowest, highest   mean      σ² / m
KappaSigma   what is within κ σ            mean      σ² / m
============ ============================= ========= ======================

m is the number of values kept. σ² is the variance of one frame: from a noise
model where one is given, else the sample variance of the kept values about the
result. The factor π/2 is that of many normally distributed values (Kenney &
Keeping 1962, Mathematics of Statistics I, §14.5). The error of a min–max mean is that
of a plain mean of as many frames: too large with a noise model (five frames: σ²/3 where
0.23 σ² is true), too small with the sample variance, as the kept values are the inner ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.frames import Frame, as_frame
from dfs.algorithms.orientation import Orientation
from dfs.algorithms.stack import Ranks, Stack

__all__ = ["Combined", "KappaSigma", "Mean", "Median", "Method", "MinMax", "combine"]

STRIP_BYTES: Final = 2 << 20
"""Default size of the strips of all frames together: about a processor's cache."""

Variance: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]

AS_THE_FRAMES: Final = Orientation()

_Strip: TypeAlias = tuple[NDArray[Any], NDArray[Any], Ranks]
"""Value, error and number kept of each pixel."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of all values."""


@dataclass(frozen=True, slots=True)
class Median:
    """The median; of an even number the mean of the middle two."""


@dataclass(frozen=True, slots=True)
class MinMax:
    """The mean without the lowest and highest values of each pixel.

    Parameters
    ----------
    low, high : how many to leave out; where that leaves none the pixel has no value.
    """

    low: int = 1
    high: int = 1


@dataclass(frozen=True, slots=True)
class KappaSigma:
    """The mean of what is within κ σ, found by iteration.

    The first clip is about the median, the later ones about the mean of what was
    kept; one that would leave nothing is not made. σ is that of the noise model
    where one is given; else first from the quartiles, σ = (Q₃ - Q₁) / 1.349, which
    an outlier cannot inflate, later the sample standard deviation. With few frames
    that is a poor estimate: give a noise model.

    Parameters
    ----------
    low, high : κ below and above.
    iterations : at most so many clips.
    """

    low: float = 3.0
    high: float = 3.0
    iterations: int = 5


Method: TypeAlias = Mean | Median | MinMax | KappaSigma


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """A combined frame.

    Parameters
    ----------
    data : (ny, nx), unit of the frames; NaN where no value was kept.
    error : (ny, nx), one standard deviation of ``data``; NaN where it is unknown:
        no noise model and fewer than two values.
    contributions : (ny, nx), how many values were kept.
    frames : how many frames there were.
    """

    data: NDArray[np.float32]
    error: NDArray[np.float32]
    contributions: NDArray[np.uint16]
    frames: int

    @property
    def rejected(self) -> int:
        """How many values were not kept, of all pixels together."""
        return self.frames * self.data.size - int(self.contributions.sum(dtype=np.int64))


def combine(
    images: Sequence[Frame | NDArray[Any]],
    method: Method,
    *,
    masks: Sequence[Frame | NDArray[Any]] | None = None,
    variance: Variance | None = None,
    background: NDArray[Any] | None = None,
    orientation: Orientation = AS_THE_FRAMES,
    strip_bytes: int = STRIP_BYTES,
) -> Combined:
    """Combine frames pixel by pixel.

    Parameters
    ----------
    images : (ny, nx) each, of one shape. Values that are not finite are left out.
    method : how.
    masks : for each image what to leave out, (ny, nx), not zero is bad.
    variance : gives the variance of one frame's pixel for a combined value, both in
        the unit of the frames, e.g. ``NoiseModel(…).variance``; None: measured
        from the scatter of the frames.
    background : what is subtracted from every frame, e.g. a master bias; it lies like
        the product. As it is the same for all it is subtracted once, of what was
        combined, and integers stay integers until then.
    orientation : how the product lies; it is turned as it is made, not afterwards.
    strip_bytes : memory for the strips of all frames together; at least a row of
        each is held.

    Raises
    ------
    ValueError
        No image, images or a background of different shapes, or not one mask an image.
    """
    frames = [as_frame(image) for image in images]
    covers = [as_frame(mask) for mask in masks] if masks is not None else None
    shape = _common_shape(frames, covers)
    product_shape = orientation.shape_of_product(shape)
    if background is not None and background.shape != product_shape:
        raise ValueError(f"a background of {background.shape} for a product of {product_shape}")
    result = Combined(
        data=np.empty(product_shape, np.float32),
        error=np.empty(product_shape, np.float32),
        contributions=np.empty(product_shape, np.uint16),
        frames=len(frames),
    )
    planes = [orientation.of_frame(p) for p in (result.data, result.error, result.contributions)]
    below = None if background is None else orientation.of_frame(background)
    dtype = np.result_type(*(frame.dtype for frame in frames))
    if covers is not None and dtype.kind != "f":
        dtype = np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)
    step = max(1, strip_bytes // (len(frames) * shape[1] * dtype.itemsize))
    buffer = np.empty((len(frames), min(step, shape[0]) * shape[1]), dtype)
    for start in range(0, shape[0], step):
        stop = min(start + step, shape[0])
        size = (stop - start, shape[1])
        values = buffer[:, : size[0] * size[1]]
        for index, frame in enumerate(frames):
            pixels = values[index].reshape(size)
            pixels[...] = frame.rows(start, stop)
            if covers is not None:
                pixels[covers[index].rows(start, stop) != 0] = np.nan
        level = None if below is None else below[start:stop].reshape(-1)
        noise = None if variance is None else _Noise(variance, level)
        data, error, kept = _combine_strip(Stack.of(values), method, noise)
        if level is not None:
            data = data - level
        for plane, made in zip(planes, (data, error, kept), strict=True):
            plane[start:stop] = np.broadcast_to(made, values.shape[1]).reshape(size)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Noise:
    """The noise model of the pixels of a strip.

    Parameters
    ----------
    model : variance of a signal.
    level : background of each pixel, on which the signal stands; None for none.
    """

    model: Variance
    level: NDArray[Any] | None

    def variance(self, value: NDArray[Any]) -> NDArray[Any]:
        """Give the variance of a frame's pixel for a combined value."""
        return self.model(value if self.level is None else value - self.level)

    def pixels(self, index: NDArray[np.intp]) -> _Noise:
        """Take some of the pixels."""
        return _Noise(self.model, None if self.level is None else self.level[index])


def _common_shape(frames: Sequence[Frame], covers: Sequence[Frame] | None) -> tuple[int, int]:
    if not frames:
        raise ValueError("there is no image to combine")
    if covers is not None and len(covers) != len(frames):
        raise ValueError(f"{len(covers)} masks for {len(frames)} images")
    shapes = {frame.shape for frame in (*frames, *(covers or ()))}
    if len(shapes) > 1:
        raise ValueError(f"the images differ in shape: {', '.join(map(str, sorted(shapes)))}")
    ny, nx = shapes.pop()
    return ny, nx


def _combine_strip(stack: Stack, method: Method, noise: _Noise | None) -> _Strip:
    match method:
        case Mean():
            return _mean(stack, noise)
        case Median():
            data = stack.sort(middle_only=True).median()
            return data, _error(stack, data, noise, median=True), stack.kept
        case MinMax(low, high):
            return _mean(stack.sort().between(low, stack.count - high), noise)
        case KappaSigma():
            return _kappa_sigma(stack.sort(), method, noise)


def _mean(stack: Stack, noise: _Noise | None) -> _Strip:
    data = stack.mean()
    return data, _error(stack, data, noise), stack.kept


def _kappa_sigma(stack: Stack, method: KappaSigma, noise: _Noise | None) -> _Strip:
    centre = stack.median()
    sigma = np.sqrt(noise.variance(centre)) if noise else stack.quartile_sigma()
    lowest, highest = _bounds(centre, sigma, method)
    data, error, kept = _mean(stack, noise)
    # Most pixels have no outlier; those that have are gathered and worked on alone.
    pixels = np.flatnonzero((stack.lowest() < lowest) | (stack.highest() > highest))
    if pixels.size:
        theirs = noise.pixels(pixels) if noise else None
        few = _clipped(stack.pixels(pixels), lowest[pixels], highest[pixels], method, theirs)
        kept = np.array(np.broadcast_to(kept, data.shape))
        data[pixels], error[pixels], kept[pixels] = _mean(few, theirs)
    return data, error, kept


def _clipped(
    stack: Stack,
    lowest: NDArray[Any],
    highest: NDArray[Any],
    method: KappaSigma,
    noise: _Noise | None,
) -> Stack:
    for _ in range(method.iterations):
        before = stack.kept
        stack = stack.within(lowest, highest)
        changed = np.not_equal(stack.kept, before)
        if not changed.any():
            break
        centre = stack.mean()
        sigma = np.sqrt(noise.variance(centre) if noise else stack.sample_variance(centre))
        # A pixel that has settled stays, however long its neighbours in the strip take.
        lowest, highest = _bounds(centre, np.where(changed, sigma, np.inf), method)
    return stack


def _bounds(
    centre: NDArray[Any], sigma: NDArray[Any], method: KappaSigma
) -> tuple[NDArray[Any], NDArray[Any]]:
    if np.isnan(sigma).any():
        sigma = np.where(np.isnan(sigma), np.inf, sigma)  # a single value is no outlier
    # The mean of equal values may be rounded; that must not reject them.
    rounding = np.abs(centre)
    rounding *= np.finfo(np.float32).eps
    below = method.low * sigma
    below += rounding
    above = below if method.high == method.low else method.high * sigma + rounding
    return centre - below, centre + above


def _error(
    stack: Stack, data: NDArray[Any], noise: _Noise | None, *, median: bool = False
) -> NDArray[Any]:
    """Give the standard deviation of the combined values, see the table above."""
    spread = noise.variance(data) if noise else stack.sample_variance(data)
    kept = np.asarray(stack.kept)
    factor = np.where(kept > 2, np.pi / 2, 1.0) if median else 1.0
    error = np.sqrt(spread * np.asarray(factor / np.maximum(kept, 1), spread.dtype))
    return np.where(kept > 0, error, np.nan) if kept.ndim else error
