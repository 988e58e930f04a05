from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.testkit import faults

CODES = {
    "not FITS": "fits.not-fits",
    "truncated in the header": "fits.truncated",
    "truncated in the pixels": "fits.truncated",
    "NAXIS that lies": "fits.truncated",
    "36 000 cards": "fits.header-too-long",
    "letters that are not ASCII": "fits.non-ascii",
}


def test_the_healthy_file_is_read_by_another_reader(tmp_path: Path) -> None:
    from astropy.io import fits

    path = tmp_path / "healthy.fits"
    path.write_bytes(faults.fits_bytes({"OBJECT": "'BIAS'", "HIERARCH ESO DPR CATG": "'CALIB'"}))
    with fits.open(path) as hdus:
        hdus.verify("exception")
        assert hdus[0].header["OBJECT"] == "BIAS"
        assert hdus[0].header["HIERARCH ESO DPR CATG"] == "CALIB"
        assert not np.any(hdus[0].data)


@pytest.mark.parametrize("wrong", faults.DAMAGED_FILES)
def test_every_damage_has_its_own_code_and_place(wrong: str, tmp_path: Path) -> None:
    path = faults.DAMAGED_FILES[wrong](tmp_path / "damaged.fits")
    with pytest.raises(UserError) as caught:
        read_header(path)
    assert caught.value.code.name == CODES[wrong]
    assert str(path) in str(caught.value)


def test_a_gzip_bomb_is_given_up_long_before_it_is_unpacked(tmp_path: Path) -> None:
    path = faults.gzip_bomb(tmp_path / "bomb.fits.gz", unpacked_bytes=64 << 20)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(UserError, match=r"fits\.(too-large|header-too-long)"):
        read_header(path)


def test_a_loop_of_links_leads_back_to_its_folder(tmp_path: Path) -> None:
    link = faults.symlink_loop(tmp_path)
    assert (link / "loop" / "loop").resolve() == tmp_path.resolve()


def test_a_twin_has_the_same_identity_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(faults.fits_bytes({"ARCFILE": "'X.fits'"}))
    assert read_header(faults.twin(path, "b.fits")) == read_header(path)


def test_an_unreadable_folder_refuses_even_root_and_is_restored(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    with faults.unreadable_folder(closed), pytest.raises(PermissionError):
        list(os.scandir(closed))
    with os.scandir(closed) as entries:
        assert not list(entries)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "large.fits"
    with faults.full_disk(100_000), pytest.raises(StorageError, match=r"storage\.disk-full"):
        write_fits(path, [Hdu({}, np.zeros((512, 512), np.uint16))])
    assert not list(tmp_path.iterdir())
    write_fits(path, [Hdu({}, np.zeros((512, 512), np.uint16))])


@pytest.mark.parametrize("function", ["fsync", "open"])
@pytest.mark.parametrize("number", [1, 2])
def test_whichever_call_fails_a_file_is_whole_or_absent(
    function: str, number: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.fits"
    with faults.failing_call(os, function, number=number) as calls:
        try:
            write_fits(path, [Hdu({}, np.zeros((4, 4), np.uint16))])
        except StorageError as error:
            assert error.code.name == "storage.not-writable"
    assert calls.call_count > 0
    if path.exists():
        read_header(path)
    assert not [other for other in tmp_path.iterdir() if other != path]


def test_a_call_that_does_not_count_is_passed_on() -> None:
    with faults.failing_call(os, "getcwd", when=lambda: False):
        assert os.getcwd()  # noqa: PTH109 - it is the function in question


def test_a_process_that_ignores_the_signal_meets_the_limit_as_an_error(tmp_path: Path) -> None:
    # Python ignores SIGXFSZ, so the kernel answers the write itself; so do its children.
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
    code = f"open({str(tmp_path / 'x')!r}, 'wb').write(bytes(9000))"
    with faults.full_disk(4096):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert b"File too large" in done.stderr
