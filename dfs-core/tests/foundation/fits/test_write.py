"""What we write is what astropy, the FITS checksum and we ourselves read."""

from __future__ import annotations

import errno
import hashlib
import shutil
import string
import subprocess
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from dfs.foundation import files
from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.fits.checksum import encode_checksum, ones_complement_sum
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.pixels import open_image
from dfs.foundation.fits.write import Hdu, write_fits

TYPES = ("uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")

fixture_is_shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)


def frame(dtype: str = "uint16", shape: tuple[int, ...] = (13, 7)) -> np.ndarray:
    count = int(np.prod(shape))
    if np.dtype(dtype).kind == "f":
        return np.linspace(-1, 1, count).astype(dtype).reshape(shape)
    info = np.iinfo(dtype)
    return np.linspace(float(info.min), float(info.max) * 0.99, count).astype(dtype).reshape(shape)


def cards(path: Path) -> list[str]:
    text = path.read_bytes()
    return [text[i : i + 80].decode() for i in range(0, 2880, 80)]


@pytest.mark.parametrize("dtype", TYPES)
def test_astropy_and_we_read_the_pixels_that_were_written(tmp_path, dtype):
    data = frame(dtype)
    path = tmp_path / "frame.fits"
    write_fits(path, [Hdu({}, data), Hdu({}, data, "COPY")])
    with fits.open(path, checksum=True) as hdus:
        hdus.verify("exception")
        assert np.array_equal(hdus[0].data, data)
        assert np.array_equal(hdus["COPY"].data, data)
    for unit in (0, "COPY"):
        source = open_image(path, unit)
        assert source.dtype == data.dtype
        assert np.array_equal(source.read(), data)


@fixture_is_shared
@given(
    data=nst.arrays(
        st.sampled_from(["u1", "<i2", ">i2", "u2", ">u2", "i4", ">f4", "f8"]),
        nst.array_shapes(min_dims=1, max_dims=3, max_side=40),
        elements={"allow_nan": False},
    )
)
def test_checksums_hold_for_any_shape(tmp_path, data):
    path = tmp_path / "frame.fits"
    written = write_fits(path, [Hdu({"OBJECT": "X"}, data), Hdu({}, data, "COPY")], fsync=False)
    with fits.open(path, checksum=True) as hdus:  # a wrong sum is a warning, warnings are errors
        assert all(np.array_equal(hdu.data, data) for hdu in hdus)
        units = [hdu._data_offset for hdu in hdus]
        sizes = [hdu._data_size for hdu in hdus]
    content = path.read_bytes()
    assert written.size_bytes == len(content)
    parts = [content[at : at + size] for at, size in zip(units, sizes, strict=True)]
    assert written.data_md5 == hashlib.md5(b"".join(parts)).hexdigest()
    assert read_header(path)["DATAMD5"] == written.data_md5


def test_a_unit_in_strips_is_the_same_as_in_one_piece(tmp_path):
    data = np.arange(1111 * 333, dtype=np.uint16).reshape(1111, 333)
    write_fits(tmp_path / "a.fits", [Hdu({}, data)])
    write_fits(tmp_path / "b.fits", [Hdu({}, np.asfortranarray(data))])
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()
    assert np.array_equal(fits.getdata(tmp_path / "a.fits", checksum=True), data)


keywords = st.one_of(
    st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=6).map("X{}".format),
    st.lists(
        st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=7),
        min_size=2,
        max_size=4,
    ).map(".".join),
)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200).map(
        lambda text: text.rstrip(" &")
    ),
)


@fixture_is_shared
@given(header=st.dictionaries(keywords, values, max_size=20))
def test_a_header_survives_writing_and_reading(tmp_path, header):
    path = tmp_path / "frame.fits"
    write_fits(path, [Hdu({key: (value, "comment") for key, value in header.items()})], fsync=False)
    read = read_header(path, frozenset(header))
    assert read == header
    assert {key: type(value) for key, value in read.items()} == {
        key: type(value) for key, value in header.items()
    }
    with fits.open(path, checksum=True) as hdus:
        hdus.verify("exception")
        for key, value in header.items():
            if isinstance(value, str) and "'/" in value.replace(" ", ""):
                continue  # astropy takes what follows such a quote for the card's comment
            assert hdus[0].header[f"ESO {key.replace('.', ' ')}" if "." in key else key] == value


def test_floats_are_written_as_floats(tmp_path):
    path = tmp_path / "frame.fits"
    header = {"EXPTIME": 0.0, "BIG": 1e20, "SMALL": 1e-7, "DET.OUT1.RON": np.float32(4.0), "N": 3}
    write_fits(path, [Hdu(header, frame())])
    text = "\n".join(cards(path))
    for value in ("EXPTIME =                  0.0", "1.0E+20", "1.0E-07", "DET OUT1 RON = 4.0"):
        assert value in text
    assert "BSCALE  =                  1.0" in text
    assert "BZERO   =              32768.0" in text
    assert "N       =                    3" in text


def test_a_comment_is_cut_where_the_card_ends(tmp_path):
    path = tmp_path / "frame.fits"
    write_fits(path, [Hdu({"DPR.CATG": ("CALIB", "c" * 100)})])
    assert any(card.startswith("HIERARCH ESO DPR CATG = 'CALIB   ' / ccc") for card in cards(path))


