"""What the pictures show is what numpy says of the whole image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dfs.foundation.errors import UserError
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.quality.report import survey as module
from dfs.quality.report.survey import PlaneRole, survey, survey_product


class Strips:
    """An image in memory that is read like one on disk."""

    def __init__(self, data: NDArray[Any], name: str = "") -> None:
        self.data, self.name = data, name
        self.shape, self.dtype = data.shape, data.dtype
        self.longest = 0

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        self.longest = max(self.longest, (stop - start) * self.shape[1])
        return self.data[start:stop].copy()


@given(
    shape=st.tuples(st.integers(1, 700), st.integers(1, 40)),
    strip=st.sampled_from([1, 50, 1000, 1 << 20]),
    turned=st.booleans(),
    seed=st.integers(0, 99),
)
def test_figures_do_not_depend_on_the_strips(
    shape: tuple[int, int], strip: int, turned: bool, seed: int
) -> None:
    data = np.random.default_rng(seed).normal(100.0, 5.0, shape[::-1] if turned else shape)
    data = data.astype(np.float32)
    data.flat[:: max(2, data.size // 3)] = np.nan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRIP_PIXELS", strip)
        plane = survey(Strips(data))  # type: ignore[arg-type]
    good = data[np.isfinite(data)].astype(float)
    if good.size == 0:
        assert plane.statistics is None
        return
    assert plane.statistics is not None
    assert plane.histogram is not None
    found = plane.statistics
    assert found.missing == data.size - good.size
    assert (found.minimum, found.maximum) == (good.min(), good.max())
    assert found.mean == pytest.approx(good.mean())
    assert found.median == np.median(good)
    counted = plane.histogram.counts.sum() + plane.histogram.below + plane.histogram.above
    assert counted == good.size
    valid = ~np.isnan(data)
    expected = np.where(valid, data, 0).sum(0, dtype=float)
    np.testing.assert_allclose(
        np.nan_to_num(plane.column_profile) * valid.sum(0), expected, rtol=1e-9
    )
    assert plane.thumbnail is not None
    assert max(plane.thumbnail.shape) <= module.THUMBNAIL_SIDE


def test_a_thumbnail_is_the_mean_of_its_cells() -> None:
    data = np.arange(1024 * 1100, dtype=np.float32).reshape(1024, 1100)
    plane = survey(Strips(data))  # type: ignore[arg-type]
    assert plane.cell == (3, 3)
    assert plane.thumbnail is not None
    assert plane.thumbnail[1, 2] == data[3:6, 6:9].mean(dtype=float)


def test_no_more_than_a_strip_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STRIP_PIXELS", 4000)
    source = Strips(np.ones((1000, 300), np.float32))
    survey(source)  # type: ignore[arg-type]
    assert source.longest <= 4000


def test_a_long_narrow_window_is_stretched_so_that_one_sees_it() -> None:
    plane = survey(Strips(np.ones((64, 2048), np.uint16)))  # type: ignore[arg-type]
    assert plane.cell == (1, 4)


def test_integers_fall_into_bins_of_whole_numbers() -> None:
    data = np.repeat(np.arange(100, 120, dtype=np.uint16), 30).reshape(20, 30)
    plane = survey(Strips(data))  # type: ignore[arg-type]
    assert plane.histogram is not None
    assert set(np.diff(plane.histogram.edges)) == {1.0}
    assert set(plane.histogram.counts) <= {0, 30}
    assert plane.histogram.counts.sum() == data.size


def test_flags_are_counted_by_name() -> None:
    flags = np.zeros((10, 10), np.int32)
    flags[0] = 1 << 8
    flags[0, 0] |= 1 << 30
    flags[1, 1] = 1 << 2
    plane = survey(Strips(flags, "QUALITY"))  # type: ignore[arg-type]
    assert plane.role is PlaneRole.QUALITY
    assert plane.flagged == 11
    assert plane.flags == (("bit 2", 1), ("bit 8, hot", 10), ("bit 30, no data", 1))


def test_the_planes_of_a_product_are_told_apart(master_bias: Path) -> None:
    planes = survey_product(str(master_bias))
    assert [p.role for p in planes] == [PlaneRole.DATA, PlaneRole.ERROR, PlaneRole.QUALITY]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *(("", "data"), ("CHIP1", "data"), ("INTERRUPTED", "data"), ("SCI", "data")),
        *(("ERR", "error"), ("ERROR", "error"), ("CHIP1.ERR", "error"), ("SCIERR", "error")),
        *(("DQ", "quality"), ("QUALITY", "quality"), ("CHIP1_QUAL", "quality"), ("BPM", "quality")),
    ],
)
def test_a_plane_is_known_by_its_name(name: str, role: str) -> None:
    plane = survey(Strips(np.ones((2, 2), np.int32), name))  # type: ignore[arg-type]
    assert plane.role.value == role


def test_a_product_without_pixels_has_no_planes(tmp_path: Path) -> None:
    write_fits(tmp_path / "table.fits", [Hdu({}, None, "")])
    assert survey_product(str(tmp_path / "table.fits")) == ()


def test_a_truncated_product_is_a_coded_error(master_bias: Path) -> None:
    master_bias.write_bytes(master_bias.read_bytes()[:10000])
    with pytest.raises(UserError, match=r"\[fits.truncated\]"):
        survey_product(str(master_bias))
