"""Two products, laid side by side."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dfs.foundation.errors import UserError
from dfs.foundation.fits.pixels import ImageSource
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.quality.compare import images
from dfs.quality.compare.model import (
    FlagDifference,
    ImageDifference,
    TableDifference,
    Tolerance,
)
from dfs.quality.compare.service import compare_files

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of images, and optionally what its primary header says."""

    def make(name: str, *planes: np.ndarray[Any, Any], header: Mapping[str, Any] = {}) -> Path:
        names = ("", "ERR", "DQ")
        hdus = [Hdu(header if n == 0 else {}, p, names[n]) for n, p in enumerate(planes or (None,))]
        write_fits(tmp_path / name, hdus)
        return tmp_path / name

    return make


@pytest.fixture
def noise() -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).normal(200.0, 2.0, (50, 70)).astype(np.float32)


def image(path: Path, other: Path, **how: Any) -> ImageDifference:
    found = compare_files(path, other, Tolerance(**how)).units[0].content
    assert isinstance(found, ImageDifference)
    return found


def test_a_file_agrees_with_itself(write: Write, noise: np.ndarray[Any, Any]) -> None:
    path = write("a.fits", noise, noise, header={"PRO.CATG": "MASTER_BIAS", "QC.RON": 3.0})
    found = compare_files(path, path, Tolerance(strict=True))
    assert found.agree
    assert found.category == "MASTER_BIAS"
    assert [unit.name for unit in found.units] == ["PRIMARY", "ERR"]
    assert found.units[0].header.count == 0


def test_a_hot_pixel_is_found_and_placed_as_in_fits(
    write: Write, noise: np.ndarray[Any, Any]
) -> None:
    hot = noise.copy()
    hot[11, 30] += 500.0
    found = compare_files(write("a.fits", hot), write("b.fits", noise), Tolerance(0.5))
    assert not found.agree
    assert found.reasons == (
        "PRIMARY: 1 of 3,500 pixels (0.0286 %) differ by more than 0.5; "
        "the largest difference is 500 at (31, 12)",
    )


def test_a_few_pixels_may_be_let_off(write: Write, noise: np.ndarray[Any, Any]) -> None:
    hot = noise.copy()
    hot[11, 30] += 500.0
    a, b = write("a.fits", hot), write("b.fits", noise)
    assert compare_files(a, b, Tolerance(0.5, outliers=1 / 3500)).agree
    assert not compare_files(a, b, Tolerance(0.5, outliers=0.9 / 3500)).agree


def test_a_common_shift_of_level_is_told_apart_from_noise(
    write: Write, noise: np.ndarray[Any, Any]
) -> None:
    a, b = write("a.fits", noise.astype(np.float64) + 0.25), write("b.fits", noise)
    found = image(a, b, absolute=0.01)
    assert found.median == pytest.approx(0.25)
    assert found.mean == pytest.approx(0.25)
    assert found.sigma == pytest.approx(0.0, abs=1e-12)
    assert (found.raw.beyond, found.levelled.beyond) == (3500, 0)
    assert not compare_files(a, b, Tolerance(0.01)).agree
    assert compare_files(a, b, Tolerance(0.01, level_shift=True)).agree


def test_a_relative_tolerance_is_a_fraction_of_the_reference(write: Write) -> None:
    b = np.array([[100.0, -1000.0, 10.0]])
    a, b = write("a.fits", b * 1.01), write("b.fits", b)
    assert not compare_files(a, b, Tolerance(relative=0.009)).agree
    assert compare_files(a, b, Tolerance(relative=0.011)).agree


def test_missing_pixels_must_be_missing_in_both(write: Write, noise: np.ndarray[Any, Any]) -> None:
    a, b = noise.copy(), noise.copy()
    a[3, :4] = np.nan
    b[3, 2:5] = np.nan
    found = image(write("a.fits", a), write("b.fits", b), absolute=1.0)
    assert (found.missing_first, found.missing_second, found.missing_both) == (2, 1, 2)
    assert found.compared == 3500 - 5
    comparison = compare_files(write("a.fits", a), write("b.fits", b), Tolerance(1.0))
    assert comparison.reasons == (
        "PRIMARY: 3 of 3,500 pixels (0.0857 %) are missing in one of the two only",
    )
    assert found.maps is not None
    assert np.count_nonzero(np.isnan(found.maps.largest)) == 3


