"""Writing FITS, whole or not at all, in one pass over the pixels.

Astropy writes BSCALE and BZERO of unsigned integers as FITS integers, which real
recipes refuse, and holds whole converted planes in memory; hence this small layer.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

import numpy as np

from dfs.foundation.errors import UserError
from dfs.foundation.files import atomic_write
from dfs.foundation.fits.checksum import encode_checksum, ones_complement_sum
from dfs.foundation.fits.encode import encode_card
from dfs.foundation.fits.errors import BAD_VALUE
from dfs.foundation.fits.structure import BLOCK_BYTES, CARD_BYTES, padded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dfs.plugin.frames import HeaderCards, HeaderValue

__all__ = ["Hdu", "HduLike", "WrittenFits", "write_fits"]

_STRIP_BYTES: Final = (
    1 << 18
)  # a strip that is swapped, summed, digested and written stays in cache

_STRUCTURAL: Final = frozenset(
    {
        *("SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS"),
        *("BSCALE", "BZERO", "BLANK", "EXTNAME", "LONGSTRN", "CHECKSUM", "DATASUM", "DATAMD5"),
    }
)


class HduLike(Protocol):
    """What can be written as a header-data unit; a plugin's ``RawImage`` is one."""

    @property
    def header(self) -> HeaderCards:
        """Keywords in dotted spelling; structural ones are ours and are passed over."""

    @property
    def data(self) -> NDArray[Any] | None:
        """Pixels, (ny, nx) or any shape; None for a unit without."""

    @property
    def name(self) -> str:
        """EXTNAME; empty for none."""


@dataclass(frozen=True, slots=True)
class Hdu:
    """A header-data unit to be written.

    Parameters
    ----------
    header : keywords in dotted spelling, a value or (value, comment). Structural
        keywords (BITPIX, NAXIS…, BZERO, CHECKSUM, DATAMD5 …) are the writer's and
        are passed over, so the header of another file can be handed on.
    data : uint8, integers of 16 to 64 bits, signed or not, or floats of 32 or 64 bits.
    name : EXTNAME; empty for none.
    """

    header: HeaderCards = field(default_factory=dict)
    data: NDArray[Any] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class WrittenFits:
    """What is known of a file that was written.

    Parameters
    ----------
    path : where it lies.
    size_bytes : its length.
    data_md5 : MD5 of all data units one after the other, with padding, as in
        DATAMD5: 32 hexadecimal digits; empty if no checksums were wanted.
    """

    path: str
    size_bytes: int
    data_md5: str


def write_fits(
    path: str | os.PathLike[str],
    hdus: Iterable[HduLike],
    *,
    checksum: bool = True,
    fsync: bool = True,
) -> WrittenFits:
    """Write a FITS file that appears whole or not at all.

    Pixels are converted strip by strip, so nothing is copied as a whole. Beyond the
    second, no unit is asked for before the one in front of it is written and let go.

    Parameters
    ----------
    path : a file of that name is replaced.
    hdus : the primary unit first.
    checksum : write CHECKSUM and DATASUM into each unit and DATAMD5 into the primary.
    fsync : wait for the disk.

    Raises
    ------
    UserError
        ``fits.bad-keyword`` or ``fits.bad-value``; nothing was written.
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``; nothing is left behind.
    """
    extended, units = _looked_ahead(hdus)
    md5 = hashlib.md5(usedforsecurity=False) if checksum else None
    # Of each unit: where its header begins, that header, the sum of its data.
    written: list[tuple[int, bytes, int]] = []
    with atomic_write(path, fsync=fsync) as file:
        for hdu in units:
            begin = file.tell()
            header = _header(hdu, len(written), extended=extended, checksum=checksum)
            file.write(header)
            written.append((begin, header, _write_data(file, hdu.data, md5)))
            del hdu  # the next one may take as much memory
        size = file.tell()
        data_md5 = md5.hexdigest() if md5 else ""
        if md5:
            for begin, header, data_sum in written:
                file.seek(begin)
                file.write(_completed(header, data_sum, data_md5 if begin == 0 else ""))
    return WrittenFits(os.fspath(path), size, data_md5)


def _looked_ahead(hdus: Iterable[HduLike]) -> tuple[bool, Iterator[HduLike]]:
    """Say whether there is more than one unit, which the primary header tells, and give all."""
    remaining = iter(hdus)
    first = list(islice(remaining, 2))

    def units() -> Iterator[HduLike]:
        while first:
            yield first.pop(0)
        yield from remaining

    return len(first) > 1, units()


def _header(hdu: HduLike, index: int, *, extended: bool, checksum: bool) -> bytes:
    """Encode a header whose checksum cards, the last ones, still wait for their values."""
    cards = [encode_card(*card) for card in _structure(hdu, index, extended=extended)]
    described = [encode_card(keyword, *card) for keyword, card in _described(hdu.header)]
    if any(len(card) > CARD_BYTES for card in described):
        cards.append(encode_card("LONGSTRN", "OGIP 1.0", "long strings go on in CONTINUE cards"))
    cards += described
    if checksum:
        cards += _checksum_cards(data_sum=0, data_md5="0" * 32 if index == 0 else "")
    cards.append(b"END".ljust(CARD_BYTES))
    text = b"".join(cards)
    return text.ljust(padded(len(text)))


