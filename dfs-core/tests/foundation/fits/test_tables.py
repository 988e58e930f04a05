"""Binary tables are read as astropy writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from dfs.foundation.errors import UserError
from dfs.foundation.fits.tables import read_table


@pytest.fixture
def table(tmp_path: Path) -> Path:
    columns = [
        fits.Column("Order", "J", array=[1, 2, 3]),
        fits.Column("Lit", "L", array=[True, False, True]),
        fits.Column("Coeff", "D", unit="px", array=[0.5, -1.5, 1e9]),
        fits.Column("Pair", "2E", array=np.arange(6).reshape(3, 2)),
        fits.Column("Ident", "5A", array=["ThI", "ArII", ""]),
        fits.Column("Bits", "11X", array=np.zeros((3, 11), bool)),
        fits.Column("Count", "I", bzero=32768, array=np.array([1, 40000, 3], np.uint16)),
    ]
    path = tmp_path / "table.fits"
    unit = fits.BinTableHDU.from_columns(columns, name="LINES")
    fits.HDUList([fits.PrimaryHDU(), unit]).writeto(path)
    return path


@pytest.mark.parametrize("hdu", [1, "LINES"])
def test_columns_of_numbers_and_text_are_read(table: Path, hdu: int | str) -> None:
    columns = read_table(table, hdu)
    assert list(columns) == ["Order", "Coeff", "Pair", "Ident", "Count"]
    assert columns["Order"].tolist() == [1, 2, 3]
    assert columns["Order"].dtype.isnative
    assert columns["Coeff"].tolist() == [0.5, -1.5, 1e9]
    assert columns["Pair"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert columns["Ident"].tolist() == [b"ThI", b"ArII", b""]
    assert columns["Count"].tolist() == [1, 40000, 3]


@pytest.mark.parametrize(("hdu", "code"), [(0, "fits.not-a-table"), (7, "fits.no-such-unit")])
def test_what_is_no_table_is_told(table: Path, hdu: int, code: str) -> None:
    with pytest.raises(UserError) as raised:
        read_table(table, hdu)
    assert raised.value.code.name == code


def test_columns_that_do_not_fill_a_row_are_told(table: Path) -> None:
    table.write_bytes(table.read_bytes().replace(b"'5A      '", b"'4A      '"))
    with pytest.raises(UserError, match="take 29 of 30 bytes a row"):
        read_table(table)
