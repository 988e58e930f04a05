"""Stacks are what the plain formula says, whatever the strips, types and gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from dfs.algorithms.combine import Combined, KappaSigma, Mean, Median, MinMax, combine
from dfs.algorithms.frames import trimmed, without
from dfs.algorithms.noise import NoiseModel
from dfs.algorithms.regions import Region
from dfs.algorithms.sorting import network, sorted_stack
from dfs.foundation.fits.pixels import open_image
from dfs.foundation.fits.write import Hdu, write_fits

integers = nst.arrays(
    st.sampled_from([np.uint8, np.int16, np.uint16]),
    st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 5)),
)
floats = nst.arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 5)),
    elements=st.one_of(st.floats(-1000, 1000, width=16), st.just(float("nan"))),
)
cubes = st.one_of(integers, floats)
strips = st.sampled_from([1, 100, 1 << 20])
quiet = settings(deadline=None)


def plain_nan(function, cube: np.ndarray) -> np.ndarray:
    """Apply a function to the finite values of each pixel; NaN where there are none."""
    out = np.full(cube.shape[1:], np.nan)
    for index in np.ndindex(out.shape):
        values = np.sort(cube[(slice(None), *index)].astype(float))
        values = values[np.isfinite(values)]
        out[index] = function(values)
    return out


def same(result: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-3)


@given(st.integers(0, 40), st.data())
def test_a_network_sorts_everything(count, data):
    ranks = data.draw(st.none() | st.frozensets(st.integers(0, max(0, count - 1)), max_size=3))
    # A network that sorts every sequence of zeros and ones sorts everything (Knuth, 5.3.4 Z).
    values = np.random.default_rng(count).integers(0, 2, (count, 500))
    rows = sorted_stack(values.copy(), ranks)
    expected = np.sort(values, axis=0)
    for rank in range(count) if ranks is None else ranks & set(range(count)):
        assert np.array_equal(rows[rank], expected[rank])


def test_the_median_needs_fewer_comparisons_than_sorting():
    assert len(network(9, frozenset({4}))) < len(network(9))
    assert network(1) == ()


@quiet
@given(cubes, strips)
def test_the_median_is_the_median(cube, strip_bytes):
    before = cube.copy()
    result = combine(list(cube), Median(), strip_bytes=strip_bytes)
    same(result.data, plain_nan(lambda v: np.median(v) if v.size else np.nan, cube))
    assert result.data.dtype == result.error.dtype == np.float32
    assert np.array_equal(result.contributions, np.isfinite(cube).sum(axis=0))
    assert np.array_equal(cube, before, equal_nan=cube.dtype.kind == "f")  # inputs stay


@quiet
@given(cubes, strips)
def test_the_mean_is_the_mean_and_its_error_the_standard_error(cube, strip_bytes):
    result = combine(list(cube), Mean(), strip_bytes=strip_bytes)
    same(result.data, plain_nan(lambda v: v.mean() if v.size else np.nan, cube))
    same(
        result.error,
        plain_nan(lambda v: v.std(ddof=1) / np.sqrt(v.size) if v.size > 1 else np.nan, cube),
    )


@quiet
@given(cubes, strips, st.integers(0, 2), st.integers(0, 2))
def test_min_max_leaves_the_extremes_out(cube, strip_bytes, low, high):
    result = combine(list(cube), MinMax(low, high), strip_bytes=strip_bytes)
    kept = lambda v: v[low : max(low, v.size - high)]  # noqa: E731
    same(result.data, plain_nan(lambda v: kept(v).mean() if kept(v).size else np.nan, cube))
    expected = plain_nan(lambda v: kept(v).size, cube)
    assert np.array_equal(result.contributions, expected)
    assert result.rejected == cube.size - expected.sum()


def clip_plainly(values: np.ndarray, sigma: float, kappa: float, iterations: int) -> np.ndarray:
    centre = np.median(values) if values.size else np.nan
    for _ in range(iterations):
        tolerance = kappa * sigma + abs(centre) * np.finfo(np.float32).eps
        kept = values[np.abs(values - centre) <= tolerance]
        if kept.size in {0, values.size}:
            break
        values, centre = kept, kept.mean() if kept.size else np.nan
    return values


@quiet
@given(cubes, strips)
def test_kappa_sigma_with_a_noise_model(cube, strip_bytes):
    def constant(level: np.ndarray) -> np.ndarray:
        return np.full_like(level, 25.5**2)

    result = combine(list(cube), KappaSigma(2, 2), variance=constant, strip_bytes=strip_bytes)
    clip = lambda v: clip_plainly(v, 25.5, 2, 5)  # noqa: E731
    same(result.data, plain_nan(lambda v: clip(v).mean() if clip(v).size else np.nan, cube))
    sizes = plain_nan(lambda v: clip(v).size, cube)
    assert np.array_equal(result.contributions, sizes)
    expected = np.where(sizes > 0, 25.5 / np.sqrt(np.maximum(sizes, 1)), np.nan)
    same(result.error, expected)


@quiet
@given(cubes, strips)
def test_kappa_sigma_without_one_keeps_at_least_a_value_of_every_pixel(cube, strip_bytes):
    result = combine(list(cube), KappaSigma(1, 1), strip_bytes=strip_bytes)
    some = np.isfinite(cube).any(axis=0)
    assert np.array_equal(result.contributions > 0, some)
    assert np.array_equal(np.isfinite(result.data), some)


def test_kappa_sigma_rejects_cosmic_rays_and_little_else():
    rng = np.random.default_rng(5)
    cube = rng.normal(200, 4, (15, 60, 50)).round().astype(np.uint16)
    hits = rng.integers(0, 3000, 40)
    cube.reshape(15, -1)[rng.integers(0, 15, 40), hits] += 5000
    measured = combine(list(cube), KappaSigma(5, 5))
    modelled = combine(list(cube), KappaSigma(5, 5), variance=NoiseModel(4.0).variance)
    for result in (measured, modelled):
        assert np.abs(result.data - 200).max() < 6
        assert len(np.unique(hits)) <= result.rejected
    assert modelled.rejected < 60


@pytest.mark.parametrize("method", [Mean(), Median(), MinMax(), KappaSigma()])
def test_errors_are_those_of_many_trials(method):
    rng = np.random.default_rng(6)
    cube = rng.normal(100, 5, (21, 100, 100)).astype(np.float32)
    for variance in (None, NoiseModel(5.0).variance):
        result = combine(list(cube), method, variance=variance)
        truth = float((result.data - 100).std())
        assert float(result.error.mean()) == pytest.approx(truth, rel=0.16)


@quiet
@given(integers, st.data())
def test_a_mask_does_what_nan_does(cube, data):
    bad = data.draw(nst.arrays(np.bool_, cube.shape))
    holed = cube.astype(np.float32)
    holed[bad] = np.nan
    for method in (Mean(), Median(), MinMax(), KappaSigma()):
        masked = combine(list(cube), method, masks=list(bad))
        missing = combine(list(holed), method)
        for name in ("data", "error", "contributions"):
            np.testing.assert_array_equal(getattr(masked, name), getattr(missing, name))


def test_files_arrays_and_trimmed_frames_combine_alike(tmp_path):
    rng = np.random.default_rng(7)
    cube = rng.integers(0, 65535, (5, 30, 20)).astype(np.uint16)
    region = Region.of(3, 28, 2, 19)
    sources = []
    for i, frame in enumerate(cube):
        write_fits(tmp_path / f"{i}.fits", [Hdu({}, frame)])
        sources.append(trimmed(open_image(tmp_path / f"{i}.fits"), region))
    from_files = combine(sources, Median(), strip_bytes=700)
    expected = np.median(cube[:, 3:28, 2:19], axis=0).astype(np.float32)
    assert np.array_equal(from_files.data, expected)


def test_what_cannot_be_combined():
    image = np.zeros((3, 4), np.uint16)
    with pytest.raises(ValueError, match="no image"):
        combine([], Mean())
    with pytest.raises(ValueError, match="differ in shape"):
        combine([image, image.T], Mean())
    with pytest.raises(ValueError, match="1 masks for 2"):
        combine([image, image], Mean(), masks=[image])


def test_a_single_frame_has_no_measured_error():
    result = combine([np.full((2, 2), 7, np.uint16)], Median())
    assert isinstance(result, Combined)
    assert np.all(result.data == 7)
    assert np.isnan(result.error).all()


def test_a_frame_without_its_background_is_scaled_as_its_rows_are_read():
    raw = np.full((4, 3), 150, np.uint16)
    bias = np.arange(12, dtype=np.float32).reshape(4, 3)
    frame = without(raw, bias, scale=2.0)
    np.testing.assert_array_equal(frame.rows(2, 4), 2.0 * (150.0 - bias[2:4]))
    np.testing.assert_array_equal(without(raw, 200.0).rows(0, 1), [[-50.0] * 3])
    assert frame.rows(0, 1).dtype == np.float32
    with pytest.raises(ValueError, match=r"\(2, 3\) for a frame of \(4, 3\)"):
        without(raw, bias[:2])