def _structure(
    hdu: HduLike, index: int, *, extended: bool
) -> Iterator[tuple[str, HeaderValue, str]]:
    shape: tuple[int, ...] = () if hdu.data is None else hdu.data.shape
    if hdu.data is not None and not shape:
        raise UserError(BAD_VALUE, "a single number is no image")
    stored = np.dtype(">u1") if hdu.data is None else _stored_type(hdu.data.dtype)
    if index == 0:
        yield "SIMPLE", True, "conforms to the FITS standard"
    else:
        yield "XTENSION", "IMAGE", "image extension"
    yield "BITPIX", stored.itemsize * (-8 if stored.kind == "f" else 8), "type of a pixel"
    yield "NAXIS", len(shape), "number of axes"
    for axis, length in enumerate(reversed(shape), start=1):
        yield f"NAXIS{axis}", length, ""
    if index == 0:
        if extended:
            yield "EXTEND", True, "extensions follow"
    else:
        yield "PCOUNT", 0, ""
        yield "GCOUNT", 1, ""
    if hdu.data is not None and _offset(hdu.data.dtype):
        yield "BSCALE", 1.0, "value = BZERO + BSCALE * stored"
        yield "BZERO", float(_offset(hdu.data.dtype)), "integers are stored with an offset"
    if hdu.name:
        yield "EXTNAME", hdu.name, ""


def _described(
    header: Mapping[str, HeaderValue | tuple[HeaderValue, str]],
) -> Iterable[tuple[str, tuple[HeaderValue, str]]]:
    for keyword, card in header.items():
        if keyword not in _STRUCTURAL and not _is_axis(keyword):
            yield keyword, card if isinstance(card, tuple) else (card, "")


def _is_axis(keyword: str) -> bool:
    return keyword.startswith("NAXIS") and keyword[5:].isdigit()


def _checksum_cards(data_sum: int, data_md5: str, checksum: str = "0" * 16) -> list[bytes]:
    md5 = [encode_card("DATAMD5", data_md5, "MD5 of all data units")] if data_md5 else []
    return [
        *md5,
        encode_card("CHECKSUM", checksum, "checksum of this unit"),
        encode_card("DATASUM", str(data_sum), "checksum of its data"),
    ]


def _completed(header: bytes, data_sum: int, data_md5: str) -> bytes:
    def filled(checksum: str) -> bytes:
        cards = b"".join(_checksum_cards(data_sum, data_md5, checksum))
        end = len(header.rstrip()) - len("END")
        return header[: end - len(cards)] + cards + header[end:]

    total = ones_complement_sum(filled("0" * 16), data_sum)
    return filled(encode_checksum(total))


def _offset(dtype: np.dtype[Any]) -> int:
    """BZERO of a type that FITS does not have, zero of one that it has (FITS 4.0 §5.2.5)."""
    if dtype.kind == "u" and dtype.itemsize > 1:
        return 1 << (8 * dtype.itemsize - 1)
    return 0


def _stored_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Give the FITS type whose bits hold a type of numpy (FITS 4.0 §4.4.1.1)."""
    if (dtype.kind, dtype.itemsize) in {("f", 4), ("f", 8)}:
        return np.dtype(f">f{dtype.itemsize}")
    if dtype == np.uint8:
        return dtype
    if dtype.kind in "iu" and dtype.itemsize > 1:
        return np.dtype(f">i{dtype.itemsize}")
    raise UserError(BAD_VALUE, f"FITS has no pixels of type {dtype}")


def _write_data(file: BinaryIO, data: NDArray[Any] | None, md5: Any) -> int:
    """Write a data unit and give its sum, zero if none is wanted."""
    if data is None:
        return 0
    total = size = 0
    for strip in _stored_strips(data):
        file.write(strip)
        size += strip.nbytes
        if md5:
            md5.update(strip)
            # Only the last strip can end within a word; padding is zeros.
            odd = strip.nbytes % 4
            total = ones_complement_sum(strip.tobytes() + bytes(4 - odd) if odd else strip, total)
    padding = bytes(-size % BLOCK_BYTES)
    file.write(padding)
    if md5:
        md5.update(padding)
    return total


def _stored_strips(data: NDArray[Any]) -> Iterator[memoryview]:
    """Give the bytes of the data unit, some rows at a time, in a buffer that is used again."""
    stored = _stored_type(data.dtype)
    native = data.dtype.newbyteorder("=")
    highest_bit = 1 << (8 * stored.itemsize - 1)
    row_bytes = max(1, stored.itemsize * math.prod(data.shape[1:]))
    step = max(4, _STRIP_BYTES // row_bytes // 4 * 4)  # so that a strip ends with a 32-bit word
    buffer = np.empty((min(step, len(data)), *data.shape[1:]), stored)
    for start in range(0, len(data), step):
        strip = data[start : start + step]
        if _offset(data.dtype):
            # Turning the highest bit subtracts BZERO without overflow.
            bits = strip.astype(native, copy=False).view(f"u{stored.itemsize}")
            strip = (bits ^ bits.dtype.type(highest_bit)).view(stored.newbyteorder("="))
        out = buffer[: len(strip)]
        out[...] = strip
        yield out.reshape(-1).view(np.uint8).data
