"""What of a product lasts, and what only tells of the run that made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dfs.foundation.errors import DfsError
from dfs.foundation.files import sha256_file
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import HeaderCards
from dfs.reduction.reuse.content import digest_product

PIXELS = np.arange(12, dtype=np.float32).reshape(3, 4)
HEADER: HeaderCards = {
    "DATE": "2026-11-22T08:00:00",
    "EXPTIME": 10.0,
    "PRO.CATG": "MASTER",
    "PRO.REC1.START": "2026-11-22T08:00:00",
    "PRO.REC1.RAW1.NAME": "a.fits",
    "PRO.REC1.RAW1.CATG": "BIAS",
    "PRO.REC1.RAW1.SHA256": "0" * 32,
    "PRO.DFS.HOST": "here",
    "QC.LEVEL": 200.0,
}


def content(tmp_path: Path, cards: HeaderCards, data: object = PIXELS) -> str:
    path = tmp_path / "product.fits"
    write_fits(path, [Hdu({**HEADER, **cards}, data), Hdu({}, PIXELS, "ERR")])  # type: ignore[arg-type]
    known = digest_product(path)
    assert known.sha256 == sha256_file(path)
    assert known.size_bytes == path.stat().st_size
    return known.content


def test_time_machine_and_the_names_of_files_pass(tmp_path: Path) -> None:
    later: HeaderCards = {
        "DATE": "2027-01-01T00:00:00",
        "PRO.REC1.START": "2027-01-01T00:00:00",
        "PRO.REC1.RAW1.NAME": "renamed.fits",
        "PRO.REC1.RAW1.SHA256": "1" * 32,
        "PRO.DFS.HOST": "there",
    }
    assert content(tmp_path, later) == content(tmp_path, {})


@pytest.mark.parametrize(
    "change", [{"EXPTIME": 11.0}, {"QC.LEVEL": 201.0}, {"PRO.REC1.RAW1.CATG": "DARK"}, {"NEW": 1}]
)
def test_what_a_recipe_may_read_lasts(tmp_path: Path, change: HeaderCards) -> None:
    assert content(tmp_path, change) != content(tmp_path, {})


def test_every_pixel_of_every_unit_lasts(tmp_path: Path) -> None:
    other = PIXELS.copy()
    other[2, 3] = np.nextafter(other[2, 3], np.float32(99))
    assert content(tmp_path, {}, other) != content(tmp_path, {})


def test_of_a_file_that_is_no_fits_all_lasts(tmp_path: Path) -> None:
    path = tmp_path / "table.paf"
    path.write_text("PAF.HDR.START")
    known = digest_product(path)
    assert known.content == known.sha256 == sha256_file(path)


def test_a_product_that_was_cut_off_is_found_out(tmp_path: Path) -> None:
    content(tmp_path, {})
    path = tmp_path / "product.fits"
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(DfsError) as caught:
        digest_product(path)
    assert caught.value.code.name == "fits.truncated"
