"""Cards of a header, written: exactly as the field's strict readers want them.

Some of those (CPL) refuse an integer where they expect a float, so a float always
has a decimal point here.

Source: FITS standard 4.0, section 4; ESO's HIERARCH keyword convention.
"""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING, Final

from dfs.foundation.errors import UserError
from dfs.foundation.fits.errors import BAD_KEYWORD, BAD_VALUE
from dfs.foundation.fits.keywords import on_card
from dfs.foundation.fits.structure import CARD_BYTES

if TYPE_CHECKING:
    from dfs.plugin.frames import HeaderValue

_SHORTEST_STRING: Final = 8
_VALUE_COLUMN: Final = 30  # fixed format: numbers and logicals end here


def encode_card(keyword: str, value: HeaderValue, comment: str = "") -> bytes:
    """Write a keyword as one card; a long string as several.

    Parameters
    ----------
    keyword : dotted spelling; what is no standard keyword becomes ``HIERARCH ESO …``.
    value : numpy scalars are welcome.
    comment : cut where the card ends.

    Returns
    -------
    bytes
        80 a card.

    Raises
    ------
    UserError
        ``fits.bad-keyword`` or ``fits.bad-value``.
    """
    try:
        name = on_card(keyword)
    except ValueError as error:
        raise UserError(BAD_KEYWORD, str(error)) from None
    if not _is_printable(comment):
        raise UserError(BAD_VALUE, f"the comment of {keyword} is not printable ASCII: {comment!r}")
    standard = len(name) == 8
    if isinstance(value, str):
        return _string(keyword, f"{name}= ", value, comment, standard=standard)
    text = _number(keyword, value)
    card = f"{name}= {text:>{_VALUE_COLUMN - 10}}" if standard else f"{name}= {text}"
    if len(card) > CARD_BYTES:
        raise UserError(BAD_KEYWORD, f"{keyword} with its value is longer than a card")
    return _with_comment(card, comment)


def cut_to_card(keyword: str, text: str) -> str:
    """Cut a string so that it and its keyword fit on one card.

    Parameters
    ----------
    keyword : dotted spelling.
    text : printable ASCII.
    """
    room = CARD_BYTES - len(f"{on_card(keyword)}= ''")
    while len(text.replace("'", "''")) > room:
        text = text[:-1]
    return text


def _string(keyword: str, name: str, value: str, comment: str, *, standard: bool) -> bytes:
    if not _is_printable(value):
        raise UserError(BAD_VALUE, f"the value of {keyword} is not printable ASCII: {value!r}")
    text = value.replace("'", "''")
    card = f"{name}'{text:{_SHORTEST_STRING}}'"
    if len(card) <= CARD_BYTES:
        return _with_comment(f"{card:{_VALUE_COLUMN}}" if standard else card, comment)
    room = CARD_BYTES - len(name) - len("'&'")
    if room < 1:
        raise UserError(BAD_KEYWORD, f"{keyword} is too long to hold a value")
    cards = []
    while text:
        part = text[:room]
        if part.count("'") % 2 and part.endswith("'"):  # never part a doubled quote
            part = part[:-1]
        text = text[len(part) :]
        cards.append(f"{name}'{part}{'&' if text else ''}'".ljust(CARD_BYTES))
        name = "CONTINUE  "
        room = CARD_BYTES - len(name) - len("'&'")
    last = cards.pop().rstrip()
    return "".join(cards).encode() + _with_comment(last, comment)


def _number(keyword: str, value: object) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":  # numpy's is no Python bool
        return "T" if value else "F"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        number = float(value)
        if not math.isfinite(number):
            raise UserError(BAD_VALUE, f"FITS cannot hold {number} as the value of {keyword}")
        mantissa, _, exponent = repr(number).upper().partition("E")
        point = "" if "." in mantissa else ".0"
        return f"{mantissa}{point}E{exponent}" if exponent else f"{mantissa}{point}"
    raise UserError(BAD_VALUE, f"{value!r} of {keyword} is neither string, number nor logical")


def _with_comment(card: str, comment: str) -> bytes:
    text = f"{card} / {comment}" if comment and len(card) + 3 < CARD_BYTES else card
    return text[:CARD_BYTES].ljust(CARD_BYTES).encode()


def _is_printable(text: str) -> bool:
    return text.isascii() and (not text or text.isprintable())
