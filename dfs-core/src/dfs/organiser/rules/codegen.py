"""Python source for expressions, and for all classification rules as one function.

Conditions have no side effects and never raise, so that their order is free. What
costs time is asked once: each keyword is read once a header, and rules that follow
each other and share a condition share its test.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from dfs.organiser.rules import values
from dfs.organiser.rules.analysis import conjuncts, keywords
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
    Rule,
    TypeTest,
)
from dfs.organiser.rules.values import Header, Value

__all__ = ["Classifier", "Predicate", "classifier", "predicate"]

Classifier = Callable[[Header], dict[str, Value]]
"""Gives what the rules assign to a header."""

Predicate = Callable[[Header, Header], bool]
"""Tells whether a candidate, first, suits the file that asks, second."""

MAX_NESTING = 60
"""Deepest indentation at which tests are still shared; Python allows a hundred levels."""

MAX_LOOPS = 12
"""Deepest nesting of loops; Python allows twenty."""

CASES_KEPT = 1024
"""Values of a keyword for which the groups of rules to try are remembered."""


def predicate(condition: Expression | None) -> Predicate:
    """Compile a condition on a candidate and the file that asks."""

    def read(keyword: Keyword) -> str:
        return f"{'asking' if keyword.of_input else 'candidate'}({keyword.name!r})"

    expressions = _Expressions(read)
    test = "True" if condition is None else expressions.test(condition)
    source = (
        "def predicate(candidate, asking):\n"
        "    candidate, asking = candidate.get, asking.get\n"
        f"    return {test}\n"
    )
    made: Predicate = _executed(source, expressions.pool)["predicate"]
    return made


def classifier(rules: Sequence[Rule]) -> Classifier:
    """Compile classification rules into one function."""
    source = _Rules(rules)
    made: Classifier = _executed(source.text(), source.expressions.pool)["classify"]
    return made


def _executed(source: str, pool: dict[str, Any]) -> dict[str, Any]:
    namespace = dict(pool)
    exec(compile(source, "<rules>", "exec"), namespace)  # made here, of checked parts only
    return namespace


def _plain(value: Value) -> bool:
    """Tell whether only an equal string equals a value: it spells no number, no T or F."""
    return isinstance(value, str) and values.number(value) is None and value not in {"T", "F"}


@dataclass(slots=True)
class _Expressions:
    """Writes expressions as Python.

    Parameters
    ----------
    read : gives the Python that reads a keyword, or None from it.
    pool : names that the Python uses.
    """

    read: Callable[[Keyword], str]
    pool: dict[str, Any] = field(
        default_factory=lambda: {
            name: getattr(values, name)
            for name in (
                "arithmetic",
                "between",
                "compare",
                "equal",
                "negative",
                "truth",
                "try_between",
                "unequal",
            )
        }
    )

    def value(self, node: Expression) -> str:
        """Python for an expression's value, None if it has none."""
        match node:
            case Constant(value):
                finite = not isinstance(value, float) or math.isfinite(value)
                return repr(value) if finite else f"float({str(value)!r})"
            case Keyword():
                return self.read(node)
            case Negative(operand):
                return f"negative({self.value(operand)})"
            case Arithmetic(symbol, left, right):
                return f"arithmetic({symbol!r}, {self.value(left)}, {self.value(right)})"
        return self.test(node)

    def test(self, node: Expression) -> str:  # noqa: PLR0911
        """Python that is True or False as the condition holds or not."""
        match node:
            case Conjunction(operands):
                return f"({' and '.join(map(self.test, operands))})"
            case Disjunction(operands):
                return f"({' or '.join(map(self.test, operands))})"
            case Negation(operand):
                return f"(not {self.test(operand)})"
            case Comparison():
                return self.comparison(node)
            case Match(_, operand, _):
                return self.match(node, self.value(operand))
            case Between(kind, operand, low, high):
                name = "between" if kind == "between" else "try_between"
                return f"{name}({self.value(operand)}, {self.value(low)}, {self.value(high)})"
            case TypeTest("undefined", Constant()):
                return "False"
            case TypeTest("undefined", operand):
                return f"({self.value(operand)} is None)"
            case TypeTest(_, operand):
                return f"isinstance({self.value(operand)}, str)"
            case Constant(value):
                return repr(values.truth(value))
        return f"truth({self.value(node)})"

    def comparison(self, node: Comparison) -> str:
        left, right = self.value(node.left), self.value(node.right)
        # A local name can be asked twice; anything else goes to the general function.
        if isinstance(node.left, Keyword) and left.isidentifier():
            match node.operator, node.right:
                case "==", Constant(value) if _plain(value):
                    return f"({left} == {right})"
                case "!=", Constant(value) if _plain(value):
                    return f"({left} is not None and {left} != {right})"
                case "==", Constant(int() | float() as value) if not isinstance(value, bool):
                    same = f"{left} == {right}"
                    if value in {0, 1}:
                        same = f"({same} and not isinstance({left}, bool))"
                    return f"({same} or isinstance({left}, str) and equal({left}, {right}))"
        if node.operator in {"==", "!="}:
            return f"{'equal' if node.operator == '==' else 'unequal'}({left}, {right})"
        return f"compare({node.operator!r}, {left}, {right})"

    def match(self, node: Match, operand: str) -> str:
        if node.kind == "like" and operand.isidentifier():
            first, *inner = node.pattern.split("%")
            if not inner:
                return f"(isinstance({operand}, str) and {operand} == {first!r})"
            if len(inner) == 2 and not first and not inner[1]:
                return f"(isinstance({operand}, str) and {inner[0]!r} in {operand})"
        name = f"{node.kind}_{len(self.pool)}"
        self.pool[name] = getattr(values, node.kind)(node.pattern)
        return f"{name}({operand})"


