"""What noise to expect, and how to measure a detector's.

Source: Janesick 2001, Scientific Charge-Coupled Devices, SPIE, chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.statistics import clipped, clipped_sigma

__all__ = ["NoiseModel", "conversion_factor", "read_noise"]


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """Noise of a single exposure: read noise and photon noise.

    Parameters
    ----------
    read_noise_adu : standard deviation of a pixel without light, ADU.
    conversion_e_per_adu : electrons per ADU; infinity for a frame without light.
    """

    read_noise_adu: float
    conversion_e_per_adu: float = float("inf")

    def variance(self, signal: NDArray[Any] | float) -> NDArray[np.float32]:
        """Give the variance of a pixel of this signal, ADU²: σ² = ron² + signal / conversion.

        Parameters
        ----------
        signal : light and dark current above the bias level, ADU; below zero counts as zero.
        """
        read_noise = np.float32(self.read_noise_adu**2)
        if self.conversion_e_per_adu == float("inf"):
            return np.broadcast_to(read_noise, np.shape(signal))
        variance = np.asarray(np.maximum(np.asarray(signal, np.float32), 0))
        variance *= np.float32(1.0 / self.conversion_e_per_adu)
        variance += read_noise
        return variance


def read_noise(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Measure the read noise from two frames of the same level, e.g. two bias frames.

    In their difference the fixed pattern cancels and the noise is √2 times that of
    one; outliers such as cosmic rays are clipped.

    Parameters
    ----------
    first, second : (ny, nx), ADU.

    Returns
    -------
    float
        Standard deviation of a pixel of one frame, ADU.
    """
    return clipped_sigma(_difference(first, second)) / float(np.sqrt(2.0))


def conversion_factor(
    flats: tuple[NDArray[Any], NDArray[Any]], biases: tuple[NDArray[Any], NDArray[Any]]
) -> float:
    """Measure electrons per ADU by photon transfer from two flats and two biases.

    K = ((F₁ + F₂) - (B₁ + B₂)) / (σ²(F₁ - F₂) - σ²(B₁ - B₂)), with clipped means.

    Parameters
    ----------
    flats : two evenly lit frames of the same exposure, (ny, nx), ADU.
    biases : two bias frames of the same area, ADU.

    Returns
    -------
    float
        Conversion factor, e-/ADU.

    Raises
    ------
    ValueError
        The flats are no noisier than the biases.
    """
    signal = sum(clipped(flat).mean for flat in flats) - sum(clipped(bias).mean for bias in biases)
    variance = clipped_sigma(_difference(*flats)) ** 2 - clipped_sigma(_difference(*biases)) ** 2
    if variance <= 0:
        raise ValueError("the flats are no noisier than the biases")
    return signal / variance


def _difference(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(np.subtract(first, second, dtype=np.float32))
