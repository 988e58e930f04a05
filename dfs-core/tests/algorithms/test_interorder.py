"""The light between orders is found below them."""

from __future__ import annotations

import numpy as np
import pytest

from dfs.algorithms.interorder import interorder_background

NY, NX, SPACING, COLUMNS = 400, 600, 40, 20


def orders() -> tuple[np.ndarray, np.ndarray]:
    """Give an image of tilted orders, and the lines between them in the sampled columns."""
    y, x = np.mgrid[:NY, :NX]
    phase = (y - 0.02 * x + SPACING / 2) % SPACING - SPACING / 2
    columns = (np.arange(COLUMNS) + 0.5) * NX / COLUMNS - 0.5
    middles = np.arange(-SPACING / 2, NY + SPACING, SPACING)[:, np.newaxis] + 0.02 * columns
    return np.where(np.abs(phase) < 10, 1000.0, 0.0), middles


@pytest.mark.parametrize("method", ["median", "minimum"])
def test_a_tilted_plane_of_scattered_light_is_recovered(method) -> None:
    light, between = orders()
    y, x = np.mgrid[:NY, :NX]
    scattered = 5.0 + 0.01 * x + 0.02 * y
    background = interorder_background(
        (light + scattered).astype(np.float32), between, method=method, smooth=(10, 15)
    )
    inside = np.s_[20:-20, 30:-30]
    lower = 0.02 * 2 + 0.01 * 15 if method == "minimum" else 0.0
    assert np.allclose(background[inside], scattered[inside] - lower, atol=0.06)
    # At the edges the box is cut off, so its mean is that of pixels further inside.
    assert np.abs(background - scattered + lower).max() < 0.4


def test_noise_and_a_cosmic_ray_hardly_matter() -> None:
    light, between = orders()
    noise = np.random.default_rng(1).normal(5.0, 3.0, light.shape)
    image = (light + noise).astype(np.float32)
    image[int(between[3, 5]), int(5.5 * NX / COLUMNS)] = 50_000
    background = interorder_background(image, between, smooth=(40, 40))
    assert np.abs(background - 5.0).max() < 0.6


def test_a_column_without_lines_is_told() -> None:
    with pytest.raises(ValueError, match="only 0 of the lines cross column 14"):
        interorder_background(np.zeros((50, 60)), np.full((3, 2), 99.0), smooth=(1, 1))
