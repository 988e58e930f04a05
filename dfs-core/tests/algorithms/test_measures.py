"""Noise, levels, structure and bad pixels come out as they were put in."""

from __future__ import annotations

import numpy as np
import pytest

from dfs.algorithms.badpixels import (
    deviating_pixels,
    interpolated,
    local_statistics,
    low_efficiency_pixels,
)
from dfs.algorithms.frames import ArrayFrame, MappedFrame, as_frame
from dfs.algorithms.image import Image, QualityFlag
from dfs.algorithms.noise import NoiseModel, conversion_factor, read_noise
from dfs.algorithms.overscan import overscan_corrected, overscan_level
from dfs.algorithms.regions import Region, areas_along_x, areas_along_y
from dfs.algorithms.statistics import (
    clipped,
    fixed_pattern_noise,
    mad_sigma,
    median,
    structure,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def as_adu(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image), 0, 65535).astype(np.uint16)


def test_areas_are_given_in_binned_pixels():
    areas = areas_along_x((100, 60), prescan=10, overscan=15, binning=2)
    assert areas.prescan == Region.of(0, 100, 0, 5)
    assert areas.data == Region.of(0, 100, 5, 52)
    assert areas.overscan == Region.of(0, 100, 52, 60)
    assert areas_along_x((100, 60), prescan=0, overscan=0).overscan is None
    with pytest.raises(ValueError, match="leave no data"):
        areas_along_x((100, 60), prescan=30, overscan=30)


def test_an_output_is_parted_along_y_like_along_x():
    areas = areas_along_y((60, 100), prescan=10, overscan=15, binning=2)
    assert areas.data == Region.of(5, 52, 0, 100)
    assert areas.prescan == Region.of(0, 5, 0, 100)
    assert areas.overscan == Region.of(52, 60, 0, 100)
    assert areas_along_y((60, 100), prescan=0, overscan=0).prescan is None
    with pytest.raises(ValueError, match="of 60 rows"):
        areas_along_y((60, 100), prescan=30, overscan=30)


@pytest.mark.parametrize("bounds", [(0, 5, 0, 11), (-1, 5, 0, 5), (3, 3, 0, 5)])
def test_a_region_must_lie_within_its_image(bounds):
    with pytest.raises(ValueError, match="is not within"):
        Region.of(*bounds).check_within((10, 10))


@pytest.mark.parametrize(
    ("options", "accuracy"),
    [({"method": "polynomial", "degree": 2}, 0.5), ({"box": 15}, 0.9), ({"method": "median"}, 5.0)],
)
def test_the_overscan_follows_a_drifting_bias(rng, options, accuracy):
    y = np.linspace(-1, 1, 400)
    drift = 200 + 5 * y + 3 * y**2
    raw = as_adu(rng.normal(drift[:, None], 4, (400, 90)))
    raw[:, 10:70] += 1000
    areas = areas_along_x(raw.shape, prescan=10, overscan=20)
    level = overscan_level(raw, areas.overscan, **options)
    assert level.rows[20:-20] == pytest.approx(drift[20:-20], abs=accuracy)
    assert level.level == pytest.approx(drift.mean(), abs=0.3)
    corrected = overscan_corrected(raw, level, areas.data)
    assert corrected.shape == (400, 60)
    assert corrected.rows(100, 300).mean() == pytest.approx(1000, abs=0.5)


def test_a_constant_overscan_gives_level_and_noise(rng):
    raw = as_adu(rng.normal(300, 5, (300, 50)))
    level = overscan_level(raw, Region.of(0, 300, 30, 50), method="constant")
    assert np.ptp(level.rows) == 0
    assert level.level == pytest.approx(300, abs=0.3)
    assert level.noise == pytest.approx(5, rel=0.05)
    with pytest.raises(ValueError, match="300 levels for 200 rows"):
        overscan_corrected(raw[:200], level, Region.of(0, 200, 0, 30))
    with pytest.raises(ValueError, match="not odd"):
        overscan_level(raw, Region.of(0, 300, 30, 50), box=4)


def test_the_noise_of_a_detector_is_measured_from_pairs(rng):
    conversion, ron = 1.8, 3.5

    def expose(electrons: float) -> np.ndarray:
        light = rng.poisson(electrons, (300, 300)) / conversion
        return as_adu(light + rng.normal(200, ron, (300, 300)))

    biases, flats = (expose(0), expose(0)), (expose(30000), expose(30000))
    biases[0][10, 10:20] = 60000  # a cosmic ray
    assert read_noise(*biases) == pytest.approx(ron, rel=0.02)
    assert conversion_factor(flats, biases) == pytest.approx(conversion, rel=0.03)
    variance = NoiseModel(ron, conversion).variance(30000 / conversion)
    assert read_noise(*flats) == pytest.approx(float(np.sqrt(variance)), rel=0.02)
    with pytest.raises(ValueError, match="no noisier"):
        conversion_factor(biases, biases)


