"""The values of one parameter: how they may be spelt, and which are allowed.

A parameter's rules are compiled once, because a run of 1,000 blocks asks them some
50,000 times.
"""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from dfs.foundation.errors import ErrorCode, UserError
from dfs.instruments import errors
from dfs.instruments.model import Problem
from dfs.plugin import ParameterType, Range, TemplateParameter, TemplateValue

ELEMENTS: Final = {
    ParameterType.NUMBERS: ParameterType.NUMBER,
    ParameterType.INTEGERS: ParameterType.INTEGER,
    ParameterType.KEYWORDS: ParameterType.KEYWORD,
}
"""The lists, and what their elements are."""

NUMERIC: Final = frozenset({ParameterType.NUMBER, ParameterType.INTEGER})
LARGEST_INTEGER: Final = 2**53
"""Beyond it a JSON number is not exact."""

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_COORDINATE: Final = re.compile(
    r"([+-]?)([0-9]{1,3})[: ]([0-5]?[0-9])[: ]([0-5]?[0-9])(\.[0-9]*)?", re.ASCII
)
_CANONICAL_COORDINATE: Final = re.compile(
    r"([+-]?)([0-9]{2,3}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)", re.ASCII
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_ANYWHERE: Final = Range(minimum=-90.0, maximum=360.0)
_BOOLEANS: Final = {"t": True, "true": True, "f": False, "false": False}

Check: TypeAlias = Callable[[object], "Problem | None"]


def element(parameter: TemplateParameter) -> ParameterType:
    """Give the type of a parameter's value, or of the elements of its list."""
    return ELEMENTS.get(parameter.type, parameter.type)


def allowed(parameter: TemplateParameter) -> str:
    """Say which values are allowed, e.g. ``9999 or 0..359.99``; empty if all are."""
    words = [spelt(choice) for choice in parameter.choices]
    words += [
        f"{'' if r.minimum is None else spelt(r.minimum)}.."
        f"{'' if r.maximum is None else spelt(r.maximum)}"
        for r in parameter.ranges
    ]
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)