def test_images_of_different_shape_are_not_compared(write: Write) -> None:
    found = compare_files(write("a.fits", np.ones((4, 6))), write("b.fits", np.ones((6, 4))))
    assert found.reasons == ("PRIMARY: the first has 6 × 4 pixels, the second 4 × 6",)
    assert found.units[0].content is None


@given(
    arrays.arrays(np.float32, (5, 7), elements=st.floats(-1e3, 1e3, width=32)),
    arrays.arrays(np.float32, (5, 7), elements=st.floats(-1e3, 1e3, width=32)),
    st.sampled_from([np.nan, np.inf, 0.0]),
)
def test_figures_are_those_of_the_plain_definition(a: Any, b: Any, odd: float) -> None:
    a[2, 3] = odd

    class Held(ImageSource):
        def __init__(self, pixels: Any) -> None:
            self.shape, self.dtype, self.pixels = pixels.shape, pixels.dtype, pixels

        def rows(self, start: int, stop: int) -> Any:
            return self.pixels[start:stop]

    found = images.compare_images(Held(a), Held(b), Tolerance(1.0, 0.1))
    both = np.isfinite(a) & np.isfinite(b)
    d = a[both].astype(np.float64) - b[both]
    assert found.compared == d.size
    assert found.median == pytest.approx(np.median(d), rel=1e-5, abs=1e-4)
    assert found.mean == pytest.approx(d.mean(), abs=1e-9)
    assert found.raw.rms == pytest.approx(np.sqrt((d**2).mean()))
    assert abs(found.raw.largest) == np.abs(d).max()
    assert found.raw.beyond == np.count_nonzero(np.abs(d) > 1 + 0.1 * np.abs(b[both]))
    mad = np.median(np.abs(d - np.median(d)))
    assert found.sigma == pytest.approx(1.4826 * mad, rel=1e-5, abs=1e-3)
    if found.maps and (histogram := found.maps.histogram):
        assert histogram.counts.sum() + histogram.below + histogram.above == d.size


def test_large_images_are_read_in_strips_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    generator = np.random.default_rng(1)
    a, b = (generator.normal(0, 1, (700, 620)).astype(np.float32) for _ in range(2))
    a[:9, :9] = np.nan
    paths = write("a.fits", a), write("b.fits", b)
    whole = image(*paths, absolute=2.0)
    monkeypatch.setattr(images, "STRIP_PIXELS", 5000)
    striped = image(*paths, absolute=2.0)
    assert striped.raw.beyond == whole.raw.beyond
    assert striped.raw.largest == whole.raw.largest
    assert striped.raw.place == whole.raw.place
    assert striped.median == whole.median
    assert striped.maps is not None
    assert whole.maps is not None
    np.testing.assert_allclose(striped.maps.mean, whole.maps.mean, atol=1e-12)
    np.testing.assert_array_equal(striped.maps.largest, whole.maps.largest)
    monkeypatch.setattr(images, "SAMPLE_PIXELS", 1 << 14)
    sampled = image(*paths, absolute=2.0)
    assert sampled.sampled_every == 6
    assert sampled.median == pytest.approx(whole.median, abs=0.05)
    assert sampled.raw.beyond == whole.raw.beyond


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((8, 8), np.nan, np.float32),
        np.zeros((1, 1), np.uint16),
        np.array([[1e38, -1e38, np.inf]], np.float32),
        np.array([[1e300, -1e300, 1e-310]], np.float64),
        np.arange(24, dtype=np.int16).reshape(2, 3, 4),
        np.arange(5, dtype=np.int32),
    ],
)
def test_odd_images_are_compared(write: Write, pixels: np.ndarray[Any, Any]) -> None:
    assert compare_files(write("a.fits", pixels), write("b.fits", pixels)).agree
    other = np.where(np.isfinite(pixels), 1, pixels).astype(pixels.dtype)
    assert not compare_files(write("a.fits", pixels), write("b.fits", other)).agree or np.all(
        np.isnan(pixels)
    )