def test_the_header_of_another_file_can_be_handed_on(tmp_path):
    first, second = tmp_path / "a.fits", tmp_path / "b.fits"
    write_fits(first, [Hdu({"OBJECT": "BIAS", "DPR.CATG": "x" * 99}, frame())])
    write_fits(second, [Hdu(read_header(first), frame("float32", (5, 5)))])
    with fits.open(second, checksum=True) as hdus:
        hdus.verify("exception")
        assert hdus[0].data.shape == (5, 5)
        assert hdus[0].header["OBJECT"] == "BIAS"
        assert "BZERO" not in hdus[0].header
        assert len([key for key in hdus[0].header if key == "DATAMD5"]) == 1


def test_without_checksums_there_are_none(tmp_path):
    path = tmp_path / "frame.fits"
    assert write_fits(path, [Hdu({}, frame())], checksum=False).data_md5 == ""
    assert read_header(path).keys().isdisjoint({"CHECKSUM", "DATASUM", "DATAMD5"})


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"lower": 1}, None),
        ({"ÄÖÜ": 1}, "fits.bad-keyword"),
        ({"COMMENT": "text"}, "fits.bad-keyword"),
        ({"A..B": 1}, "fits.bad-keyword"),
        ({"": 1}, "fits.bad-keyword"),
        ({"A." + "B" * 60: 12345}, "fits.bad-keyword"),
        ({"A." + "B" * 70: "text"}, "fits.bad-keyword"),
        ({"OBJECT": "Müller"}, "fits.bad-value"),
        ({"OBJECT": "two\nlines"}, "fits.bad-value"),
        ({"OBJECT": ("text", "comment\n")}, "fits.bad-value"),
        ({"A": float("nan")}, "fits.bad-value"),
        ({"A": np.inf}, "fits.bad-value"),
        ({"A": None}, "fits.bad-value"),
        ({"A": [1]}, "fits.bad-value"),
    ],
)
def test_what_fits_cannot_hold_is_refused_before_anything_is_written(tmp_path, header, code):
    path = tmp_path / "frame.fits"
    if code is None:
        write_fits(path, [Hdu(header)])
        assert read_header(path, header.keys()) == header
        return
    with pytest.raises(UserError) as caught:
        write_fits(path, [Hdu(header)])
    assert caught.value.code.name == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [np.zeros(3, complex), np.zeros((2, 2), bool), np.float32(1)])
def test_pixels_that_fits_does_not_know_are_refused(tmp_path, data):
    with pytest.raises(UserError) as caught:
        write_fits(tmp_path / "frame.fits", [Hdu({}, np.asarray(data))])
    assert caught.value.code.name == "fits.bad-value"


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "storage.disk-full"), (errno.EACCES, "storage.not-writable")],
)
def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch, failing, number, code):
    path = tmp_path / "frame.fits"
    path.write_bytes(b"the old one")

    def fail(*_arguments: object) -> None:
        raise OSError(number, "no")

    if failing == "write":
        real_open = Path.open

        def open_(self: Path, mode: str = "r") -> BinaryIO:
            file = real_open(self, mode)
            return _FullAfter(file, 3000, number)  # type: ignore[return-value]

        monkeypatch.setattr(Path, "open", open_)
    elif failing == "fsync":
        monkeypatch.setattr(files.os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError) as caught:
        write_fits(path, [Hdu({}, frame(shape=(500, 500)))])
    assert caught.value.code.name == code
    assert caught.value.where == str(path)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["frame.fits"]
    assert path.read_bytes() == b"the old one"


class _FullAfter:
    """A file on a disk that has room for so many bytes."""

    def __init__(self, file: BinaryIO, room: int, number: int) -> None:
        self._file, self._room, self._number = file, room, number

    def write(self, data: bytes | memoryview) -> int:
        self._room -= memoryview(data).nbytes
        if self._room < 0:
            raise OSError(self._number, "no")
        return self._file.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def __enter__(self) -> _FullAfter:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()


@given(st.binary(max_size=400).map(lambda b: b[: len(b) // 4 * 4]), st.integers(0, 2**32 - 1))
def test_the_sum_is_that_of_the_standard(data, start):
    expected = start
    for i in range(0, len(data), 4):
        expected += int.from_bytes(data[i : i + 4], "big")
        expected = (expected & 0xFFFFFFFF) + (expected >> 32)
    assert ones_complement_sum(data, start) == expected


@given(st.integers(0, 2**32 - 1))
def test_an_encoded_checksum_is_alphanumeric_and_brings_the_sum_to_zero(total):
    text = encode_checksum(total)
    assert text.isalnum()
    rotated = (text[1:] + text[0]).encode()
    zeros = ones_complement_sum(b"0" * 16)
    with_text = ones_complement_sum(rotated, total)
    # The sixteen characters stand where sixteen '0' were part of the sum.
    assert (with_text - zeros) % 0xFFFFFFFF == 0


@pytest.mark.skipif(shutil.which("fitsverify") is None, reason="fitsverify is not installed")
def test_fitsverify_finds_nothing(tmp_path):
    path = tmp_path / "product.fits"
    header = {"DPR.CATG": "CALIB", "PRO.REC1.PARAM1.VALUE": "x" * 200, "MJD-OBS": 55871.8}
    units = [Hdu(header, frame("float32")), Hdu({}, frame("float32"), "ERROR")]
    write_fits(path, [*units, Hdu({}, frame("int32"), "QUALITY"), Hdu({"A": 1}, None, "EMPTY")])
    done = subprocess.run(["fitsverify", "-q", path], capture_output=True, text=True, check=False)
    assert "verification OK" in done.stdout, done.stdout
