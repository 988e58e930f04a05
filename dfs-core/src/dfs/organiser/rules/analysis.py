"""What a condition says without a header: its parts, alternatives and consequences."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dfs.organiser.rules import values
from dfs.organiser.rules.syntax import (
    Assignment,
    Association,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Expression,
    Keyword,
    Match,
    Organisation,
    Product,
    Rule,
    RuleSet,
    TypeTest,
    walk,
)
from dfs.organiser.rules.values import Value

__all__ = [
    "Terms",
    "assignments",
    "branches",
    "conjuncts",
    "contradicts",
    "expressions",
    "follows",
    "implies",
    "keywords",
    "keywords_read",
    "split",
]

Branch: TypeAlias = tuple[Expression, ...]
"""Conditions that hold together."""

MAX_BRANCHES = 256
"""Alternatives of one condition that are looked at; a condition with more is left alone."""


@dataclass(frozen=True, slots=True)
class Terms:
    """An association's condition, sorted by what an index can use.

    The condition holds if and only if all of them do.

    Parameters
    ----------
    equalities : keyword of the asking file, keyword of the candidate that must equal it.
    constants : keyword of the candidate, value that it must equal.
    rest : what else must hold.
    """

    equalities: tuple[tuple[str, str], ...]
    constants: tuple[tuple[str, Value], ...]
    rest: tuple[Expression, ...]


def conjuncts(condition: Expression | None) -> Branch:
    """Conditions that must all hold, nested ``and`` taken apart."""
    if condition is None:
        return ()
    if isinstance(condition, Conjunction):
        return tuple(part for operand in condition.operands for part in conjuncts(operand))
    return (condition,)


def split(condition: Expression | None) -> Terms:
    """Sort an association's condition into what an index can use and the rest."""
    equalities: list[tuple[str, str]] = []
    constants: list[tuple[str, Value]] = []
    rest: list[Expression] = []
    for part in conjuncts(condition):
        if (pair := _equality(part)) is not None:
            equalities.append(pair)
        elif (constant := _constant(part)) is not None:
            constants.append(constant)
        else:
            rest.append(part)
    return Terms(tuple(equalities), tuple(constants), tuple(rest))


def _equality(part: Expression) -> tuple[str, str] | None:
    match part:
        case Comparison("==", Keyword(asked, True), Keyword(found, False)) | Comparison(
            "==", Keyword(found, False), Keyword(asked, True)
        ):
            return asked, found
    return None


def _constant(part: Expression) -> tuple[str, Value] | None:
    match part:
        case Comparison("==", Keyword(name, False), Constant(value)) | Comparison(
            "==", Constant(value), Keyword(name, False)
        ):
            return name, value
    return None


def keywords(*nodes: Expression | None) -> Iterator[Keyword]:
    """Keywords that expressions read, in order."""
    for node in nodes:
        if node is not None:
            yield from (part for part in walk(node) if isinstance(part, Keyword))


def assignments(rules: RuleSet) -> Iterator[Assignment]:
    """Every assignment of a rule set, of classification and of products."""
    for statement in rules.statements:
        if isinstance(statement, Rule):
            yield from statement.assignments
            yield from statement.otherwise
    for action in rules.actions:
        for item in action.items:
            if isinstance(item, Product):
                yield from item.assignments


def expressions(rules: RuleSet) -> Iterator[Expression]:
    """Every condition, group key and assigned value of a rule set."""
    for statement in rules.statements:
        if isinstance(statement, Rule):
            yield statement.condition
        elif isinstance(statement, Organisation):
            yield from () if statement.condition is None else (statement.condition,)
            yield from () if statement.grouping is None else statement.grouping.keys
    for action in rules.actions:
        for item in action.items:
            if isinstance(item, Association) and item.condition is not None:
                yield item.condition
    yield from (assignment.value for assignment in assignments(rules))


def keywords_read(rules: RuleSet) -> frozenset[str]:
    """Names of all keywords that a rule set reads."""
    return frozenset(keyword.name for keyword in keywords(*expressions(rules)))


# --- alternatives and consequences --------------------------------------------