def test_a_packed_file_agrees_with_itself_unpacked(
    write: Write, noise: np.ndarray[Any, Any]
) -> None:
    plain = write("a.fits", noise)
    packed = plain.with_name("a.fits.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert compare_files(plain, packed).agree


def test_flags_are_compared_bit_by_bit(write: Write, noise: np.ndarray[Any, Any]) -> None:
    flags = np.zeros(noise.shape, np.int32)
    others = flags.copy()
    flags[0, :5] = 1 << 30
    others[0, 3:9] = 1 << 30 | 1 << 3
    found = compare_files(
        write("a.fits", noise, noise, flags), write("b.fits", noise, noise, others)
    )
    content = found.units[2].content
    assert isinstance(content, FlagDifference)
    assert content.unequal == 9
    assert [(first, second) for _, first, second in content.bits] == [(0, 6), (3, 4)]
    assert content.bits[1][0] == "bit 30, no data"
    assert found.reasons == ("DQ: 9 of 3,500 pixels (0.257 %) have different flags",)


def test_a_unit_on_one_side_only_is_a_difference_unless_others_are_named(
    write: Write, noise: np.ndarray[Any, Any]
) -> None:
    a, b = write("a.fits", noise, noise), write("b.fits", noise)
    assert compare_files(a, b).reasons == ("unit ERR is in the first only",)
    assert compare_files(b, a).reasons == ("unit ERR is in the second only",)
    assert compare_files(a, b, units=["0"]).agree
    assert compare_files(a, b, units=["PRIMARY"]).agree
    with pytest.raises(UserError, match=r"it has no unit 'ERR', only PRIMARY") as said:
        compare_files(a, b, units=["ERR"])
    assert said.value.code.name == "fits.no-such-unit"


def test_units_are_paired_by_name_and_else_by_number(tmp_path: Path) -> None:
    def write(name: str, *names: str) -> Path:
        planes = [Hdu({}, np.full((2, 2), float(len(n))), n) for n in names]
        write_fits(tmp_path / name, [Hdu({}, None), *planes])
        return tmp_path / name

    named = compare_files(write("a.fits", "X", "LONG"), write("b.fits", "LONG", "X"))
    assert named.agree
    assert [unit.name for unit in named.units] == ["PRIMARY", "X", "LONG"]
    found = compare_files(write("a.fits", "X"), write("b.fits", ""), Tolerance(1.0))
    assert [unit.name for unit in found.units] == ["PRIMARY", "X"]
    assert found.agree


# ── Keywords and QC1 values ─────────────────────────────────────────────────


def test_keywords_are_told_and_count_only_where_that_is_wanted(write: Write) -> None:
    pixels = np.ones((2, 2))
    a = write("a.fits", pixels, header={"EXPTIME": 10.0, "INS.FILT1.NAME": "B", "OBJECT": "x"})
    b = write("b.fits", pixels, header={"EXPTIME": 10.5, "INS.FILT1.NAME": "B", "AIRM": 1.0})
    found = compare_files(a, b)
    header = found.units[0].header
    assert header.different == {"EXPTIME": (10.0, 10.5)}
    assert (header.only_first, header.only_second) == ({"OBJECT": "x"}, {"AIRM": 1.0})
    assert found.agree
    assert compare_files(a, b, Tolerance(strict=True)).reasons == ("PRIMARY: 3 keywords differ",)


def test_what_says_only_when_and_where_a_file_was_written_is_left_out(write: Write) -> None:
    def header(text: str) -> dict[str, str]:
        names = ("DATE", "PIPEFILE", "PRO.REC1.START", "PRO.REC12.STOP", "PRO.DFS.HOST")
        return dict.fromkeys(names, text)

    pixels = np.ones((2, 2))
    a, b = write("a.fits", pixels, header=header("x")), write("b.fits", pixels, header=header("y"))
    assert compare_files(a, b, Tolerance(strict=True)).agree


def test_numbers_in_keywords_may_be_written_differently(write: Write) -> None:
    pixels = np.ones((2, 2))
    a = write("a.fits", pixels, header={"X": 0.1 + 0.2, "Y": 3})
    b = write("b.fits", pixels, header={"X": 0.3, "Y": 3.0})
    assert compare_files(a, b, Tolerance(strict=True)).agree
    c = write("c.fits", pixels, header={"X": 0.3, "Y": True})
    assert not compare_files(b, c, Tolerance(strict=True)).agree


def test_quality_values_stand_side_by_side(write: Write) -> None:
    pixels = np.ones((2, 2))
    a = write("a.fits", pixels, header={"QC.RON": 4.0, "QC.A": 1, "QC.DID": "x"})
    b = write("b.fits", pixels, header={"QC.RON": 3.2, "QC.B": 0.0, "QC.DID": "y"})
    found = compare_files(a, b)
    told = {q.name: (q.first, q.second, q.agrees) for q in found.quality}
    assert told == {
        "QC.RON": (4.0, 3.2, False),
        "QC.A": (1.0, None, False),
        "QC.B": (None, 0.0, False),
    }
    assert found.quality[0].difference == pytest.approx(0.8)
    assert found.quality[0].relative == pytest.approx(0.25)
    assert found.quality[1].difference is None
    assert found.units[0].header.different == {"QC.DID": ("x", "y")}
    strict = compare_files(a, b, Tolerance(strict=True, relative=0.3))
    assert "2 QC1 values differ, QC.A first" in strict.reasons


# ── Tables ──────────────────────────────────────────────────────────────────


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, **columns: Any) -> Path:
        formats = {"f": "D", "i": "J", "U": "8A", "b": "L", "O": "PD()"}
        made = []
        for title, values in columns.items():
            array = np.asarray(values) if title != "VARYING" else np.array(values, dtype=object)
            size = str(array.shape[1]) if array.ndim == 2 else ""
            made.append(fits.Column(title, size + formats[array.dtype.kind], array=array))
        hdu = fits.BinTableHDU.from_columns(made, name="LINES")
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(tmp_path / name)
        return tmp_path / name

    return write


