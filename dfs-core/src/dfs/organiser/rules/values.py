"""Meaning of the language's operators on header values.

A missing value is None. An operator on something missing gives nothing, and a
comparison with something missing does not hold, not even ``!=``.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

__all__ = [
    "Header",
    "Value",
    "arithmetic",
    "between",
    "compare",
    "equal",
    "index_key",
    "like",
    "negative",
    "number",
    "truth",
    "try_between",
    "unequal",
]

Value: TypeAlias = str | int | float | bool
"""What a header keyword may hold."""

Header: TypeAlias = Mapping[str, Value]
"""Header values by keyword, in the language's spelling: ``DPR.CATG``, ``MJD-OBS``."""

_NUMERAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?\s*", re.ASCII)

_ORDER: dict[str, Callable[[float | str, float | str], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def number(value: Value | None) -> int | float | None:
    """Read a value as a number: numbers and strings that spell one, no logical values."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        if not _NUMERAL.fullmatch(value):
            return None
        return float(value.replace("d", "e").replace("D", "e"))
    return value


def truth(value: Value | None) -> bool:
    """Tell whether a value on its own is a condition that holds.

    The logical ``T``, the string ``"T"`` and numbers other than zero hold.
    """
    if isinstance(value, str):
        return value == "T"
    return bool(value)


def _alike(left: Value, right: Value) -> tuple[str, str] | tuple[float, float] | None:
    """Bring two values to one kind: both strings or both numbers; None if they have none.

    Strings stay strings, so that dates compare by their letters. A string beside a
    number is read as one; a logical value beside a string is ``T`` or ``F``, and is
    of no kind with a number.
    """
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    if isinstance(left, bool) or isinstance(right, bool):
        left, right = _letter(left), _letter(right)
        return (left, right) if isinstance(left, str) and isinstance(right, str) else None
    first, second = number(left), number(right)
    return None if first is None or second is None else (first, second)


def _letter(value: Value) -> Value:
    if isinstance(value, bool):
        return "T" if value else "F"
    return value


def equal(left: Value | None, right: Value | None) -> bool:
    """``==``."""
    if left is None or right is None:
        return False
    pair = _alike(left, right)
    return pair is not None and pair[0] == pair[1]


def unequal(left: Value | None, right: Value | None) -> bool:
    """``!=``: both are there and they are not equal."""
    return left is not None and right is not None and not equal(left, right)


def compare(symbol: str, left: Value | None, right: Value | None) -> bool:
    """Any of the comparisons, by its symbol."""
    if symbol == "==":
        return equal(left, right)
    if symbol == "!=":
        return unequal(left, right)
    if symbol == "?=":
        return left is None or right is None or equal(left, right)
    if left is None or right is None:
        return False
    pair = _alike(left, right)
    return pair is not None and _ORDER[symbol](*pair)


def between(value: Value | None, low: Value | None, high: Value | None) -> bool:
    """``between``: limits included."""
    return compare(">=", value, low) and compare("<=", value, high)


def try_between(value: Value | None, low: Value | None, high: Value | None) -> bool:
    """``tryBetween``: as `between`, and holds where any of the three is missing."""
    return value is None or low is None or high is None or between(value, low, high)


def arithmetic(symbol: str, left: Value | None, right: Value | None) -> float | None:
    """``+ - * /`` on numbers; nothing where an operand is no number or the result is none."""
    first, second = number(left), number(right)
    if first is None or second is None:
        return None
    try:
        result = _ARITHMETIC[symbol](first, second)
    except (ArithmeticError, ValueError):
        return None
    return result if math.isfinite(result) else None


def negative(value: Value | None) -> float | None:
    """Arithmetic negation."""
    known = number(value)
    return None if known is None else -known


def like(pattern: str) -> Callable[[Value | None], bool]:
    """Make the test for a pattern whose ``%`` stands for any text, also none.

    Every other character, ``_`` included, stands for itself: tags of the field are
    full of underscores. Only strings match.
    """
    first, *others = pattern.split("%")
    if not others:
        return lambda value: isinstance(value, str) and value == pattern
    *middle, last = others
    if not middle:
        size = len(first) + len(last)
        return lambda value: (
            isinstance(value, str)
            and len(value) >= size
            and value.startswith(first)
            and value.endswith(last)
        )
    if len(middle) == 1 and not first and not last:
        inner = middle[0]
        return lambda value: isinstance(value, str) and inner in value
    return _searching(
        re.compile(".*".join(map(re.escape, (first, *others))) + r"\Z", re.DOTALL).match
    )


def regexp(pattern: str) -> Callable[[Value | None], bool]:
    """Make the test for a regular expression found anywhere in a string."""
    return _searching(re.compile(pattern).search)


def _searching(find: Callable[[str], object]) -> Callable[[Value | None], bool]:
    return lambda value: isinstance(value, str) and find(value) is not None


def index_key(value: Value) -> str | int | float:
    """Key under which equal values meet in a dictionary.

    ``equal(a, b)`` implies ``index_key(a) == index_key(b)``; the converse does not
    hold, so what an index finds is still to be tested.
    """
    if isinstance(value, bool):
        return "T" if value else "F"
    known = number(value)
    return value if known is None else known
