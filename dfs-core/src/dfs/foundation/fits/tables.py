"""Columns of a binary table.

Only numbers and text of fixed length are read; that is what calibrations consist of.

Source: FITS standard 4.0, section 7.3.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dfs.foundation.errors import UserError
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.errors import BAD_STRUCTURE, NO_SUCH_UNIT, NOT_A_TABLE
from dfs.foundation.fits.sources import ByteSource, open_source
from dfs.foundation.fits.structure import Unit, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_table"]

_FORM: Final = re.compile(r"(\d*)([LXBIJKAEDCMPQ])")
_READ: Final = {"B": ">u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_BYTES: Final = {"L": 1, "C": 8, "M": 16, "P": 8, "Q": 16}


def read_table(path: str | os.PathLike[str], hdu: int | str = 1) -> dict[str, NDArray[Any]]:
    """Read the columns of a binary table.

    Parameters
    ----------
    path : the file, plain or gzip.
    hdu : number (0 is the primary unit) or EXTNAME.

    Returns
    -------
    dict
        By name, in the order of the table: (rows,), or (rows, n) of a column of n
        numbers, native byte order. Columns of logical values, bits, complex numbers
        and arrays of variable length are left out.

    Raises
    ------
    UserError
        ``fits.no-such-unit``, ``fits.not-a-table``, and those of
        :func:`dfs.foundation.fits.headers.read_header`.
    """
    source = open_source(path)
    for unit in units(source):
        cards = read_cards(unit.cards, None, where=source.path, problems=[])
        if hdu in (unit.index, cards.get("EXTNAME")):
            return _columns(source, unit, cards)
    raise UserError(NO_SUCH_UNIT, f"it has no unit {hdu!r}", where=source.path)


def _columns(source: ByteSource, unit: Unit, cards: dict[str, Any]) -> dict[str, NDArray[Any]]:
    if cards.get("XTENSION") != "BINTABLE":
        raise UserError(NOT_A_TABLE, f"unit {unit.index} is no binary table", where=source.path)
    width, length = unit.axes
    names = [f"{n}" for n in range(1, int(cards.get("TFIELDS", 0)) + 1)]
    layout = np.dtype([(n, _stored(str(cards.get(f"TFORM{n}", "")), source.path)) for n in names])
    if layout.itemsize != width:
        detail = f"the columns of unit {unit.index} take {layout.itemsize} of {width} bytes a row"
        raise UserError(BAD_STRUCTURE, detail, where=source.path)
    rows = np.frombuffer(source.read_at(unit.data_offset, width * length), layout)
    source.release()
    columns: dict[str, NDArray[Any]] = {}
    for n in names:
        values = rows[n]
        if values.dtype.kind == "V":
            continue
        values = values.astype(values.dtype.newbyteorder("="))
        scale, zero = float(cards.get(f"TSCAL{n}", 1.0)), float(cards.get(f"TZERO{n}", 0.0))
        if values.dtype.kind != "S" and (scale, zero) != (1.0, 0.0):
            values = values * scale + zero
        columns[str(cards.get(f"TTYPE{n}", f"COLUMN{n}")).strip()] = values
    return columns


def _stored(form: str, path: str) -> Any:
    """Give the type of a column's bytes; raw bytes where it is not read."""
    match = _FORM.match(form)
    if match is None:
        raise UserError(BAD_STRUCTURE, f"TFORM {form!r} is no column type", where=path)
    count, kind = int(match[1] or 1), match[2]
    if kind == "A":
        return f"S{count}" if count else "V0"
    if kind in _READ and count:
        return _READ[kind] if count == 1 else (_READ[kind], (count,))
    return f"V{-(-count // 8) if kind == 'X' else count * _BYTES.get(kind, 0)}"
