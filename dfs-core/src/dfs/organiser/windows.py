"""Time windows that a condition sets, read from the condition.

An association may say ``MJD-OBS > inputFile.MJD-OBS - 3``. The predicate would reject
what lies outside, one candidate after the other; knowing the window, they are not even
looked at.
"""

from __future__ import annotations

from typing import TypeAlias

from dfs.organiser.rules.analysis import conjuncts
from dfs.organiser.rules.syntax import (
    Arithmetic,
    Between,
    Comparison,
    Constant,
    Expression,
    Keyword,
    Negative,
)

__all__ = ["time_window"]

_Linear: TypeAlias = tuple[float, float, float]
"""Factors of the candidate's time and of the asking group's, and a constant."""

_SLACK_DAYS = 1e-9
"""What arithmetic on days may lose; the predicate has the last word."""

_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}


def time_window(condition: Expression | None, time_keyword: str) -> tuple[float, float]:
    """Give the window outside of which a condition can't hold.

    Returns
    -------
    low, high : limits of the candidate's time less the asking group's, days;
        infinite where the condition sets none.
    """
    low, high = float("-inf"), float("inf")
    for part in conjuncts(condition):
        for symbol, limit in _limits(part, time_keyword):
            if symbol in {">", ">=", "=="}:
                low = max(low, limit - _SLACK_DAYS)
            if symbol in {"<", "<=", "=="}:
                high = min(high, limit + _SLACK_DAYS)
    return low, high


def _limits(part: Expression, time_keyword: str) -> list[tuple[str, float]]:
    """Limits of the difference in time that a condition sets, with their comparisons."""
    match part:
        case Comparison(symbol, left, right) if symbol in _MIRROR:
            difference = _linear(Arithmetic("-", left, right), time_keyword)
            match difference:
                case (1, -1, constant):
                    return [(symbol, -constant)]
                case (-1, 1, constant):
                    return [(_MIRROR[symbol], constant)]
        case Between("between", operand, low, high):
            return [
                *_limits(Comparison(">=", operand, low), time_keyword),
                *_limits(Comparison("<=", operand, high), time_keyword),
            ]
    return []


def _linear(node: Expression, time_keyword: str) -> _Linear | None:
    match node:
        case Constant(int() | float() as value) if not isinstance(value, bool):
            return 0, 0, value
        case Keyword(name, of_input) if name == time_keyword:
            return (0, 1, 0) if of_input else (1, 0, 0)
        case Negative(operand):
            return _sum((0, 0, 0), _linear(operand, time_keyword), -1)
        case Arithmetic("+" | "-" as symbol, left, right):
            sign = 1 if symbol == "+" else -1
            return _sum(_linear(left, time_keyword), _linear(right, time_keyword), sign)
    return None


def _sum(left: _Linear | None, right: _Linear | None, sign: int) -> _Linear | None:
    if left is None or right is None:
        return None
    return left[0] + sign * right[0], left[1] + sign * right[1], left[2] + sign * right[2]
