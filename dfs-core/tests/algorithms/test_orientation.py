"""Products lie as they are told to, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.algorithms.combine import KappaSigma, Mean, Median, MinMax, combine
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.orientation import Orientation

ORIENTATIONS = [Orientation(turns, flip) for turns in range(4) for flip in (False, True)]


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_what_is_turned_is_turned_back(orientation: Orientation) -> None:
    frame = np.arange(15).reshape(3, 5)
    product = orientation.of_product(frame)
    assert product.shape == orientation.shape_of_product(frame.shape)
    assert np.array_equal(orientation.of_frame(product), frame)
    assert np.shares_memory(product, frame)


def test_there_are_eight_ways_to_lie() -> None:
    frame = np.arange(16).reshape(4, 4)
    assert len({orientation.of_product(frame).tobytes() for orientation in ORIENTATIONS}) == 8


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_a_stack_is_turned_as_it_is_combined(orientation: Orientation) -> None:
    frames = [np.random.default_rng(k).integers(0, 99, (7, 5)).astype(np.uint16) for k in range(4)]
    plain = combine(frames, Median())
    turned = combine(frames, Median(), orientation=orientation, strip_bytes=100)
    for plane in ("data", "error", "contributions"):
        expected = orientation.of_product(getattr(plain, plane))
        assert np.array_equal(getattr(turned, plane), expected)
        assert getattr(turned, plane).flags.c_contiguous


@given(st.integers(0, 2**32 - 1), st.sampled_from([Mean(), Median(), MinMax(), KappaSigma()]))
def test_a_background_of_all_frames_may_be_subtracted_afterwards(seed: int, method) -> None:
    generator = np.random.default_rng(seed)
    signal, level = generator.uniform(0, 500, (6, 9)), generator.uniform(100, 300, (6, 9))
    frames = [np.rint(generator.poisson(signal) + level).astype(np.uint16) for _ in range(7)]
    frames[2][3, 4] = 60000  # a cosmic ray, which κ-σ has to judge by the light alone
    level = level.astype(np.float32)
    noise = NoiseModel(3.0, 1.0)
    before = combine([frame - level for frame in frames], method, variance=noise.variance)
    after = combine(frames, method, variance=noise.variance, background=level)
    assert np.allclose(after.data, before.data, atol=1e-3)
    assert np.allclose(after.error, before.error, rtol=1e-5)
    assert np.array_equal(after.contributions, before.contributions)


def test_a_background_lies_like_the_product() -> None:
    frames = [np.full((3, 5), 10.0, np.float32)] * 2
    turned = Orientation(quarter_turns=1)
    level = np.arange(15, dtype=np.float32).reshape(5, 3)
    combined = combine(frames, Mean(), background=level, orientation=turned)
    assert np.array_equal(combined.data, 10 - level)
    with pytest.raises(ValueError, match="background of"):
        combine(frames, Mean(), background=level.T, orientation=turned)
