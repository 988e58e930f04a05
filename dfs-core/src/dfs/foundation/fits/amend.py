"""Cards added to a file that another program wrote; its data stay as they are, bit by bit.

Source: FITS standard 4.0, sections 4.2 and 4.4.2.7.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dfs.foundation.files import NOT_WRITABLE, atomic_write, replace_file, storage_error
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.checksum import encode_checksum, ones_complement_sum
from dfs.foundation.fits.encode import encode_card
from dfs.foundation.fits.keywords import dotted
from dfs.foundation.fits.sources import open_source
from dfs.foundation.fits.structure import CARD_BYTES, padded, units

if TYPE_CHECKING:
    from dfs.plugin.frames import HeaderCards

__all__ = ["amended_header", "move_with_cards"]

_CHECKSUMS: Final = frozenset({"CHECKSUM", "DATASUM"})
_COPY_BYTES: Final = 1 << 20


def move_with_cards(
    source: str | os.PathLike[str], target: str | os.PathLike[str], cards: HeaderCards
) -> None:
    """Give a FITS file another name on the same disk, with cards in its primary header.

    Where they fit into the header's last block, only the header is written; else the
    file is copied. Either way the target appears whole, or not at all, and the source
    is gone.

    Parameters
    ----------
    source, target : the names; a file of the target's name is replaced.
    cards : see :func:`amended_header`.

    Raises
    ------
    UserError
        ``fits.…``: the source's primary header cannot be read, or a card not be written.
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    unit = next(units(open_source(source)))
    header = amended_header(unit.cards, cards, where=os.fspath(source))
    try:
        with Path(source).open("r+b") as file:
            if len(header) == unit.data_offset:
                file.write(header)
                file.flush()
                os.fsync(file.fileno())
                replace_file(source, target)
                return
            file.seek(unit.data_offset)
            with atomic_write(target) as copy:
                copy.write(header)
                shutil.copyfileobj(file, copy, _COPY_BYTES)
        Path(source).unlink()
    except OSError as error:
        raise storage_error(error, Path(target), NOT_WRITABLE) from error


def amended_header(cards: bytes, changes: HeaderCards, *, where: str) -> bytes:
    """Set cards of a header.

    A keyword that is there keeps its place; a new one comes last. DATASUM stays, since
    the data do, and CHECKSUM is renewed from it; without a DATASUM there is none.

    Parameters
    ----------
    cards : the header without ``END`` and what follows, 80 bytes a card.
    changes : in dotted spelling, a value or (value, comment).
    where : the file, for messages.

    Returns
    -------
    bytes
        The header in whole blocks, with ``END``.

    Raises
    ------
    UserError
        ``fits.bad-keyword`` or ``fits.bad-value``.
    """
    new = {
        keyword: encode_card(keyword, *(card if isinstance(card, tuple) else (card, "")))
        for keyword, card in changes.items()
    }
    kept = []
    data_sum = str(read_cards(cards, _CHECKSUMS, where=where, problems=[]).get("DATASUM", ""))
    data_sum_card = b""
    for keyword, text in _keyword_cards(cards):
        if keyword in changes:
            kept.append(new.pop(keyword, b""))  # of a keyword that is there twice, one stays
        elif keyword == "DATASUM":
            data_sum_card = text
        elif keyword != "CHECKSUM":
            kept.append(text)
    body = b"".join([*kept, *new.values()])
    if not data_sum.strip().isdigit():
        return _closed(body)
    blank = encode_card("CHECKSUM", "0" * 16, "checksum of this unit")
    total = ones_complement_sum(_closed(body + blank + data_sum_card), int(data_sum))
    return _closed(body + blank.replace(b"0" * 16, encode_checksum(total).encode()) + data_sum_card)


def _keyword_cards(cards: bytes) -> Iterator[tuple[str, bytes]]:
    """Give each keyword with its card, and those in which a long value goes on."""
    keyword, start = "", 0
    for position in range(0, len(cards), CARD_BYTES):
        card = cards[position : position + CARD_BYTES]
        if card.startswith(b"CONTINUE"):
            continue
        if position:
            yield keyword, cards[start:position]
        keyword, start = _keyword(card), position
    yield keyword, cards[start:]


def _keyword(card: bytes) -> str:
    name = card[:8]
    if name == b"HIERARCH":
        name = card.partition(b"=")[0]
    elif card[8:10] != b"= ":
        return ""
    return dotted(name.decode("latin-1"))


def _closed(body: bytes) -> bytes:
    text = body + b"END".ljust(CARD_BYTES)
    return text.ljust(padded(len(text)))
