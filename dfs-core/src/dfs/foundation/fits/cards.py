"""Cards of a header, read: which are wanted, and what they say.

A header of a few hundred cards is searched by the C loops of :mod:`re` and
:class:`bytes`, so that Python touches only the cards that are wanted.

Source: FITS standard 4.0, section 4; ESO's HIERARCH keyword convention.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dfs.foundation.errors import ErrorCode, UserError
from dfs.foundation.fits.errors import BAD_VALUE, NON_ASCII
from dfs.foundation.fits.keywords import dotted, is_standard
from dfs.foundation.fits.structure import CARD_BYTES

if TYPE_CHECKING:
    from dfs.plugin.frames import HeaderValue

_Tree: TypeAlias = dict[str, Any]

_ANY_CARD: Final = re.compile(
    rb"(?s)(?=(HIERARCH [^=]{1,70}(?==)"
    rb"|(?!COMMENT |HISTORY |CONTINUE|END     |HIERARCH)[^ =][^=]{7}(?== )))?.{80}"
)
"""``findall`` gives, per card, its name if it may have a value."""

_VALUE: Final = re.compile(
    rb" *(?:'((?:[^']|'')*)'"
    rb"|([+-]?\d+)"
    rb"|([+-]?(?:\d+\.?\d*|\.\d+)(?:[EDed][+-]?\d+)?)"
    rb"|([TF]))? *(?:/|\Z)"
)
_CONTINUED: Final = re.compile(rb"CONTINUE  *'((?:[^']|'')*)' *(?:/|\Z)")


def read_cards(
    cards: bytes,
    keywords: frozenset[str] | None,
    *,
    where: str,
    problems: list[UserError] | None = None,
) -> dict[str, HeaderValue]:
    """Read the wanted cards of one header.

    Of a keyword that occurs twice the first card counts. Cards without a value
    are left out.

    Parameters
    ----------
    cards : 80 bytes a card, without ``END``.
    keywords : what is wanted, dotted spelling; None for everything.
    where : the file, for messages.
    problems : takes what is wrong with single cards, which are then left out
        (``fits.bad-value``, or ``fits.non-ascii`` in a keyword) or read with ``?``
        for each impossible character (``fits.non-ascii`` in a value). None: the
        first of them is raised.

    Raises
    ------
    UserError
        ``fits.bad-value`` or ``fits.non-ascii``, unless ``problems`` takes them.
    """
    header: dict[str, HeaderValue] = {}

    def complain(code: ErrorCode, start: int, detail: str) -> None:
        card = cards[start : start + CARD_BYTES].decode("latin-1").rstrip()
        place = f"card {start // CARD_BYTES + 1} ({_printable(card)})"
        error = UserError(code, f"{place}: {detail}", where=where)
        if problems is None:
            raise error
        problems.append(error)

    found = _every_card(cards) if keywords is None else _wanted_cards(cards, keywords)
    for keyword, start in found:
        if keyword in header:
            continue
        try:
            value = _value(cards, start)
        except ValueError as error:
            complain(BAD_VALUE, start, str(error))
            continue
        if value is None:
            continue
        if keywords is None and not _is_printable(keyword):
            complain(NON_ASCII, start, "the keyword holds a character outside printable ASCII")
            continue
        if isinstance(value, str) and not _is_printable(value):
            complain(NON_ASCII, start, "the value holds a character outside printable ASCII")
            value = _printable(value)
        header[keyword] = value
    return header


def _every_card(cards: bytes) -> Iterator[tuple[str, int]]:
    for position, name in enumerate(_ANY_CARD.findall(cards)):
        if name:
            yield dotted(name.decode("latin-1")), position * CARD_BYTES


def _wanted_cards(cards: bytes, keywords: frozenset[str]) -> Iterator[tuple[str, int]]:
    standard, long = _search_plan(keywords)
    for keyword, beginning in standard:
        start = cards.find(beginning)
        while start % CARD_BYTES and start > 0:  # a value or comment may look like a card
            start = cards.find(beginning, start + 1)
        if start >= 0:
            yield keyword, start
    for match in long.finditer(cards):
        if match.start() % CARD_BYTES == 0:
            yield dotted(match[0].decode("latin-1")), match.start()


@lru_cache(maxsize=64)
def _search_plan(
    keywords: frozenset[str],
) -> tuple[tuple[tuple[str, bytes], ...], re.Pattern[bytes]]:
    """Give how standard cards begin, and one expression that finds the long ones."""
    standard = tuple(
        (keyword, f"{keyword:8}= ".encode()) for keyword in sorted(keywords) if is_standard(keyword)
    )
    tree: _Tree = {}
    for keyword in sorted(keywords):
        node = tree
        for letter in keyword.replace(".", " "):
            node = node.setdefault(letter, {})
        node["(?= *=)"] = {}
    # The literal beginning lets re skip through the header with its fast search.
    long = f"HIERARCH (?:ESO )?{_alternatives(tree) if tree else '(?!)'}"
    return standard, re.compile(long.encode("latin-1", "replace"))


def _alternatives(tree: _Tree) -> str:
    """Write a tree of letters as an expression without common beginnings, which is fast."""
    branches = [
        re.escape(step) + _alternatives(rest) if rest else step for step, rest in tree.items()
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _value(cards: bytes, start: int) -> HeaderValue | None:
    end = start + CARD_BYTES
    equals = cards.find(b"=", start, end)
    if equals < 0:
        return None
    match = _VALUE.match(cards, equals + 1, end)
    if match is None:
        raise ValueError("the value is neither string, number nor logical")
    kind = match.lastindex
    if kind is None:
        return None  # undefined on purpose, FITS 4.0 §4.1.2.3
    token = match[kind]
    if kind == 1:
        return _string(cards, end, token)
    if kind == 2:
        return int(token)
    if kind == 3:
        number = float(token.upper().replace(b"D", b"E"))
        if math.isinf(number):
            raise ValueError("the number is too large")
        return number
    return bool(token == b"T")


def _string(cards: bytes, following: int, text: bytes) -> str:
    text = text.rstrip(b" ")
    while text.endswith(b"&"):  # a long string goes on in the next card, FITS 4.0 §4.2.1.2
        match = _CONTINUED.match(cards, following, following + CARD_BYTES)
        if match is None:
            break
        text = text[:-1] + match[1].rstrip(b" ")
        following += CARD_BYTES
    return text.replace(b"''", b"'").decode("latin-1")


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _printable(text: str) -> str:
    return "".join(c if _is_printable(c) else "?" for c in text)