def spelt(value: TemplateValue) -> str:
    """Spell a value as files of the field do: ``T`` and ``F``, lists with spaces."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, tuple):
        return " ".join(spelt(each) for each in value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


# ── Spelling ────────────────────────────────────────────────────────────────


def coerce(parameter: TemplateParameter, value: object, where: str = "") -> TemplateValue:
    """Read a value as clients spell it: numbers as text, ``T`` and ``F``, lists as one text.

    Parameters
    ----------
    parameter : what it is a value of.
    value : from JSON or from a file; None stays None.
    where : path of the value, for the error.

    Returns
    -------
    TemplateValue
        Of the right type, words in the case of the choices; whether it is allowed is
        another question, see :func:`check_value`.

    Raises
    ------
    UserError
        ``parameter.type``: it cannot be read as one.
    """
    if value is None:
        return None
    try:
        if parameter.type not in ELEMENTS:
            scalar: TemplateValue = _READERS[parameter.type](parameter, value)
            return scalar
        read = _READERS[ELEMENTS[parameter.type]]
        return tuple(read(parameter, each) for each in _elements(parameter, value))
    except _UnreadableError as error:
        raise UserError(
            errors.WRONG_TYPE,
            f"{parameter.name} is of type {parameter.type}: {error}",
            where=where,
        ) from error


class _UnreadableError(Exception):
    pass


def _elements(parameter: TemplateParameter, value: object) -> Sequence[object]:
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, str) and value not in parameter.choices:
        return value.split() if parameter.type is ParameterType.KEYWORDS else _split(value)
    return (value,)


def _split(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _number(_: TemplateParameter, value: object) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _UnreadableError(f"{_shown(value)} is no number")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise _UnreadableError("the number is too large")
    if not math.isfinite(value):
        raise _UnreadableError(f"{value} is not finite")
    return float(value)


def _integer(parameter: TemplateParameter, value: object) -> int:
    number = _number(parameter, value)
    if not number.is_integer() or abs(number) > LARGEST_INTEGER:
        raise _UnreadableError(f"{_shown(value)} is no integer")
    return int(number)


def _text(_: TemplateParameter, value: object) -> str:
    if not isinstance(value, str):
        raise _UnreadableError(f"{_shown(value)} is no text")
    if _CONTROL.search(value):
        raise _UnreadableError("the text contains control characters")
    return value


def _keyword(parameter: TemplateParameter, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    word = _text(parameter, value).strip()
    if word in parameter.choices:
        return word
    folded = word.casefold()
    same = [c for c in parameter.choices if isinstance(c, str) and c.casefold() == folded]
    return same[0] if same else word


def _boolean(_: TemplateParameter, value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = _BOOLEANS.get(value.strip().casefold()) if isinstance(value, str) else None
    if known is None:
        raise _UnreadableError(f"{_shown(value)} is neither T nor F")
    return known


def _coordinate(parameter: TemplateParameter, value: object) -> str:
    text = _text(parameter, value).strip()
    if text in parameter.choices:
        return text
    match = _COORDINATE.fullmatch(text)
    if match is None:
        raise _UnreadableError(f"{_shown(value)} is not written as [±]DD:MM:SS.sss")
    sign, first, minutes, seconds, fraction = match.groups(default="")
    decimals = fraction if len(fraction) > 1 else ""
    return f"{sign}{first:0>2}:{minutes:0>2}:{seconds:0>2}{decimals}"


def _file(parameter: TemplateParameter, value: object) -> str:
    name = _text(parameter, value)
    if not name.strip() or name in {".", ".."} or "/" in name or "\\" in name:
        raise _UnreadableError(f"{_shown(value)} is no name of a file")
    return name


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 1e15 else "the number"
    return text if len(text) <= 40 else f"{text[:37]}…"


_READERS: Final[dict[ParameterType, Callable[[TemplateParameter, object], Any]]] = {
    ParameterType.NUMBER: _number,
    ParameterType.INTEGER: _integer,
    ParameterType.KEYWORD: _keyword,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.COORDINATE: _coordinate,
    ParameterType.STRING: _text,
    ParameterType.FILE: _file,
    ParameterType.PARAMETER_FILE: _file,
}


# ── What is allowed ─────────────────────────────────────────────────────────


def check_value(parameter: TemplateParameter, value: TemplateValue) -> list[Problem]:
    """Say what is wrong with a value; empty if it is allowed.

    A value that is not filled in is no problem here, see
    :func:`~dfs.instruments.logic.missing_parameters`.
    """
    problem = problem_of(parameter, value)
    return [] if problem is None else [problem]


def problem_of(parameter: TemplateParameter, value: TemplateValue) -> Problem | None:
    """Say what is wrong with a value first; None if it is allowed or not filled in."""
    if value is None:
        return None
    check = _compiled.get(id(parameter)) or _remember(parameter)
    return check(value)


_compiled: dict[int, Check] = {}


def _remember(parameter: TemplateParameter) -> Check:
    check = _compiled[id(parameter)] = _compile(parameter)
    weakref.finalize(parameter, _compiled.pop, id(parameter), None).atexit = False
    return check


def _compile(parameter: TemplateParameter) -> Check:
    kind = element(parameter)
    one = _COMPILERS[kind](parameter)
    check = _list_check(parameter, one) if parameter.type in ELEMENTS else one
    return _fixed_check(parameter, check) if parameter.fixed else check


def _problem(code: ErrorCode, parameter: TemplateParameter, message: str) -> Problem:
    return Problem(code, message, parameter.name)


def _fixed_check(parameter: TemplateParameter, check: Check) -> Check:
    def run(value: object) -> Problem | None:
        if value != parameter.default:
            return _problem(
                errors.FIXED, parameter, f"it is {parameter.default!r} and cannot be changed"
            )
        return check(value)

    return run


def _list_check(parameter: TemplateParameter, check: Check) -> Check:
    least, most = parameter.minimum_length or 0, parameter.maximum_length

    def run(value: object) -> Problem | None:
        if type(value) is not tuple:
            return _problem(errors.WRONG_TYPE, parameter, f"{_shown(value)} is no list")
        if len(value) < least or (most is not None and len(value) > most):
            wanted = f"{least}" if least == most else f"{least} to {most or 'any number'}"
            return _problem(
                errors.WRONG_LENGTH, parameter, f"it has {len(value)} elements, not {wanted}"
            )
        for each in value:
            if (problem := check(each)) is not None:
                return problem
        return None

    return run


def _number_check(parameter: TemplateParameter) -> Check:
    exact = frozenset(parameter.choices)
    intervals = [
        (
            -math.inf if r.minimum is None else r.minimum,
            math.inf if r.maximum is None else r.maximum,
        )
        for r in parameter.ranges
    ]
    anything = not exact and not intervals
    only_integers = element(parameter) is ParameterType.INTEGER

    def run(value: object) -> Problem | None:
        if type(value) is float:
            right = not only_integers and math.isfinite(value)
        else:
            right = type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER
        # The second question tells mypy what the first has found.
        if not right or not isinstance(value, (int, float)):
            kind = "integer" if only_integers else "finite number"
            return _problem(errors.WRONG_TYPE, parameter, f"{_shown(value)} is no {kind}")
        if anything or value in exact:
            return None
        for low, high in intervals:
            if low <= value <= high:
                return None
        return _problem(
            errors.OUT_OF_RANGE, parameter, f"{spelt(value)} is not {allowed(parameter)}"
        )

    return run


def _text_check(parameter: TemplateParameter) -> Check:
    choices = frozenset(parameter.choices)

    def run(value: object) -> Problem | None:
        if type(value) is not str or _CONTROL.search(value):
            return _problem(errors.WRONG_TYPE, parameter, f"{_shown(value)} is no text")
        if choices and value not in choices:
            return _problem(
                errors.NOT_A_CHOICE, parameter, f"{_shown(value)} is not {allowed(parameter)}"
            )
        return None

    return run


def _boolean_check(parameter: TemplateParameter) -> Check:
    def run(value: object) -> Problem | None:
        if type(value) is bool:
            return None
        return _problem(errors.WRONG_TYPE, parameter, f"{_shown(value)} is neither T nor F")

    return run


def _coordinate_check(parameter: TemplateParameter) -> Check:
    ranges = parameter.ranges or (_ANYWHERE,)

    def run(value: object) -> Problem | None:
        if value in parameter.choices:
            return None
        match = _CANONICAL_COORDINATE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            shown = f"{_shown(value)} is not written as [±]DD:MM:SS.sss"
            return _problem(errors.WRONG_TYPE, parameter, shown)
        sign, first, minutes, seconds = match.groups()
        size = int(first) + int(minutes) / 60 + float(seconds) / 3600
        if any(r.holds(-size if sign == "-" else size) for r in ranges):
            return None
        limits = allowed(parameter) or "-90..360"
        return _problem(errors.OUT_OF_RANGE, parameter, f"{value} is not in {limits}")

    return run


def _file_check(parameter: TemplateParameter) -> Check:
    def run(value: object) -> Problem | None:
        try:
            _file(parameter, value)
        except _UnreadableError as error:
            return _problem(errors.WRONG_TYPE, parameter, str(error))
        return None

    return run


_COMPILERS: Final[dict[ParameterType, Callable[[TemplateParameter], Check]]] = {
    ParameterType.NUMBER: _number_check,
    ParameterType.INTEGER: _number_check,
    ParameterType.KEYWORD: _text_check,
    ParameterType.STRING: _text_check,
    ParameterType.BOOLEAN: _boolean_check,
    ParameterType.COORDINATE: _coordinate_check,
    ParameterType.FILE: _file_check,
    ParameterType.PARAMETER_FILE: _file_check,
}
