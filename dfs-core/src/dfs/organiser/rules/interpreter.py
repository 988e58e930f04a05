"""The meaning of the language, literally: a walk over the syntax tree.

Slow and plain on purpose: the compiled form is tested against it.
"""

from __future__ import annotations

from collections.abc import Iterable

from dfs.organiser.rules import values
from dfs.organiser.rules.syntax import (
    Arithmetic,
    Assignment,
    Between,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Expression,
    Keyword,
    Match,
    Negation,
    Negative,
    RuleSet,
    TypeTest,
)
from dfs.organiser.rules.values import Header, Value

__all__ = ["assign", "classify", "evaluate", "holds"]


def evaluate(  # noqa: PLR0911
    node: Expression, header: Header, of_input: Header | None = None
) -> Value | None:
    """Value of an expression; None if it has none.

    Parameters
    ----------
    node : the expression.
    header : keywords of the file at hand, or of the candidate of an association.
    of_input : keywords of the file or group that asks; the same file if not given.
    """

    def value(operand: Expression) -> Value | None:
        return evaluate(operand, header, of_input)

    match node:
        case Constant():
            return node.value
        case Keyword():
            return (header if of_input is None or not node.of_input else of_input).get(node.name)
        case Negative():
            return values.negative(value(node.operand))
        case Arithmetic():
            return values.arithmetic(node.operator, value(node.left), value(node.right))
        case Comparison():
            return values.compare(node.operator, value(node.left), value(node.right))
        case Match():
            test = values.like if node.kind == "like" else values.regexp
            return test(node.pattern)(value(node.operand))
        case Between():
            within = values.between if node.kind == "between" else values.try_between
            return within(value(node.operand), value(node.low), value(node.high))
        case TypeTest():
            operand = value(node.operand)
            return operand is None if node.kind == "undefined" else isinstance(operand, str)
        case Negation():
            return not holds(node.operand, header, of_input)
        case Conjunction():
            return all(holds(operand, header, of_input) for operand in node.operands)
        case Disjunction():
            return any(holds(operand, header, of_input) for operand in node.operands)


def holds(node: Expression | None, header: Header, of_input: Header | None = None) -> bool:
    """Tell whether a condition holds; no condition always does."""
    return node is None or values.truth(evaluate(node, header, of_input))


def assign(assignments: Iterable[Assignment], header: Header) -> dict[str, Value]:
    """What assignments make of a header; a later one sees the earlier.

    An expression without a value assigns nothing.
    """
    assigned: dict[str, Value] = {}
    for assignment in assignments:
        value = evaluate(assignment.value, {**header, **assigned})
        if value is not None:
            assigned[assignment.keyword] = value
    return assigned


def classify(rules: RuleSet, header: Header) -> dict[str, Value]:
    """Apply the classification rules in order; give what they assigned."""
    assigned: dict[str, Value] = {}
    for rule in rules.rules:
        seen = {**header, **assigned}
        chosen = rule.assignments if holds(rule.condition, seen) else rule.otherwise
        assigned.update(assign(chosen, seen))
    return assigned