@dataclass(frozen=True, slots=True)
class _Open:
    """A rule with the conditions that are still to be tested."""

    rule: Rule
    conditions: tuple[Expression, ...]

    def without(self, known: Sequence[Expression]) -> _Open:
        """The rule where conditions are known to hold."""
        return _Open(self.rule, tuple(c for c in self.conditions if c not in known))

    def on_text(self, name: str) -> tuple[Expression, ...]:
        """Conditions that ask about nothing but a keyword's text."""
        return tuple(c for c in self.conditions if _asks_text(c) == name)


def _asks_text(condition: Expression) -> str | None:
    """Keyword, of a condition that only a text of it can meet."""
    match condition:
        case Comparison("==", Keyword(name), Constant(value)) if _plain(value):
            return name
        case Match(_, Keyword(name), _):
            return name
    return None


def _text_test(condition: Expression) -> Callable[[Value | None], bool]:
    match condition:
        case Match(kind, _, pattern):
            return values.like(pattern) if kind == "like" else values.regexp(pattern)
        case Comparison(_, _, Constant(text)):
            return partial(operator.eq, text)
    raise TypeError(f"{condition} does not ask about a text")


def _cases(groups: Sequence[tuple[Expression, ...]]) -> Callable[[Value | None], tuple[int, ...]]:
    """Make the function that tells which groups of conditions a keyword's value meets.

    Categories and types have few values, so the answer is kept for the latest of them.
    """
    tests = [[_text_test(condition) for condition in conditions] for conditions in groups]

    @lru_cache(CASES_KEPT)
    def cases(value: Value | None) -> tuple[int, ...]:
        if not isinstance(value, str):
            return ()
        return tuple(
            index for index, group in enumerate(tests) if all(test(value) for test in group)
        )

    return cases


def _asks(condition: Expression, open_: _Open) -> bool:
    return condition in open_.conditions


def _asks_about(name: str, open_: _Open) -> bool:
    return bool(open_.on_text(name))


def _run(rules: Sequence[_Open], suits: Callable[[_Open], bool]) -> int:
    """Count the first rules that suit; one with 'else' acts in any case, so never does."""
    suitable = itertools.takewhile(lambda open_: not open_.rule.otherwise and suits(open_), rules)
    return sum(1 for _ in suitable)


