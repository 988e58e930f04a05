"""Canonical text of a syntax tree: parsing it gives the tree again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dfs.organiser.rules.syntax import (
    Action,
    Arithmetic,
    Assignment,
    Association,
    Between,
    Card,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Expression,
    Grouping,
    Item,
    Keyword,
    Match,
    Negation,
    Negative,
    Organisation,
    Priority,
    Product,
    Recipe,
    Rule,
    RuleSet,
    Statement,
    TypeTest,
)

__all__ = ["format_expression", "format_rules"]

LINE_WIDTH = 100
INDENT = "  "

# How tightly a construct binds; an operand that binds less needs parentheses.
_OR, _AND, _NOT, _COMPARISON, _SUM, _TERM, _FACTOR, _ATOM = range(8)


def format_rules(rules: RuleSet) -> str:
    """Canonical text, comments included.

    A comment stands before the statement, item or assignment to which it belongs;
    one within an expression moves before it.
    """
    lines: list[str] = []
    previous: Statement | None = None
    for statement in rules.statements:
        if previous is not None and not _stand_together(previous, statement):
            lines.append("")
        _append(lines, statement)
        previous = statement
    if rules.closing:
        lines += ["", *_comment_lines(rules.closing)] if lines else _comment_lines(rules.closing)
    return "\n".join(lines) + "\n" if lines else ""


def _stand_together(first: Statement, second: Statement) -> bool:
    if isinstance(first, Card):
        return isinstance(second, Card | Organisation)
    return isinstance(first, Organisation) and isinstance(second, Organisation | Card)


def _append(lines: list[str], node: Statement | Item | Assignment) -> None:
    """Add a construct's lines; minRet and maxRet share one, as the field writes them."""
    follows_card = bool(lines) and lines[-1].lstrip().startswith(("minRet =", "maxRet ="))
    if isinstance(node, Card) and follows_card and not node.comments:
        lines[-1] += f" {node.kind} = {node.count};"
    else:
        lines += _statement(node)


def _statement(node: Statement | Item | Assignment) -> Iterator[str]:
    yield from _comment_lines(node.comments)
    match node:
        case Rule():
            condition = format_expression(node.condition)
            yield from _wrapped(f"if {condition} then")
            yield from _block(node.assignments, () if node.otherwise else node.closing)
            if node.otherwise:
                yield "else"
                yield from _block(node.otherwise, node.closing)
        case Assignment():
            yield f"{node.keyword} = {format_expression(node.value)};"
        case Organisation():
            yield from _wrapped(
                f"select execute({node.action}) from {node.source}"
                f"{_where(node.condition)}{_grouping(node.grouping)};"
            )
        case Association():
            yield from _wrapped(
                f"select file as {node.tag} from {node.source}{_where(node.condition)};"
            )
        case Card():
            yield f"{node.kind} = {node.count};"
        case Priority():
            yield f"priority = {node.value!r};"
        case Recipe() if node.options:
            yield f"recipe {node.name} {{"
            yield from (f"{INDENT}{_quoted(option)};" for option in node.options)
            yield "}"
        case Recipe():
            yield f"recipe {node.name};"
        case Product():
            yield f"product {node.name}"
            yield from _block(node.assignments, node.closing)
        case Action():
            yield f"action {node.name}"
            yield from _block(node.items, node.closing)


def _block(nodes: Iterable[Item] | Iterable[Assignment], closing: tuple[str, ...]) -> Iterator[str]:
    inner: list[str] = []
    for node in nodes:
        _append(inner, node)
    inner += _comment_lines(closing)
    yield "{"
    yield from (f"{INDENT}{line}".rstrip() for line in inner)
    yield "}"


def _comment_lines(comments: Iterable[str]) -> list[str]:
    return [line for comment in comments for line in comment.split("\n")]


def _where(condition: Expression | None) -> str:
    return "" if condition is None else f" where {format_expression(condition)}"


def _grouping(grouping: Grouping | None) -> str:
    if grouping is None:
        return ""
    word = "cluster" if grouping.cluster else "group"
    keys = ", ".join(format_expression(key) for key in grouping.keys)
    name = f" as ({grouping.template}, {grouping.suffix})" if grouping.template else ""
    return f" {word} by {keys}{name}"


def _wrapped(text: str) -> Iterator[str]:
    """Break a long line before its clauses, never within a string."""
    line = ""
    for clause in _clauses(text):
        if line.strip() and len(line) + 1 + len(clause) > LINE_WIDTH:
            yield line
            line = f"{INDENT * 2}{clause}"
        else:
            line = f"{line} {clause}" if line else clause
    yield line


def _clauses(text: str) -> Iterator[str]:
    clause = ""
    for word in _WORD.findall(text):
        if clause and (word in _CLAUSE_WORDS or clause.endswith(",")):
            yield clause
            clause = word
        else:
            clause = f"{clause} {word}" if clause else word
    yield clause


_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|[^ "'])+""")
_CLAUSE_WORDS = frozenset({"and", "or", "where", "group", "cluster", "as"})


def format_expression(node: Expression) -> str:
    """Text of an expression, with no parentheses but the needed."""
    return _expression(node)[0]


def _expression(node: Expression) -> tuple[str, int]:  # noqa: PLR0911
    """Text of an expression and how tightly it binds."""
    match node:
        case Constant():
            return _constant(node.value), _ATOM
        case Keyword():
            return f"inputFile.{node.name}" if node.of_input else node.name, _ATOM
        case Negative():
            return f"-{_within(node.operand, _FACTOR)}", _FACTOR
        case Arithmetic():
            level = _SUM if node.operator in "+-" else _TERM
            left, right = _within(node.left, level), _within(node.right, level + 1)
            return f"{left} {node.operator} {right}", level
        case Comparison():
            left, right = _within(node.left, _SUM), _within(node.right, _SUM)
            return f"{left} {node.operator} {right}", _COMPARISON
        case Match():
            operand = _within(node.operand, _SUM)
            return f"{operand} {node.kind} {_quoted(node.pattern)}", _COMPARISON
        case Between():
            parts = (_within(part, _SUM) for part in (node.operand, node.low, node.high))
            operand, low, high = parts
            return f"{operand} {node.kind} {low} and {high}", _COMPARISON
        case TypeTest():
            return f"{_within(node.operand, _SUM)} is {node.kind}", _COMPARISON
        case Negation():
            return f"not {_within(node.operand, _NOT)}", _NOT
        case Conjunction():
            return " and ".join(_within(operand, _NOT) for operand in node.operands), _AND
        case Disjunction():
            return " or ".join(_within(operand, _AND) for operand in node.operands), _OR


def _within(node: Expression, level: int) -> str:
    text, binds = _expression(node)
    return text if binds >= level else f"({text})"


def _constant(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    # The language has no escapes: a string holds one kind of quote at most.
    return f"'{text}'" if '"' in text else f'"{text}"'
