"""Cards set in a file of another program: its data stay, its sums are right."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation import files
from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.fits.amend import amended_header, move_with_cards
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import Hdu, write_fits

DATA = np.arange(12, dtype=np.float32).reshape(3, 4)
FEW = {"PIPEFILE": ("ours.fits", "name"), "PRO.DFS.ID": "block.MASTER_BIAS"}
MANY = FEW | {f"PRO.REC1.RAW{i}.SHA256": "0" * 32 for i in range(100)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.fits"
    long = "a long value that goes on in another card " * 4
    cards = {"PIPEFILE": "theirs.fits", "INS.LONG": long.strip(), "QC.BIAS.LEVEL": 1.5}
    write_fits(path, [Hdu(cards, DATA), Hdu({}, DATA, name="ERR")])
    return path


@pytest.mark.parametrize("cards", [FEW, MANY], ids=["in place", "by copying"])
def test_cards_are_set_and_everything_else_stays(source: Path, tmp_path: Path, cards) -> None:
    before = read_header(source)
    data_sum = before["DATASUM"]
    target = tmp_path / "ours.fits"
    target.write_bytes(b"what was there before")
    move_with_cards(source, target, cards)
    assert not source.exists()
    header = read_header(target)
    assert list(header)[: len(before) - 2] == list(before)[:-2]
    assert (header["PIPEFILE"], header["PRO.DFS.ID"]) == ("ours.fits", "block.MASTER_BIAS")
    assert header["INS.LONG"] == before["INS.LONG"]
    assert (header["DATASUM"], header["DATAMD5"]) == (data_sum, before["DATAMD5"])
    with fits.open(target) as hdus:
        for hdu in hdus:
            assert (hdu.verify_checksum(), hdu.verify_datasum()) == (1, 1)
            assert np.array_equal(hdu.data, DATA)
    assert [path.name for path in tmp_path.iterdir()] == ["ours.fits"]


def test_a_keyword_that_is_there_twice_stays_once() -> None:
    cards = b"".join(text.ljust(80) for text in (b"A       = 1", b"B       = 2", b"A       = 3"))
    header = amended_header(cards, {"A": 4}, where="x")
    assert [header[i : i + 80].rstrip() for i in (0, 80, 160)] == [
        b"A       =                    4",
        b"B       = 2",
        b"END",
    ]


def test_a_checksum_without_its_datasum_goes() -> None:
    cards = b"CHECKSUM= 'abc'".ljust(80)
    assert amended_header(cards, {"A": "x"}, where="x")[:80].startswith(b"A       = 'x")
    assert b"CHECKSUM" not in amended_header(cards, {}, where="x")


@given(st.dictionaries(st.from_regex(r"[A-Z]{1,8}", fullmatch=True), st.integers(), max_size=60))
def test_a_header_adds_up_to_minus_zero_whatever_is_set(cards: dict[str, int]) -> None:
    changes = {key: value for key, value in cards.items() if key not in {"END", "COMMENT"}}
    before = b"SIMPLE  =                    T".ljust(80) + b"DATASUM = '77'".ljust(80)
    header = amended_header(before, changes, where="x")
    words = np.frombuffer(header, ">u4").astype(object).sum() + 77
    assert words % 0xFFFFFFFF == 0
    assert len(header) % 2880 == 0


def test_what_is_no_fits_or_no_card_is_refused_and_left_alone(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"no FITS")
    with pytest.raises(UserError):
        move_with_cards(other, tmp_path / "x.fits", FEW)
    before = source.read_bytes()
    with pytest.raises(UserError):
        move_with_cards(source, tmp_path / "x.fits", {"A": float("nan")})
    assert source.read_bytes() == before
    assert not (tmp_path / "x.fits").exists()


def test_a_full_disk_leaves_nothing_half_written(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    for cards in (FEW, MANY):
        with pytest.raises(StorageError) as caught:
            move_with_cards(source, tmp_path / "x.fits", cards)
        assert caught.value.code.name == "storage.disk-full"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["theirs.fits"]
