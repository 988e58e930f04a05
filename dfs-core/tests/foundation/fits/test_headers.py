"""Headers: the same as astropy reads, from whole files; a code and a place for all others."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import string
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.foundation.fits.headers import read_header, read_headers

BLOCK = 2880


def header_bytes(*cards: str | bytes, end: bool = True) -> bytes:
    raw = [c if isinstance(c, bytes) else c.encode() for c in cards]
    if end:
        raw.append(b"END")
    text = b"".join(card.ljust(80)[:80] for card in raw)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)


PRIMARY = (
    "SIMPLE  =                    T",
    "BITPIX  =                    8",
    "NAXIS   =                    0",
)


def extension(name: str, *cards: str) -> bytes:
    return header_bytes(
        "XTENSION= 'IMAGE   '",
        "BITPIX  =                   16",
        "NAXIS   =                    2",
        "NAXIS1  =                   10",
        "NAXIS2  =                   10",
        "PCOUNT  =                    0",
        "GCOUNT  =                    1",
        f"EXTNAME = '{name}'",
        *cards,
    ) + bytes(BLOCK)


@pytest.fixture
def write(tmp_path: Path):
    def write_(content: bytes, name: str = "frame.fits") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_


def code_of(path: Path, *arguments: object) -> str:
    with pytest.raises(UserError) as caught:
        read_header(path, *arguments)
    assert caught.value.where == str(path)
    return caught.value.code.name


# ── what a header says ──────────────────────────────────────────────────────


def test_keywords_have_the_spelling_of_the_rule_language(write):
    path = write(
        header_bytes(
            *PRIMARY,
            "MJD-OBS =     55871.8333333333 / start",
            "HIERARCH ESO DPR CATG = 'CALIB   ' / category",
            "HIERARCH ESO DET OUT1 PRSCX   =   50 / prescan",
            "HIERARCH OTHER NAME = T",
        )
    )
    wanted = {"MJD-OBS", "DPR.CATG", "DET.OUT1.PRSCX", "OTHER.NAME", "ABSENT", "INS.MODE"}
    assert read_header(path, wanted) == {
        "MJD-OBS": 55871.8333333333,
        "DPR.CATG": "CALIB",
        "DET.OUT1.PRSCX": 50,
        "OTHER.NAME": True,
    }
    assert read_header(path).keys() >= {"SIMPLE", "BITPIX", "NAXIS", "DPR.CATG"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("''", ""),
        ("'        '", ""),
        ("'a / b' / comment", "a / b"),
        ("'  leading'", "  leading"),
        ("1.5D3", 1500.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("1E5", 1e5),
        ("+7", 7),
        ("007", 7),
        ("T", True),
        ("F/no space", False),
        ("12345678901234567890123", 12345678901234567890123),
    ],
)
def test_every_kind_of_value(write, text, value):
    header = read_header(write(header_bytes(*PRIMARY, f"KEY     = {text}")), {"KEY"})
    assert header == {"KEY": value}
    assert type(header["KEY"]) is type(value)


def test_a_card_without_a_value_is_left_out(write):
    path = write(
        header_bytes(*PRIMARY, "UNDEF   =      / no value", "COMMENT = 5", "NOVALUE   5", "")
    )
    assert read_header(path).keys() == {"SIMPLE", "BITPIX", "NAXIS"}


def test_long_strings_go_on_in_continue_cards(write):
    path = write(
        header_bytes(
            *PRIMARY,
            "HIERARCH ESO OBS NAME = 'a long &'",
            "CONTINUE  'name&'",
            "CONTINUE  ' indeed' / comment",
            "LAST    = 'ends with &'",
        )
    )
    assert read_header(path, {"OBS.NAME", "LAST"}) == {
        "OBS.NAME": "a long name indeed",
        "LAST": "ends with &",
    }


def test_text_that_looks_like_a_card_is_no_card(write):
    path = write(
        header_bytes(
            *PRIMARY,
            "COMMENT   MJD-OBS = 1.0",
            "OBJECT  = 'HIERARCH ESO DPR CATG = 3'",
            "COMMENT " + "END".ljust(72),
            "MJD-OBS =                  2.0",
            "HIERARCH ESO DPR CATG = 'CALIB'",
        )
    )
    assert read_header(path, {"MJD-OBS", "DPR.CATG"}) == {"MJD-OBS": 2.0, "DPR.CATG": "CALIB"}


def test_the_first_of_two_equal_keywords_counts(write):
    path = write(header_bytes(*PRIMARY, "OBJECT  = 'one'", "OBJECT  = 'two'"))
    assert read_header(path)["OBJECT"] == read_header(path, {"OBJECT"})["OBJECT"] == "one"


def test_the_primary_header_wins_over_a_named_extension(write):
    path = write(
        header_bytes(*PRIMARY, "OBJECT  = 'BIAS'", "EXTEND  = T")
        + extension("CCD1", "OBJECT  = 'X'", "HIERARCH ESO DET CHIP1 ID = 'ONE'")
        + extension("CCD2", "HIERARCH ESO DET CHIP1 ID = 'TWO'")
    )
    wanted = {"OBJECT", "DET.CHIP1.ID"}
    assert read_header(path, wanted) == {"OBJECT": "BIAS"}
    assert read_header(path, wanted, ["CCD2"]) == {"OBJECT": "BIAS", "DET.CHIP1.ID": "TWO"}
    assert read_header(path, wanted, [1]) == {"OBJECT": "BIAS", "DET.CHIP1.ID": "ONE"}
    assert read_header(path, wanted, ["CCD1", "CCD2"])["DET.CHIP1.ID"] == "ONE"
    assert read_header(path, wanted, ["ABSENT"]) == {"OBJECT": "BIAS"}


def test_a_gzip_file_reads_like_a_plain_one(write):
    content = header_bytes(*PRIMARY, "OBJECT  = 'BIAS'") + extension("CCD1", "CHIP    = 1")
    path = write(gzip.compress(content), "frame.fits.gz")
    assert read_header(path, {"OBJECT", "CHIP"}, ["CCD1"]) == {"OBJECT": "BIAS", "CHIP": 1}


def as_astropy_reads(header: fits.Header) -> dict[str, object]:
    return {
        keyword.removeprefix("ESO ").replace(" ", "."): value
        for keyword, value in header.items()
        if keyword not in {"COMMENT", "HISTORY", ""} and not isinstance(value, fits.card.Undefined)
    }


words = st.text(string.ascii_uppercase + string.digits + "_-", min_size=1, max_size=8)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=150)
values = st.one_of(
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    printable.map(lambda s: s.rstrip(" &")),
)
# A keyword that means something to FITS has rules of its own; none but XTENSION begins with X.
standard = words.map(lambda w: f"X{w[:7]}").filter(lambda w: w != "XTENSION")
long = st.lists(words, min_size=2, max_size=3).map(" ".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    plain=st.dictionaries(standard, values, max_size=12),
    hierarchical=st.dictionaries(long, values, max_size=12),
)
def test_headers_are_as_astropy_reads_them(tmp_path, plain, hierarchical):
    header = fits.Header()
    for keyword, value in plain.items():
        header[keyword] = value
    for keyword, value in hierarchical.items():
        header[f"HIERARCH ESO {keyword}"] = value
    path = tmp_path / "random.fits"
    fits.PrimaryHDU(header=header).writeto(path, overwrite=True)
    read = fits.getheader(path)
    expected = as_astropy_reads(read)
    # Astropy misreads some strings with both quote and slash that it wrote rightly.
    given_names = {**plain, **{keyword.replace(" ", "."): v for keyword, v in hierarchical.items()}}
    expected |= {keyword: v for keyword, v in given_names.items() if isinstance(v, str)}
    everything = read_header(path)
    assert everything == expected
    assert read_header(path, frozenset(expected)) == everything


# ── what can be wrong ───────────────────────────────────────────────────────


def test_a_file_that_is_not_fits(write):
    assert code_of(write(b"\x89PNG and so on" * 500)) == "fits.not-fits"
    assert code_of(write(b"")) == "fits.not-fits"


def test_a_header_that_never_ends(write):
    assert code_of(write(header_bytes(*PRIMARY, end=False))) == "fits.truncated"


def test_a_file_cut_within_its_header(write):
    whole = header_bytes(*PRIMARY, *(f"KEY{i:05}= {i}" for i in range(700)))
    assert code_of(write(whole[:50000])) == "fits.truncated"
    assert len(read_header(write(whole))) == 703


def test_a_lying_naxis(write):
    image = (PRIMARY[0], "BITPIX  = 16", "NAXIS   = 2", "NAXIS1  = 4096")
    header = header_bytes(*image, "NAXIS2  = 2048")
    assert code_of(write(header + bytes(5760))) == "fits.truncated"
    assert code_of(write(gzip.compress(header + bytes(5760)))) == "fits.truncated"
    assert read_header(write(header + bytes(4096 * 2048 * 2)))["NAXIS2"] == 2048


@pytest.mark.parametrize(
    "cards",
    [
        (PRIMARY[0], "BITPIX  = 17", "NAXIS   = 0"),
        (PRIMARY[0], "BITPIX  = 'a'", "NAXIS   = 0"),
        (PRIMARY[0], "BITPIX  = 8", "NAXIS   = -1"),
        (PRIMARY[0], "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -5"),
        (PRIMARY[0], "BITPIX  = 8", "NAXIS   = 1000000"),
        (PRIMARY[0], "NAXIS   = 0"),
        (PRIMARY[0],),
    ],
)
def test_impossible_structure(write, cards):
    assert code_of(write(header_bytes(*cards))) == "fits.bad-structure"


def test_a_header_of_36000_cards(write):
    cards = [f"HIERARCH ESO INS A{i} = {i}" for i in range(36000)]
    assert code_of(write(header_bytes(*PRIMARY, *cards))) == "fits.header-too-long"


def gzip_bomb(first: bytes, repeated: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(first)]
    parts += [packer.compress(repeated) for _ in range(times)]
    return b"".join([*parts, packer.flush()])


def test_a_gzip_bomb(write):
    blank = b" " * (1 << 20)
    assert code_of(write(gzip_bomb(b"", bytes(1 << 20), 64))) == "fits.not-fits"
    endless = gzip_bomb(header_bytes(*PRIMARY, end=False), blank, 64)
    assert code_of(write(endless)) == "fits.header-too-long"


def test_a_gzip_bomb_before_a_named_extension(write):
    huge = header_bytes(*PRIMARY[:2], "NAXIS   = 1", f"NAXIS1  = {1 << 40}")
    path = write(gzip_bomb(huge, bytes(1 << 20), 8))
    os.truncate(path, 2 << 30)  # a sparse tail, so that the promise is not plainly impossible
    assert code_of(path, None, ["CCD1"]) == "fits.too-large"


def test_a_damaged_gzip_file(write):
    packed = gzip.compress(os.urandom(1000).join([header_bytes(*PRIMARY, "A = 1"), b""]))
    assert code_of(write(packed[:40])) == "fits.truncated"
    assert code_of(write(packed[:12] + b"\xff" * 60 + packed[72:])) == "fits.bad-compression"


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    assert code_of(tmp_path / "absent.fits") == "fits.unreadable"
    assert code_of(tmp_path) == "fits.unreadable"
    loop = tmp_path / "loop.fits"
    loop.symlink_to(loop)
    assert code_of(loop) == "fits.unreadable"
    pipe = tmp_path / "pipe.fits"
    os.mkfifo(pipe)
    assert code_of(pipe) == "fits.unreadable"
    with pytest.raises(UserError):
        read_header("null\0character.fits")

    def refuse(*_arguments: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert code_of(tmp_path / "forbidden.fits") == "fits.unreadable"


@pytest.mark.parametrize("text", ["12abc", "'never closed", "1E999", "(1.0, 2.0)", "1_000", "nan"])
def test_a_bad_value_matters_only_where_it_is_wanted(write, text):
    path = write(header_bytes(*PRIMARY, f"KEY     = {text}", "OBJECT  = 'BIAS'"))
    assert read_header(path, {"OBJECT"}) == {"OBJECT": "BIAS"}
    assert code_of(path, {"KEY"}) == "fits.bad-value"
    problems: list[UserError] = []
    assert read_header(path, problems=problems)["OBJECT"] == "BIAS"
    assert [p.code.name for p in problems] == ["fits.bad-value"]
    assert "card 4" in str(problems[0])


def test_bytes_that_are_not_ascii(write):
    card = b"OBSERVER= 'M\xfcller'"
    path = write(header_bytes(*PRIMARY, card, b"OBJECT  = 'BIAS' / na\xefve comment"))
    assert read_header(path, {"OBJECT"}) == {"OBJECT": "BIAS"}
    assert code_of(path, {"OBSERVER"}) == "fits.non-ascii"
    problems: list[UserError] = []
    assert read_header(path, problems=problems)["OBSERVER"] == "M?ller"
    assert [p.code.name for p in problems] == ["fits.non-ascii"]
    bad_name = write(header_bytes(*PRIMARY, b"HIERARCH ESO INS N\xc4ME = 1"))
    assert code_of(bad_name) == "fits.non-ascii"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_file_raises_nothing_but_our_errors(tmp_path, data):
    whole = header_bytes(*PRIMARY, "A       = 1", "HIERARCH ESO B C = 'x'") + extension("CCD1")
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(0, len(damaged))) :]
    path = tmp_path / "damaged.fits"
    path.write_bytes(bytes(damaged))
    for arguments in ((), ({"A", "B.C"},), (None, ["CCD1"])):
        try:
            header = read_header(path, *arguments)
        except UserError:
            continue
        assert all(isinstance(value, str | int | float) for value in header.values())


# ── many files ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("processes", [None, 1, 2])
def test_many_headers_come_in_the_order_of_the_paths(tmp_path, processes):
    paths = []
    for i in range(600):
        path = tmp_path / f"{i}.fits"
        content = header_bytes(*PRIMARY, f"NUMBER  = {i}") if i != 7 else b"text"
        path.write_bytes(content)
        paths.append(path)
    results = list(read_headers(paths, {"NUMBER"}, processes=processes))
    assert isinstance(results[7], UserError)
    assert results[7].code.name == "fits.not-fits"
    del results[7]
    assert results == [{"NUMBER": i} for i in range(600) if i != 7]


def test_no_files_have_no_headers():
    assert list(read_headers([])) == []


def test_a_worker_that_scans_imports_neither_numpy_nor_astropy():
    code = (
        "import sys, dfs.foundation.fits.headers;"
        "print(sys.modules.keys() & {'numpy', 'astropy', 'pydantic'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.shared_data
def test_real_files_read_as_astropy_reads_them(shared_data):
    paths = sorted(shared_data.rglob("*.fits"))
    assert paths
    for path in paths:
        with fits.open(path) as hdus:
            primary = as_astropy_reads(hdus[0].header)
            everything = [as_astropy_reads(hdu.header) for hdu in hdus]
        assert read_header(path) == primary, path
        for number, extension_header in enumerate(everything[1:], start=1):
            assert read_header(path, None, [number]) == extension_header | primary, path


def test_a_scan_survives_the_death_of_its_workers(tmp_path):
    paths = []
    for i in range(1000):
        path = tmp_path / f"{i}.fits"
        path.write_bytes(header_bytes(*PRIMARY, f"NUMBER  = {i}"))
        paths.append(path)
    results = read_headers(paths, {"NUMBER"}, processes=2)
    first = next(results)
    for worker in multiprocessing.active_children():
        worker.kill()
    assert [first, *results] == [{"NUMBER": i} for i in range(1000)]
