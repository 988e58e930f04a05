"""What changes slowly over an image is its trend, what changes fast is not."""

import numpy as np
import pytest

from dfs.algorithms.trend import large_scale_trend


def test_a_plane_is_its_own_trend_up_to_the_edges():
    y, x = np.mgrid[0:90, 0:130]
    plane = (1000 + 2.0 * x - 3.0 * y).astype(np.float32)
    assert large_scale_trend(plane, box=(20, 25)) == pytest.approx(plane, rel=1e-5)


def test_the_illumination_is_told_from_noise_stars_and_bad_columns():
    rng = np.random.default_rng(1)
    y, x = np.mgrid[-1:1:200j, -1:1:300j]
    light = 1.0 - 0.1 * (x**2 + y**2)
    image = light * rng.normal(1.0, 0.01, light.shape)
    image[:, 100] = 0.0
    image[50:56, 50:56] = 10.0
    image[0, 0] = np.nan
    assert large_scale_trend(image, box=(25, 25)) == pytest.approx(light, abs=0.01)


def test_a_box_without_a_value_takes_the_median_of_the_others():
    image = np.full((40, 40), 7.0)
    image[:20, :20] = np.nan
    assert large_scale_trend(image, box=(20, 20)) == pytest.approx(np.full((40, 40), 7.0))


def test_an_image_smaller_than_a_box_has_one_level():
    assert (large_scale_trend(np.full((5, 7), 3, np.uint16), box=(50, 50)) == 3.0).all()


@pytest.mark.parametrize(("level", "box"), [(np.nan, (4, 4)), (1.0, (0, 4))])
def test_nothing_to_measure_is_an_error(level, box):
    with pytest.raises(ValueError, match=r"finite|none"):
        large_scale_trend(np.full((8, 8), level), box=box)