class _Rules:
    """Writes classification rules as one Python function."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.expressions = _Expressions(lambda keyword: self.names[keyword.name])
        assigned = {a.keyword for rule in rules for a in rule.assignments + rule.otherwise}
        read = {
            keyword.name: None
            for rule in rules
            for keyword in keywords(
                rule.condition, *(a.value for a in rule.assignments + rule.otherwise)
            )
        }
        self.names = {name: f"k{index}" for index, name in enumerate(read)}
        self.stable = read.keys() - assigned
        self.lines: list[str] = []

    def text(self) -> str:
        self.lines = ["def classify(header):", "    get = header.get", "    assigned = {}"]
        self.lines += (f"    {local} = get({name!r})" for name, local in self.names.items())
        self.sequence([_Open(rule, conjuncts(rule.condition)) for rule in self.rules], 1)
        self.lines.append("    return assigned")
        return "\n".join(self.lines) + "\n"

    def line(self, depth: int, text: str) -> None:
        self.lines.append(f"{'    ' * depth}{text}")

    def sequence(self, rules: Sequence[_Open], depth: int, loops: int = 0) -> None:
        """Write rules in order; neighbours that share a question ask it once."""
        while rules:
            shared, length = self.shared(rules)
            name, extent = self.switched(rules) if loops < MAX_LOOPS else ("", 0)
            if depth >= MAX_NESTING or max(length, extent) < 2:
                self.rule(rules[0], depth)
                length = 1
            elif length >= extent:
                self.line(depth, f"if {self.expressions.test(shared)}:")
                self.sequence([o.without((shared,)) for o in rules[:length]], depth + 1, loops)
            else:
                self.switch(name, rules[:extent], depth, loops)
                length = extent
            rules = rules[length:]

    def shared(self, rules: Sequence[_Open]) -> tuple[Expression, int]:
        """Condition of the first rule that most of the next rules share, and how many."""
        best: tuple[Expression, int] = (Constant(True), 0)
        for condition in rules[0].conditions:
            if all(keyword.name in self.stable for keyword in keywords(condition)):
                length = _run(rules, partial(_asks, condition))
                best = max(best, (condition, length), key=itemgetter(1))
        return best

    def switched(self, rules: Sequence[_Open]) -> tuple[str, int]:
        """Keyword of whose text most of the next rules ask, and how many do."""
        names = dict.fromkeys(filter(None, map(_asks_text, rules[0].conditions)))
        best = ("", 0)
        for name in names:
            if name in self.stable:
                length = _run(rules, partial(_asks_about, name))
                best = max(best, (name, length), key=itemgetter(1))
        return best

    def switch(self, name: str, rules: Sequence[_Open], depth: int, loops: int) -> None:
        """Write rules that each ask about the text of one keyword."""
        groups = [
            (conditions, [open_.without(conditions) for open_ in members])
            for conditions, members in itertools.groupby(rules, lambda open_: open_.on_text(name))
        ]
        table, case = f"cases_{len(self.expressions.pool)}", f"case_{loops}"
        self.expressions.pool[table] = _cases([conditions for conditions, _ in groups])
        self.line(depth, f"for {case} in {table}({self.names[name]}):")
        self.halves(case, [members for _, members in groups], 0, depth + 1, loops + 1)

    def halves(
        self, case: str, bodies: Sequence[list[_Open]], first: int, depth: int, loops: int
    ) -> None:
        """Write a search by halves for the body with the number that ``case`` holds."""
        if len(bodies) == 1:
            self.sequence(bodies[0], depth, loops)
            return
        middle = len(bodies) // 2
        self.line(depth, f"if {case} < {first + middle}:")
        self.halves(case, bodies[:middle], first, depth + 1, loops)
        self.line(depth, "else:")
        self.halves(case, bodies[middle:], first + middle, depth + 1, loops)

    def rule(self, open_: _Open, depth: int) -> None:
        if not open_.conditions:
            self.assignments(open_.rule.assignments, depth)
            return
        self.line(depth, f"if {' and '.join(map(self.expressions.test, open_.conditions))}:")
        self.assignments(open_.rule.assignments, depth + 1)
        if open_.rule.otherwise:
            self.line(depth, "else:")
            self.assignments(open_.rule.otherwise, depth + 1)

    def assignments(self, assignments: Sequence[Assignment], depth: int) -> None:
        for assignment in assignments:
            local = self.names.get(assignment.keyword)
            target = f"{f'{local} = ' if local else ''}assigned[{assignment.keyword!r}]"
            value = self.expressions.value(assignment.value)
            if isinstance(assignment.value, Keyword | Negative | Arithmetic):
                self.line(depth, f"value = {value}")
                self.line(depth, "if value is not None:")
                self.line(depth + 1, f"{target} = value")
            else:
                self.line(depth, f"{target} = {value}")
        if not assignments:
            self.line(depth, "pass")
