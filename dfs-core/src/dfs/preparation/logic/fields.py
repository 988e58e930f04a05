"""What the fields of a block may say: text, numbers, the target."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from dfs.foundation.errors import UserError
from dfs.plugin import Target
from dfs.preparation.errors import BAD_VALUE

NAME_LENGTH: Final = 64
COMMENT_LENGTH: Final = 10_000
BEST_PRIORITY: Final = 1
WORST_PRIORITY: Final = 10

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_COMMENTS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SEXAGESIMAL: Final = re.compile(r"([+-]?)(\d{1,2})[: ]([0-5]?\d)[: ]([0-5]?\d)(\.\d*)?", re.ASCII)
_NUMBERS: Final = {
    "epoch": (1800.0, 2200.0),
    "proper_motion_ra_arcsec_yr": (-1000.0, 1000.0),
    "proper_motion_dec_arcsec_yr": (-1000.0, 1000.0),
    "differential_ra_arcsec_s": (-1000.0, 1000.0),
    "differential_dec_arcsec_s": (-1000.0, 1000.0),
}


def bad(where: str, problem: str) -> UserError:
    """Say that the value of a field cannot be taken."""
    return UserError(BAD_VALUE, problem, where=where)


def read_name(value: object, where: str, *, may_be_empty: bool = False) -> str:
    """Read one line of text.

    Raises
    ------
    UserError
        ``preparation.value``: it is none, is empty or too long.
    """
    if not isinstance(value, str) or _CONTROL.search(value):
        raise bad(where, "it is not a line of text")
    read = value.strip()
    if not read and not may_be_empty:
        raise bad(where, "it is empty")
    if len(read) > NAME_LENGTH:
        raise bad(where, f"it has {len(read)} characters, more than {NAME_LENGTH}")
    return read


def read_comment(value: object, where: str) -> str:
    """Read text of several lines.

    Raises
    ------
    UserError
        ``preparation.value``: it is none, or too long.
    """
    if not isinstance(value, str) or _NOT_IN_COMMENTS.search(value):
        raise bad(where, "it is not text")
    if len(value) > COMMENT_LENGTH:
        raise bad(where, f"it has {len(value)} characters, more than {COMMENT_LENGTH}")
    return value


def read_priority(value: object, where: str = "user_priority") -> int:
    """Read a priority.

    Raises
    ------
    UserError
        ``preparation.value``: it is no integer from 1 to 10.
    """
    number = read_number(value, where, BEST_PRIORITY, WORST_PRIORITY)
    if not number.is_integer():
        raise bad(where, f"{value!r} is no integer")
    return int(number)


def read_number(value: object, where: str, least: float, most: float) -> float:
    """Read a number from JSON, or written as text.

    Raises
    ------
    UserError
        ``preparation.value``: it is none, or out of range.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise bad(where, "it is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise bad(where, "it is not a number that can be meant") from error
    if not math.isfinite(number) or not least <= number <= most:
        raise bad(where, f"{number:g} is not from {least:g} to {most:g}")
    return number


# ── The target ──────────────────────────────────────────────────────────────


def read_target(given: Target | Mapping[str, Any], current: Target | None) -> Target:
    """Read a target; what is not given stays as it is.

    Raises
    ------
    UserError
        ``preparation.value``: with the path of the field, e.g. ``target.ra``.
    """
    values = given.model_dump() if isinstance(given, Target) else dict(given)
    readers = {
        "name": lambda value: read_name(value, "target.name", may_be_empty=True),
        "ra": read_ra,
        "dec": read_dec,
        "equinox": _equinox,
    }
    read: dict[str, Any] = {}
    for field, value in values.items():
        if field in readers:
            read[field] = readers[field](value)
        elif field in _NUMBERS:
            read[field] = read_number(value, f"target.{field}", *_NUMBERS[field])
        else:
            raise bad(f"target.{field}", "a target has no such field")
    return (current or Target()).model_copy(update=read)


def read_ra(value: object, where: str = "target.ra") -> str:
    """Read a right ascension and write it with two digits each and decimals of seconds.

    Raises
    ------
    UserError
        ``preparation.value``: it is none.
    """
    match = _SEXAGESIMAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[1] == "-" or int(match[2]) > 23:
        raise bad(
            where,
            f"{_shown(value)} is no right ascension: write HH:MM:SS.sss, 0 <= HH <= 23, "
            "0 <= MM <= 59, 0 <= SS.sss < 60",
        )
    return _canonical(match)


def read_dec(value: object, where: str = "target.dec") -> str:
    """Read a declination and write it with its sign, two digits each and decimals.

    Raises
    ------
    UserError
        ``preparation.value``: it is none.
    """
    match = _SEXAGESIMAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is not None:
        degrees = int(match[2]) + int(match[3]) / 60 + float(match[4] + (match[5] or "")) / 3600
        if degrees <= 90:
            return f"{match[1] or '+'}{_canonical(match)}"
    raise bad(
        where,
        f"{_shown(value)} is no declination: write [+|-]DD:MM:SS.sss, -90 <= DD <= 90, "
        "0 <= MM <= 59, 0 <= SS.sss < 60",
    )


def _canonical(match: re.Match[str]) -> str:
    decimals = (match[5] or ".")[1:]
    return f"{match[2]:0>2}:{match[3]:0>2}:{match[4]:0>2}.{decimals:0<3}"


def _equinox(value: object) -> str:
    if str(value) in {"J2000", "2000", "2000.0"}:
        return "J2000"
    raise bad("target.equinox", f"{_shown(value)} is not J2000")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
