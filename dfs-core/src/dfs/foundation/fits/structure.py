"""The skeleton of a FITS file: where each header and each data unit begins and ends.

Source: FITS standard 4.0, sections 3 and 4.4.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

from dfs.foundation.errors import UserError
from dfs.foundation.fits.errors import BAD_STRUCTURE, HEADER_TOO_LONG, NOT_FITS, TRUNCATED
from dfs.foundation.fits.sources import FIRST_READ_BYTES, ByteSource

BLOCK_BYTES: Final = 2880
CARD_BYTES: Final = 80

MAX_HEADER_BYTES: Final = 500 * BLOCK_BYTES
"""18 000 cards. The longest headers of real instruments have a few thousand."""

_END: Final = b"END".ljust(CARD_BYTES)
_INTEGER: Final = re.compile(rb" *([+-]?\d{1,18}) *(?:/|\Z)")
_BITPIX: Final = frozenset({8, 16, 32, 64, -32, -64})


@dataclass(frozen=True, slots=True)
class Unit:
    """One header-data unit as it lies in the file.

    Parameters
    ----------
    index : 0 for the primary unit.
    cards : the header without ``END`` and what follows, 80 bytes a card.
    bitpix : type of a pixel as in the header.
    axes : lengths in the order of the file: NAXIS1 first.
    data_offset : where the data begin, bytes from the beginning of the file.
    data_size : bytes of data without padding.
    """

    index: int
    cards: bytes
    bitpix: int
    axes: tuple[int, ...]
    data_offset: int
    data_size: int


def padded(size: int) -> int:
    """Round a number of bytes up to whole FITS blocks."""
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES


def units(source: ByteSource) -> Iterator[Unit]:
    """Walk through the header-data units, reading headers only.

    Raises
    ------
    UserError
        ``fits.not-fits``, ``fits.truncated``, ``fits.header-too-long`` or
        ``fits.bad-structure``; and what the source raises.
    """
    offset = 0
    index = 0
    while index == 0 or offset < source.size:
        cards = _header(source, offset, index)
        if cards is None:
            return
        bitpix, axes, data_size = _shape(cards, index, source.path)
        data_offset = offset + padded(len(cards) + CARD_BYTES)
        if data_size and data_offset + data_size > source.size:
            raise UserError(
                TRUNCATED,
                f"unit {index} promises {data_size} bytes of data, but only "
                f"{max(0, source.size - data_offset)} follow its header",
                where=source.path,
            )
        yield Unit(index, cards, bitpix, axes, data_offset, data_size)
        offset = data_offset + padded(data_size)
        index += 1


def _header(source: ByteSource, offset: int, index: int) -> bytes | None:
    text = source.read_at(offset, FIRST_READ_BYTES)
    if index == 0 and not text.startswith(b"SIMPLE  ="):
        raise UserError(NOT_FITS, "the file does not begin with SIMPLE", where=source.path)
    if index > 0 and not text.startswith(b"XTENSION"):
        return None  # what follows the last unit is nobody's, FITS 4.0 §3.5
    searched = 0
    while True:
        end = text.find(_END, searched)
        while end % CARD_BYTES and end > 0:  # the text of a card may look like END
            end = text.find(_END, end + 1)
        if end >= 0:
            return text[:end]
        if len(text) >= MAX_HEADER_BYTES:
            raise UserError(
                HEADER_TOO_LONG,
                f"no END within {MAX_HEADER_BYTES // CARD_BYTES} cards of unit {index}",
                where=source.path,
            )
        searched = len(text) // CARD_BYTES * CARD_BYTES
        more = source.read_at(offset + len(text), min(3 * len(text), MAX_HEADER_BYTES - len(text)))
        if not more:
            raise UserError(
                TRUNCATED, f"the file ends within the header of unit {index}", where=source.path
            )
        text += more


def _shape(cards: bytes, index: int, path: str) -> tuple[int, tuple[int, ...], int]:
    bitpix = _integer(cards, 1, b"BITPIX", path)
    if bitpix not in _BITPIX:
        raise UserError(BAD_STRUCTURE, f"BITPIX = {bitpix} is no pixel type", where=path)
    naxis = _integer(cards, 2, b"NAXIS", path)
    if not 0 <= naxis <= 999:
        raise UserError(BAD_STRUCTURE, f"NAXIS = {naxis} is impossible", where=path)
    axes = tuple(_integer(cards, 3 + i, b"NAXIS%d" % (i + 1), path) for i in range(naxis))
    parameters, groups = 0, 1
    if index > 0:
        parameters = _integer(cards, 3 + naxis, b"PCOUNT", path)
        groups = _integer(cards, 4 + naxis, b"GCOUNT", path)
    if min((*axes, parameters, groups)) < 0:
        raise UserError(BAD_STRUCTURE, "an axis has a negative length", where=path)
    elements = groups * (parameters + prod(axes)) if naxis else 0
    return bitpix, axes, elements * abs(bitpix) // 8


def _integer(cards: bytes, position: int, keyword: bytes, path: str) -> int:
    """Read one of the cards whose order the standard prescribes."""
    start = position * CARD_BYTES
    name = keyword.ljust(8) + b"= "
    match = None
    if cards.startswith(name, start):
        match = _INTEGER.match(cards, start + len(name), start + CARD_BYTES)
    if match is None:
        raise UserError(
            BAD_STRUCTURE,
            f"card {position + 1} is not {keyword.decode()} with an integer value",
            where=path,
        )
    return int(match[1])