def columns(found: Any) -> dict[str, Any]:
    content = found.units[1].content
    assert isinstance(content, TableDifference)
    return {column.name: column for column in content.columns}


def test_tables_are_compared_column_by_column(table: Callable[..., Path]) -> None:
    a = table(
        "a.fits", WAVE=[400.0, 500.0, np.nan], ION=["Th", "Ar", "Th"], ON=[True] * 3, N=[1, 2, 3]
    )
    b = table(
        "b.fits", WAVE=[400.0, 500.1, np.nan], ION=["Th", "Ne", "Th"], ON=[True] * 3, M=[1, 2, 3]
    )
    found = compare_files(a, b, Tolerance(0.05))
    told = columns(found)
    assert told["WAVE"].largest == pytest.approx(-0.1)
    assert (told["WAVE"].row, told["WAVE"].unequal, told["WAVE"].beyond) == (2, 1, 1)
    assert (told["ION"].row, told["ION"].unequal, told["ON"].unequal) == (2, 1, 0)
    assert found.reasons == (
        "LINES: column N is in the first only",
        "LINES: column M is in the second only",
        "LINES: column WAVE: 1 of 3 values differ, the largest by -0.1 in row 2",
        "LINES: column ION: 1 of 3 values differ in row 2",
    )
    assert not compare_files(a, b, Tolerance(0.2)).agree


def test_columns_of_arrays_are_compared_value_by_value(table: Callable[..., Path]) -> None:
    a = table("a.fits", FIT=[[1.0, 2.0], [3.0, 4.0]], VARYING=[np.ones(2), np.ones(3)])
    b = table("b.fits", FIT=[[1.0, 2.0], [3.5, 4.0]], VARYING=[np.ones(2), np.full(3, 2.0)])
    told = columns(compare_files(a, b))
    assert (told["FIT"].values, told["FIT"].beyond, told["FIT"].row) == (4, 1, 2)
    assert (told["VARYING"].values, told["VARYING"].beyond, told["VARYING"].row) == (5, 3, 2)
    c = table("c.fits", FIT=[[1.0], [2.0]], VARYING=[np.ones(3), np.ones(2)])
    assert compare_files(a, c).reasons == (
        "LINES: column FIT: its shapes are (2, 2) and (2,)",
        "LINES: column VARYING: row 1 differs in length",
    )


def test_tables_that_cannot_be_laid_side_by_side_say_why(
    table: Callable[..., Path], tmp_path: Path
) -> None:
    a, b = table("a.fits", X=[1.0, 2.0]), table("b.fits", X=[1.0])
    assert compare_files(a, b).reasons == ("LINES: the first has 2 rows, the second 1",)
    text = table("text.fits", X=["one", "two"])
    assert "column X: its types are" in compare_files(a, text).reasons[0]
    damaged = tmp_path / "damaged.fits"
    damaged.write_bytes(a.read_bytes().replace(b"TFORM1  = 'D ", b"TFORM1  = '? "))
    assert "a table cannot be read" in compare_files(a, damaged).reasons[0]
    write_fits(tmp_path / "image.fits", [Hdu({}, None), Hdu({}, np.ones((2, 2)), "LINES")])
    assert compare_files(a, tmp_path / "image.fits").reasons == (
        "LINES: the first holds a table, the second an image",
    )


def test_a_file_that_is_no_fits_is_an_error(write: Write, tmp_path: Path) -> None:
    (tmp_path / "text.fits").write_text("no FITS at all")
    with pytest.raises(UserError, match=r"\[fits.not-fits\]"):
        compare_files(write("a.fits", np.ones((2, 2))), tmp_path / "text.fits")