def test_a_dark_signal_below_zero_has_read_noise_only():
    assert NoiseModel(4.0, 2.0).variance(np.array([-10.0, 0.0, 8.0])) == pytest.approx([16, 16, 20])
    assert NoiseModel(4.0).variance(np.array([1000.0])) == pytest.approx([16])


def test_statistics_do_not_see_outliers(rng):
    values = rng.normal(50, 2, 20000)
    values[:100] = 1e4
    values[100] = np.nan
    result = clipped(values)
    assert result.mean == pytest.approx(50, abs=0.1)
    assert result.sigma == pytest.approx(2, rel=0.03)
    assert 19700 < result.used <= 19899
    assert mad_sigma(values) == pytest.approx(2, rel=0.05)
    assert clipped(np.array([7, 7, 7, 7, 9])).sigma > 0
    assert np.isnan(mad_sigma(np.array([np.nan])))
    with pytest.raises(ValueError, match="no finite value"):
        clipped(np.array([np.nan]))


@pytest.mark.parametrize("sigma", [0.8, 1.2, 2.06, 3.8])
def test_the_noise_of_whole_adu_is_not_clipped_away(rng, sigma):
    # The median absolute deviation of whole ADU is 1, 2 … ADU, far from that of the noise.
    values = as_adu(rng.normal(160, sigma, 200_000))
    assert clipped(values).sigma == pytest.approx(float(np.hypot(sigma, 12**-0.5)), rel=0.005)


def test_bad_columns_are_no_structure(rng):
    image = rng.normal(160, 2, (400, 500)) + np.linspace(-0.5, 0.5, 500)
    image[:, [30, 200, 411]] += 40
    assert structure(image, axis=1).sigma == pytest.approx(1 / np.sqrt(12), rel=0.1)


def test_structure_is_slope_and_scatter_of_the_profile():
    y, x = np.mgrid[0:50, 0:80]
    image = 100 + 0.5 * x - 0.25 * y
    assert structure(image, axis=1).slope == pytest.approx(0.5)
    assert structure(image, axis=0).slope == pytest.approx(-0.25)
    assert structure(np.ones((5, 5)), axis=0).sigma == 0


def test_a_fixed_pattern_is_told_from_random_noise(rng):
    pattern = rng.normal(0, 3, (300, 300))
    image = 200 + pattern + rng.normal(0, 4, (300, 300))
    assert fixed_pattern_noise(image, 4.0) == pytest.approx(3, rel=0.1)
    assert fixed_pattern_noise(image, 6.0) == 0


def test_hot_and_dead_pixels_are_found_on_a_gradient(rng):
    y, x = np.mgrid[0:200, 0:200]
    image = (x + y + rng.normal(0, 2, (200, 200))).astype(np.float32)
    image[50, 60] += 500
    image[150, 20] -= 500
    low, high = deviating_pixels(image, kappa=6, tile=20)
    assert list(zip(*np.nonzero(high), strict=True)) == [(50, 60)]
    assert list(zip(*np.nonzero(low), strict=True)) == [(150, 20)]
    flat_low, flat_high = deviating_pixels(np.ones((9, 9), np.uint16), floor=1)
    assert not (flat_low | flat_high).any()


def test_insensitive_pixels_are_found_in_a_flat(rng):
    flat = rng.normal(1000, 10, (64, 64))
    flat[5, 6] = 300
    assert np.argwhere(low_efficiency_pixels(flat)).tolist() == [[5, 6]]


def test_bad_pixels_are_filled_along_their_row():
    image = np.array([[1.0, 9.0, 9.0, 4.0], [9.0, 2.0, 2.0, 9.0], [9.0, 9.0, 9.0, 9.0]])
    filled = interpolated(image, image == 9.0)
    assert filled[:2].tolist() == [[1, 2, 3, 4], [2, 2, 2, 2]]
    assert np.isnan(filled[2]).all()


