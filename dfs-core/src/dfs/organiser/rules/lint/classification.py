"""Checks on conditions: what can't hold, and what is always undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfs.organiser.rules import analysis
from dfs.organiser.rules.formatter import format_expression
from dfs.organiser.rules.lint.model import Check, Context, LintWarning
from dfs.organiser.rules.syntax import (
    Action,
    Arithmetic,
    Association,
    Expression,
    Keyword,
    Negative,
    Node,
    Organisation,
    Rule,
)

__all__ = ["CHECKS"]


def unreachable_rules(context: Context) -> Iterator[LintWarning]:
    """Conditions that can't hold, wherever they stand."""
    for node, condition in _conditions(context):
        branches = analysis.branches(condition)
        conflicts = [analysis.contradicts(branch) for branch in branches or ()]
        if not conflicts or None in conflicts:
            continue
        first, second = next(pair for pair in conflicts if pair)
        words = format_expression(first)
        if second is not first:
            words += f" and {format_expression(second)}"
        message = f"this can never hold: {words}"
        yield LintWarning(node.position, "unreachable-rule", message)


def _conditions(context: Context) -> Iterator[tuple[Node, Expression]]:
    nodes: list[Rule | Organisation | Association] = []
    for statement in context.rules.statements:
        if isinstance(statement, Rule | Organisation):
            nodes.append(statement)
        elif isinstance(statement, Action):
            nodes += (item for item in statement.items if isinstance(item, Association))
    for node in nodes:
        if node.condition is not None:
            yield node, node.condition


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a rule reads and writes."""

    rule: Rule
    branches: tuple[analysis.Branch, ...] | None
    asked: frozenset[str]
    read: frozenset[str]
    written: frozenset[str]
    surely_written: frozenset[str]


def _facts(rule: Rule) -> _Facts:
    parts = rule.assignments + rule.otherwise
    asked = frozenset(keyword.name for keyword in analysis.keywords(rule.condition))
    values = frozenset(k.name for k in analysis.keywords(*(part.value for part in parts)))
    # A keyword or a sum may have no value, and then assigns nothing.
    sure = (a for a in rule.assignments if not isinstance(a.value, Keyword | Arithmetic | Negative))
    return _Facts(
        rule=rule,
        branches=analysis.branches(rule.condition),
        asked=asked,
        read=asked | values,
        written=frozenset(part.keyword for part in parts),
        surely_written=frozenset(part.keyword for part in sure),
    )


def shadowed_rules(context: Context) -> Iterator[LintWarning]:
    """Rules that leave no trace: a later rule always overwrites all they assign."""
    rules = [_facts(rule) for rule in context.rules.rules]
    for index, facts in enumerate(rules):
        later = _shadow(facts, rules[index + 1 :])
        if later is not None:
            message = (
                "every file that this rule matches also matches the rule at line "
                f"{later.position.line}, which overwrites all it assigns"
            )
            yield LintWarning(facts.rule.position, "shadowed-rule", message)


def _shadow(facts: _Facts, later: Sequence[_Facts]) -> Rule | None:
    targets = changed = facts.written
    if facts.rule.otherwise or not targets or facts.branches is None:
        return None
    for other in later:
        if other.read & targets:
            return None
        if (
            targets <= other.surely_written
            and not other.asked & changed
            and other.branches is not None
            and analysis.implies(facts.branches, other.branches)
        ):
            return other.rule
        changed |= other.written
    return None


CHECKS: tuple[Check, ...] = (unreachable_rules, shadowed_rules)
