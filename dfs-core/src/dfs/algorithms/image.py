"""Data with their error and quality, and arithmetic that carries both along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Image", "QualityFlag", "flags"]


class QualityFlag(IntFlag):
    """Why a pixel is not to be trusted; zero is good.

    The values are those of the Euro3D data format (Kissler-Patig et al. 2004,
    AN 325, 159), which ESO's science products use.
    """

    GOOD = 0
    COSMIC_RAY_REMOVED = 1 << 4
    COSMIC_RAY = 1 << 5
    LOW_EFFICIENCY = 1 << 6
    CALIBRATION_DEFECT = 1 << 7
    HOT = 1 << 8
    DARK = 1 << 9
    QUESTIONABLE = 1 << 10
    SATURATED_WELL = 1 << 11
    SATURATED_CONVERTER = 1 << 12
    DEAD = 1 << 13
    OTHER = 1 << 14
    NO_DATA = 1 << 30


def flags(where: NDArray[np.bool_], flag: QualityFlag) -> NDArray[np.signedinteger[Any]]:
    """Make a plane of flags in which one is set where it is true.

    Parameters
    ----------
    where : any shape.
    flag : the reason.

    Returns
    -------
    ndarray
        Of the shape of ``where``, int16 if that holds the flag, else int32.
    """
    dtype = np.int16 if flag <= np.iinfo(np.int16).max else np.int32
    return np.multiply(where, dtype(flag), dtype=dtype)


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """An image whose every pixel knows its error and its flags.

    Errors of two images are taken as independent. Pixels without a value become
    NaN with :attr:`QualityFlag.NO_DATA`.

    Parameters
    ----------
    data : (ny, nx), float32.
    error : (ny, nx), float32, one standard deviation in the unit of the data.
    quality : (ny, nx), int32, :class:`QualityFlag` or'ed.
    """

    data: NDArray[np.float32]
    error: NDArray[np.float32]
    quality: NDArray[np.int32]

    def __post_init__(self) -> None:
        if not self.data.shape == self.error.shape == self.quality.shape:
            raise ValueError(
                f"data, error and quality differ in shape: "
                f"{self.data.shape}, {self.error.shape}, {self.quality.shape}"
            )

    @classmethod
    def of(
        cls,
        data: NDArray[Any],
        error: NDArray[Any] | float = 0.0,
        quality: NDArray[Any] | int = 0,
    ) -> Image:
        """Make an image of arrays or single numbers; copies only where the type differs."""
        return cls(
            _plane(data, data.shape, np.float32),
            _plane(error, data.shape, np.float32),
            _plane(quality, data.shape, np.int32),
        )

    def subtract(self, other: Image) -> Image:
        """Subtract pixel by pixel: σ² = σ₁² + σ₂²."""
        return Image(
            self.data - other.data,
            np.hypot(self.error, other.error),
            self.quality | other.quality,
        )

    def divide(self, other: Image) -> Image:
        """Divide pixel by pixel: σ² = (σ₁² + q² σ₂²) / d₂², q the quotient.

        Where the divisor is zero the pixel has no data.
        """
        divisor = other.data.copy()
        divisor[divisor == 0] = np.nan
        quotient = self.data / divisor
        error = np.hypot(self.error, quotient * other.error) / np.abs(divisor)
        return Image(quotient, error, self.quality | other.quality).missing_flagged()

    def scale(self, factor: float) -> Image:
        """Multiply by a number known without error."""
        number = np.float32(factor)
        return Image(self.data * number, self.error * abs(number), self.quality)

    def normalise(
        self, level: Callable[[NDArray[np.float32]], Any] = np.median
    ) -> tuple[Image, float]:
        """Divide by the level of the good pixels, whose own error is neglected.

        Parameters
        ----------
        level : what is taken of the good pixels.

        Returns
        -------
        tuple
            The image and the level it was divided by.

        Raises
        ------
        ValueError
            No pixel is good, or the level is zero.
        """
        good = self.data[self.quality == QualityFlag.GOOD]
        value = float(level(good)) if good.size else 0.0
        if value == 0.0 or not np.isfinite(value):
            raise ValueError(f"an image of {good.size} good pixels has no level to divide by")
        return self.scale(1.0 / value), value

    def flagged(self, where: NDArray[np.bool_], flag: QualityFlag) -> Image:
        """Set a flag where it is true."""
        quality = self.quality.copy()
        quality[where] |= np.int32(flag)
        return Image(self.data, self.error, quality)

    def missing_flagged(self) -> Image:
        """Flag what has no value as :attr:`QualityFlag.NO_DATA`."""
        return self.flagged(~np.isfinite(self.data), QualityFlag.NO_DATA)


def _plane(values: NDArray[Any] | float, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    plane = np.asarray(values, dtype)
    return plane if plane.shape == shape else np.full(shape, plane, dtype)
