"""Pixels of an image in strips of rows, in the type the detector delivered.

Unsigned 16-bit frames, BITPIX 16 with BZERO 32768, stay unsigned 16-bit integers.
"""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dfs.foundation.errors import UserError
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.errors import NO_SUCH_UNIT, NOT_AN_IMAGE, TRUNCATED
from dfs.foundation.fits.sources import ByteSource, open_source
from dfs.foundation.fits.structure import Unit, units

__all__ = ["ImageSource", "open_image"]

_SCALING: Final = frozenset({"BSCALE", "BZERO", "EXTNAME", "XTENSION"})
_STORED: Final = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


class ImageSource:
    """An image on disk that gives its rows when asked; it holds no pixels and no open file.

    Made by :func:`open_image`.

    Attributes
    ----------
    path : the file.
    name : EXTNAME, empty if there is none.
    shape : (ny, nx).
    dtype : type of the pixels that :meth:`rows` gives.
    bscale, bzero : as in the header.
    """

    __slots__ = (
        "_offset",
        "_source",
        "_stored",
        "bscale",
        "bzero",
        "dtype",
        "name",
        "path",
        "shape",
    )

    def __init__(self, source: ByteSource, unit: Unit) -> None:
        cards = read_cards(unit.cards, _SCALING, where=source.path)
        image = unit.index == 0 or cards.get("XTENSION") == "IMAGE"
        if not image or len(unit.axes) != 2 or 0 in unit.axes:
            detail = f"unit {unit.index} has the axes {unit.axes}"
            raise UserError(NOT_AN_IMAGE, detail, where=source.path)
        self.path = source.path
        self.name = str(cards.get("EXTNAME", ""))
        self.shape = (unit.axes[1], unit.axes[0])
        self.bscale = float(cards.get("BSCALE", 1.0))
        self.bzero = float(cards.get("BZERO", 0.0))
        source.release()
        self._source = source
        self._offset = unit.data_offset
        self._stored: np.dtype[Any] = np.dtype(_STORED[unit.bitpix])
        self.dtype = self._native_type()

    def __repr__(self) -> str:
        return f"<ImageSource {self.path} {self.name} {self.shape} {self.dtype}>"

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Read rows, counted from zero, the last one excluded.

        Returns
        -------
        ndarray
            (stop - start, nx), native byte order, the caller's own.

        Raises
        ------
        UserError
            ``fits.truncated`` or ``fits.unreadable``.
        """
        start, stop, _ = slice(start, stop).indices(self.shape[0])
        width = self.shape[1]
        row_bytes = width * self._stored.itemsize
        wanted = max(0, stop - start) * row_bytes
        raw = self._source.read_at(self._offset + start * row_bytes, wanted)
        if len(raw) < wanted:
            raise UserError(
                TRUNCATED, f"the file ends before row {stop} of {self.shape[0]}", where=self.path
            )
        stored = np.frombuffer(raw, self._stored).reshape(-1, width)
        pixels = stored.astype(self._stored.newbyteorder("="))
        if self._is_shifted_integer():
            bits = pixels.view(f"u{pixels.itemsize}")
            bits ^= bits.dtype.type(1 << (8 * pixels.itemsize - 1))
            return bits.view(self.dtype)
        if self.bscale != 1.0 or self.bzero != 0.0:
            scaled = pixels.astype(self.dtype, copy=False)
            scaled *= self.dtype.type(self.bscale)
            scaled += self.dtype.type(self.bzero)
            return scaled
        return pixels

    def read(self) -> NDArray[Any]:
        """Read all rows."""
        return self.rows(0, self.shape[0])

    def _is_shifted_integer(self) -> bool:
        """Tell whether BZERO only makes a signed type unsigned, or the reverse."""
        if self._stored.kind == "f" or self.bscale != 1.0:
            return False
        if self._stored.itemsize == 1:
            return self.bzero == -128.0
        return self.bzero == float(1 << (8 * self._stored.itemsize - 1))

    def _native_type(self) -> np.dtype[Any]:
        if self._is_shifted_integer():
            kind = "i" if self._stored.itemsize == 1 else "u"
            return np.dtype(f"{kind}{self._stored.itemsize}")
        if self._stored.kind == "f" or (self.bscale == 1.0 and self.bzero == 0.0):
            return self._stored.newbyteorder("=")
        return np.dtype("f4" if self._stored.itemsize <= 2 else "f8")


def open_image(path: str | os.PathLike[str], hdu: int | str = 0) -> ImageSource:
    """Find an image in a FITS file, plain or gzip, without reading its pixels.

    Rows of a gzip file are best read in order; each step back unpacks it again.

    Parameters
    ----------
    path : the file.
    hdu : number (0 is the primary unit) or EXTNAME.

    Raises
    ------
    UserError
        ``fits.no-such-unit``, ``fits.not-an-image``, and those of
        :func:`dfs.foundation.fits.headers.read_header`.
    """
    source = open_source(path)
    for unit in units(source):
        if hdu == unit.index:
            return ImageSource(source, unit)
        if isinstance(hdu, str):
            cards = read_cards(unit.cards, _SCALING, where=source.path, problems=[])
            if cards.get("EXTNAME") == hdu:
                return ImageSource(source, unit)
    raise UserError(NO_SUCH_UNIT, f"it has no unit {hdu!r}", where=source.path)