def branches(condition: Expression | None) -> tuple[Branch, ...] | None:
    """Alternatives of a condition, each a set of conditions; None if there are too many.

    What stands below ``not`` is not taken apart: with a missing keyword both a
    comparison and its opposite fail, so ``not`` can't be moved inwards.
    """
    match condition:
        case None:
            return ((),)
        case Disjunction():
            found: list[Branch] = []
            for operand in condition.operands:
                alternatives = branches(operand)
                if alternatives is None or len(found) + len(alternatives) > MAX_BRANCHES:
                    return None
                found += alternatives
            return tuple(found)
        case Conjunction():
            product: tuple[Branch, ...] = ((),)
            for operand in condition.operands:
                alternatives = branches(operand)
                if alternatives is None or len(product) * len(alternatives) > MAX_BRANCHES:
                    return None
                product = tuple(a + b for a, b in itertools.product(product, alternatives))
            return product
        case _:
            return ((condition,),)


def contradicts(branch: Branch) -> tuple[Expression, Expression] | None:
    """Find two conditions of a branch that can't hold together."""
    for first, second in itertools.combinations_with_replacement(branch, 2):
        if _exclude(first, second) or _exclude(second, first):
            return first, second
    return None


def _exclude(first: Expression, second: Expression) -> bool:
    match first, second:
        case Constant(value), _:
            return not values.truth(value)
        case TypeTest("undefined", operand), _:
            return first != second and operand in _needed(second)
        case Comparison("==", Keyword() as keyword, Constant(value)), _:
            return _fails(second, keyword, value)
        case Comparison(
            ">" | ">=" as lower, Keyword() as keyword, Constant(int() | float() as low)
        ), Comparison("<" | "<=" as upper, Keyword() as other, Constant(int() | float() as high)):
            touching = low == high and ">" in (lower, upper.replace("<", ">"))
            return keyword == other and (low > high or touching)
    return False


def _needed(condition: Expression) -> tuple[Expression, ...]:
    """Operands that a condition can't do without."""
    match condition:
        case Comparison("==" | "!=" | "<" | ">" | "<=" | ">=", left, right):
            return (left, right)
        case Match() | TypeTest("string"):
            return (condition.operand,)
    return ()


def _fails(condition: Expression, keyword: Keyword, value: Value) -> bool:
    """Tell whether a condition fails if the keyword equals a value written in the rules."""
    if isinstance(value, str) and values.number(value) is None and value not in {"T", "F"}:
        # No other value equals such a string, so the keyword's value is known.
        match condition:
            case Comparison(symbol, Keyword() as other, Constant(known)):
                return other == keyword and not values.compare(symbol, value, known)
            case Match("like", Keyword() as other, pattern):
                return other == keyword and not values.like(pattern)(value)
            case Match("regexp", Keyword() as other, pattern):
                return other == keyword and not values.regexp(pattern)(value)
        return False
    match condition:
        case Comparison(symbol, Keyword() as other, Constant(int() | float() as known)):
            return (
                other == keyword
                and not isinstance(known, bool)
                and values.number(value) is not None
                and not values.compare(symbol, value, known)
            )
    return False


def implies(condition: Sequence[Branch], consequence: Sequence[Branch]) -> bool:
    """Tell whether it can be seen that one condition, by its alternatives, leads to another.

    False also where it does in a way that is not looked for.
    """
    return all(
        any(all(follows(part, branch) for part in alternative) for alternative in consequence)
        for branch in condition
    )


def follows(consequence: Expression, branch: Branch) -> bool:
    """Tell whether it can be seen that a condition holds where all of a branch hold."""
    if isinstance(consequence, Constant):
        return values.truth(consequence.value)
    return any(part == consequence or _entails(part, consequence) for part in branch)


def _entails(part: Expression, consequence: Expression) -> bool:  # noqa: PLR0911
    match part, consequence:
        case Comparison("==", Keyword() as keyword, Constant(str() as value)), _:
            if values.number(value) is not None or value in {"T", "F"}:
                return False
            match consequence:
                case Comparison("==" | "!=" as symbol, Keyword() as other, Constant(known)):
                    return other == keyword and values.compare(symbol, value, known)
                case Match("like", Keyword() as other, pattern):
                    return other == keyword and values.like(pattern)(value)
                case TypeTest("string", Keyword() as other):
                    return other == keyword
        case Match("like", operand, narrow), Match("like", other, wide):
            # '%' of the narrow pattern stands for any text, which only '%' can match.
            return operand == other and values.like(wide)(narrow)
        case Match("like", operand, pattern), Comparison("==", other, Constant(value)):
            return operand == other and "%" not in pattern and pattern == value
        case Match(_, operand, _), TypeTest("string", other):
            return operand == other
    return False