def test_a_frame_is_worked_on_when_its_rows_are_asked_for():
    asked = []

    def double(rows: np.ndarray, first: int) -> np.ndarray:
        asked.append((first, len(rows)))
        return rows.astype(np.float32) * 2

    frame = MappedFrame(as_frame(np.arange(12).reshape(4, 3)), double)
    assert asked == []
    assert frame.rows(1, 3).tolist() == [[6, 8, 10], [12, 14, 16]]
    assert asked == [(1, 2)]
    assert as_frame(frame) is frame
    assert isinstance(as_frame(np.zeros((2, 2))), ArrayFrame)


def test_errors_and_flags_go_through_arithmetic(rng):
    shape = (200, 200)
    first = Image.of(rng.normal(1000, 10, shape), 10.0)
    second = Image.of(rng.normal(500, 8, shape), 8.0, QualityFlag.HOT)
    difference, quotient = first.subtract(second), first.divide(second)
    assert float(difference.error.mean()) == pytest.approx(difference.data.std(), rel=0.03)
    assert float(quotient.error.mean()) == pytest.approx(quotient.data.std(), rel=0.03)
    assert np.all(difference.quality == QualityFlag.HOT)
    scaled = first.scale(-2.0)
    assert np.all(scaled.error == 20)


def test_dividing_by_zero_leaves_no_data():
    quotient = Image.of(np.ones((1, 2)), 1.0).divide(Image.of(np.array([[0.0, 2.0]]), 1.0))
    assert np.isnan(quotient.data[0, 0])
    assert quotient.quality.tolist() == [[QualityFlag.NO_DATA, 0]]
    assert quotient.data.dtype == np.float32


def test_a_flat_is_normalised_by_its_good_pixels():
    flat = Image.of(np.array([[100.0, 100.0, 9000.0]]), 10.0, np.array([[0, 0, 256]]))
    normalised, level = flat.normalise()
    assert level == 100
    assert normalised.data.tolist() == [[1, 1, 90]]
    assert normalised.error[0, 0] == pytest.approx(0.1)
    with pytest.raises(ValueError, match="0 good pixels"):
        flat.flagged(np.ones((1, 3), bool), QualityFlag.DEAD).normalise()


def test_planes_of_different_shapes_are_no_image():
    with pytest.raises(ValueError, match="differ in shape"):
        Image(
            np.zeros((2, 2), np.float32), np.zeros((2, 3), np.float32), np.zeros((2, 2), np.int32)
        )


@pytest.mark.parametrize("size", [1, 2, 1001, 300_000, 300_001])
@pytest.mark.parametrize("kind", ["float", "few values", "sorted", "almost all equal"])
def test_the_median_is_exact_however_many_values_there_are(size: int, kind: str) -> None:
    generator = np.random.default_rng(size)
    values = generator.normal(100.0, 5.0, size).astype(np.float32)
    match kind:
        case "few values":
            values = np.rint(values).astype(np.uint16)
        case "sorted":
            values = np.sort(values)
        case "almost all equal":
            values = np.where(np.arange(size) % 50, np.float32(7.5), values)
    assert median(values) == np.median(values.astype(np.float64))


def test_a_median_that_the_sample_misses_is_exact_all_the_same() -> None:
    values = np.arange(400_000, dtype=np.float32)
    values[:: (values.size // (1 << 15)) | 1] = -1.0  # all that is looked at first
    assert median(values) == np.median(values)


def test_large_and_small_integers_are_clipped_alike() -> None:
    values = np.random.default_rng(3).normal(1000.0, 5.0, 50_000)
    whole = np.rint(values)
    whole[::1000] = 0
    wanted = clipped(whole)
    for dtype in (np.uint16, np.int32, np.float32):
        found = clipped(whole.astype(dtype))
        assert found.used == wanted.used
        assert found.median == wanted.median
        assert found.mean == pytest.approx(wanted.mean, rel=1e-7)
        assert found.sigma == pytest.approx(wanted.sigma, rel=1e-6)


def test_a_tile_is_known_by_its_rows_even_where_pixels_are_missing() -> None:
    image = np.random.default_rng(4).normal(50.0, 2.0, (200, 150)).astype(np.float32)
    image[:64, :64] = np.nan
    image[100, 100] = 90.0
    level, sigma = local_statistics(image, tile=64)
    assert level.shape == sigma.shape == (4, 3)
    assert np.isnan(level[0, 0])
    assert np.nanmax(np.abs(level - 50.0)) < 0.5
    assert np.nanmax(np.abs(sigma / 2.0 - 1.0)) < 0.25
    low, high = deviating_pixels(image, kappa=8)
    assert not low.any()
    assert np.argwhere(high).tolist() == [[100, 100]]
