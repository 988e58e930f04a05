"""Pixels in strips, in the type of the detector."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from dfs.foundation.errors import UserError
from dfs.foundation.fits.pixels import open_image
from dfs.foundation.fits.write import Hdu, write_fits


@pytest.fixture
def ramp() -> np.ndarray:
    return np.arange(40 * 30, dtype=np.uint16).reshape(40, 30) * 50


@pytest.fixture
def raw(tmp_path: Path, ramp: np.ndarray) -> Path:
    path = tmp_path / "raw.fits"
    write_fits(path, [Hdu({"OBJECT": "BIAS"}), Hdu({}, ramp, "CCD1"), Hdu({}, ramp + 1, "CCD2")])
    return path


def code_of(call, *arguments: object) -> str:
    with pytest.raises(UserError) as caught:
        call(*arguments)
    return caught.value.code.name


def test_rows_are_native_unsigned_integers_of_our_own(raw, ramp):
    source = open_image(raw, "CCD2")
    rows = source.rows(10, 12)
    assert source.shape == (40, 30)
    assert rows.dtype == np.dtype("uint16")
    assert rows.dtype.isnative
    assert np.array_equal(rows, ramp[10:12] + 1)
    rows += 1
    assert np.array_equal(source.rows(35, 99), ramp[35:] + 1)
    assert source.rows(5, 5).shape == (0, 30)


def test_a_unit_is_found_by_number_and_by_name(raw, ramp):
    assert open_image(raw, 1).name == "CCD1"
    assert np.array_equal(open_image(raw, 2).read(), ramp + 1)
    assert code_of(open_image, raw, 3) == "fits.no-such-unit"
    assert code_of(open_image, raw, "CCD3") == "fits.no-such-unit"
    assert code_of(open_image, raw, 0) == "fits.not-an-image"


def test_tables_and_cubes_are_no_images(tmp_path):
    path = tmp_path / "other.fits"
    cube = fits.PrimaryHDU(np.zeros((2, 3, 4), np.float32))
    column = fits.Column("WAVE", "D", array=np.zeros(3))
    fits.HDUList([cube, fits.BinTableHDU.from_columns([column])]).writeto(path)
    assert code_of(open_image, path, 0) == "fits.not-an-image"
    assert code_of(open_image, path, 1) == "fits.not-an-image"


@pytest.mark.parametrize(
    ("dtype", "bscale", "bzero", "expected"),
    [
        ("i2", 0.5, 100.0, "f4"),
        ("u1", 2.0, 0.0, "f4"),
        ("i4", 0.5, 3.0, "f8"),
        ("f4", 2.0, 1.0, "f4"),
    ],
)
def test_scaled_pixels_are_floats(tmp_path, dtype, bscale, bzero, expected):
    stored = np.arange(12, dtype=dtype).reshape(3, 4)
    hdu = fits.PrimaryHDU(stored)
    hdu.header["BSCALE"] = bscale
    hdu.header["BZERO"] = bzero
    path = tmp_path / "scaled.fits"
    path.write_bytes(
        hdu.header.tostring().encode() + stored.astype(f">{dtype}").tobytes().ljust(2880)
    )
    source = open_image(path)
    assert source.dtype == np.dtype(expected)
    assert np.array_equal(source.read(), stored * bscale + bzero)


def test_a_gzip_frame_is_read_forward_and_back(tmp_path, raw, ramp):
    path = tmp_path / "raw.fits.gz"
    content = raw.read_bytes()
    path.write_bytes(gzip.compress(content[:4000]) + gzip.compress(content[4000:]))
    source = open_image(path, "CCD2")
    for start in (0, 10, 39, 5, 0):
        assert np.array_equal(source.rows(start, start + 3), (ramp + 1)[start : start + 3])


def test_a_file_cut_after_it_was_opened_is_truncated(raw):
    source = open_image(raw, "CCD2")
    os.truncate(raw, raw.stat().st_size - 2880)
    assert code_of(source.rows, 39, 40) == "fits.truncated"


def test_a_truncated_frame_is_not_opened(raw):
    os.truncate(raw, raw.stat().st_size - 2880)
    assert open_image(raw, "CCD1").read().shape == (40, 30)
    assert code_of(open_image, raw, "CCD2") == "fits.truncated"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no list of open files here")
def test_no_file_stays_open(raw):
    def open_files() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = open_files()
    sources = [open_image(raw, "CCD1") for _ in range(50)]
    for source in sources:
        source.rows(0, 1)
    assert open_files() == before
