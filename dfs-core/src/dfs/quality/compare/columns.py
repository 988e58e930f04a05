"""Two tables, compared column by column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
from astropy.io.fits.hdu.hdulist import fitsopen
from astropy.io.fits.verify import VerifyError
from numpy.typing import NDArray

from dfs.quality.compare.model import ColumnDifference, TableDifference, Tolerance

__all__ = ["compare_tables"]

_open: Final[Callable[..., Any]] = fitsopen
_DAMAGED: Final = (OSError, ValueError, TypeError, KeyError, IndexError, VerifyError)
"""What astropy raises on a table whose header does not describe its rows."""


def compare_tables(
    first: tuple[str, int], second: tuple[str, int], tolerance: Tolerance
) -> TableDifference | str:
    """Compare two tables.

    Parameters
    ----------
    first, second : file and number of the unit; the second is the reference.
    tolerance : what still counts as agreement.

    Returns
    -------
    TableDifference or str
        A sentence where their values cannot be compared: they have different numbers of
        rows, or one is damaged.
    """
    try:
        with _open(first[0]) as a, _open(second[0]) as b:
            return _compare(a[first[1]], b[second[1]], tolerance)
    except _DAMAGED as error:
        return f"a table cannot be read: {' '.join(str(error).split())}"


def _compare(first: Any, second: Any, tolerance: Tolerance) -> TableDifference | str:
    names = [list(hdu.columns.names) for hdu in (first, second)]
    rows = [int(hdu.header["NAXIS2"]) for hdu in (first, second)]
    if rows[0] != rows[1]:
        return f"the first has {rows[0]:,} rows, the second {rows[1]:,}"
    return TableDifference(
        rows=rows[0],
        columns=tuple(
            _column(name, first.data[name], second.data[name], tolerance)
            for name in names[0]
            if name in names[1]
        ),
        only_first=tuple(n for n in names[0] if n not in names[1]),
        only_second=tuple(n for n in names[1] if n not in names[0]),
    )


def _column(name: str, first: Any, second: Any, tolerance: Tolerance) -> ColumnDifference:
    a, b = np.asarray(first), np.asarray(second)
    if "O" in (a.dtype.kind, b.dtype.kind):  # arrays of varying length
        lengths = [[np.size(value) for value in column] for column in (a, b)]
        if lengths[0] != lengths[1]:
            row = next(i for i, (x, y) in enumerate(zip(*lengths, strict=True), 1) if x != y)
            return ColumnDifference(name, problem=f"row {row:,} differs in length")
        rows = np.repeat(np.arange(len(a)), lengths[0])
        a, b = _joined(a), _joined(b)
    else:
        if a.shape != b.shape:
            return ColumnDifference(name, problem=f"its shapes are {a.shape} and {b.shape}")
        rows = np.repeat(np.arange(len(a)), math.prod(a.shape[1:]))
        a, b = a.reshape(-1), b.reshape(-1)
    kinds = {a.dtype.kind, b.dtype.kind}
    if kinds <= set("iuf"):
        return _numbers(name, a.astype(np.float64), b.astype(np.float64), rows, tolerance)
    if len({"S" if kind in "SU" else kind for kind in kinds}) > 1:
        return ColumnDifference(name, problem=f"its types are {a.dtype} and {b.dtype}")
    unequal = np.flatnonzero(a != b)
    first_row = int(rows[unequal[0]]) + 1 if unequal.size else 0
    return ColumnDifference(name, a.size, unequal.size, unequal.size, row=first_row)


def _joined(arrays: Iterable[Any]) -> NDArray[Any]:
    parts = [np.ravel(part) for part in arrays]
    return np.concatenate(parts) if parts else np.empty(0)


def _numbers(
    name: str,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    rows: NDArray[np.intp],
    tolerance: Tolerance,
) -> ColumnDifference:
    there = np.isfinite(first), np.isfinite(second)
    both = there[0] & there[1]
    difference = np.where(both, first, 0.0) - np.where(both, second, 0.0)
    amount = np.abs(difference)
    apart = there[0] != there[1]
    allowed = tolerance.absolute + tolerance.relative * np.abs(np.where(both, second, 0.0))
    place = int(amount.argmax()) if amount.any() else int(apart.argmax()) if apart.any() else -1
    count = int(np.count_nonzero(both))
    return ColumnDifference(
        name,
        values=first.size,
        unequal=int(np.count_nonzero(amount)) + int(np.count_nonzero(apart)),
        beyond=int(np.count_nonzero((amount > allowed) | apart)),
        rms=math.sqrt(float(np.vdot(difference, difference)) / count) if count else 0.0,
        largest=float(difference[place]) if place >= 0 else 0.0,
        row=int(rows[place]) + 1 if place >= 0 else 0,
    )
