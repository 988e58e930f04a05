"""Checks across rules: which tags are made, which are wanted, and in what circle.

A tag is the value of a keyword that rules or products assign and that conditions
test. Only what can be seen without a header is judged: where a condition might take
a tag, it is taken to do so.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from dfs.organiser.rules import analysis
from dfs.organiser.rules.interpreter import holds
from dfs.organiser.rules.lint.model import Check, Context, LintWarning
from dfs.organiser.rules.lint.names import LAST_FILE
from dfs.organiser.rules.syntax import (
    Action,
    Assignment,
    Association,
    Comparison,
    Constant,
    Expression,
    Keyword,
    Match,
    Organisation,
    Product,
    Rule,
)
from dfs.organiser.rules.values import Value

__all__ = ["CHECKS"]

CATEGORY = "PRO.CATG"
"""Keyword that existing products carry in their headers."""

Tags: TypeAlias = Mapping[str, frozenset[Value]]
"""Values that keywords may have, by keyword."""

_Questions: TypeAlias = tuple[tuple[tuple[str, Expression], ...], ...]
"""Alternatives of a condition: keywords with the conditions on them."""


@dataclass(frozen=True)
class _Cascade:
    """Tags of a rule set: who makes which, who asks for which."""

    context: Context

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Actions in force: of one name the last."""
        return tuple({action.name: action for action in self.context.rules.actions}.values())

    @cached_property
    def products(self) -> tuple[tuple[Action, Product, Tags], ...]:
        """Products with their tags and those that classification then gives them."""
        return tuple(
            (action, item, self.retagged(_tags(item.assignments)))
            for action in self.actions
            for item in action.items
            if isinstance(item, Product)
        )

    @cached_property
    def associations(self) -> tuple[tuple[Action, Association, _Questions | None], ...]:
        """Associations with their actions."""
        return tuple(
            (action, item, _questions(item.condition))
            for action in self.actions
            for item in action.items
            if isinstance(item, Association)
        )

    @cached_property
    def selects(self) -> tuple[tuple[Organisation | Association, _Questions | None], ...]:
        """All that selects files."""
        organisations = self.context.rules.organisations
        return (
            *((organisation, _questions(organisation.condition)) for organisation in organisations),
            *((association, questions) for _, association, questions in self.associations),
        )

    @cached_property
    def retagging(self) -> tuple[tuple[Rule, _Questions | None], ...]:
        """Classification rules with what they ask."""
        return tuple((rule, _questions(rule.condition)) for rule in self.context.rules.rules)

    @cached_property
    def made(self) -> Tags:
        """Every value that is assigned, or that a rule expects in a header."""
        made: dict[str, set[Value]] = defaultdict(set)
        for assignment in analysis.assignments(self.context.rules):
            if isinstance(assignment.value, Constant):
                made[assignment.keyword].add(assignment.value.value)
        for rule in self.context.rules.rules:
            for atom in _atoms(rule.condition):
                match atom:
                    case Comparison("==", Keyword(name), Constant(value)):
                        made[name].add(value)
                    case Match("like", Keyword(name), pattern):
                        made[name].add(pattern.strip("%"))
        return {name: frozenset(found) for name, found in made.items()}

    @cached_property
    def copied(self) -> frozenset[str]:
        """Keywords that get the value of another one, so that any value may be made."""
        return frozenset(
            assignment.keyword
            for assignment in analysis.assignments(self.context.rules)
            if not isinstance(assignment.value, Constant)
        )

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Keywords that rules or products assign."""
        return frozenset(a.keyword for a in analysis.assignments(self.context.rules))

    def retagged(self, tags: Tags) -> Tags:
        """Tags together with those that classification may add."""
        found: dict[str, frozenset[Value]] = dict(tags)
        for rule, questions in self.retagging:
            copies = {
                a.keyword: found[a.value.name]
                for a in rule.assignments
                if isinstance(a.value, Keyword) and a.value.name in found
            }
            added: dict[str, frozenset[Value]] = {}
            if _may_take(questions, found):
                added = _tags(rule.assignments) | copies
            elif copies and _may_pass(questions, found):
                added = copies
            for name, values in added.items():
                found[name] = found.get(name, frozenset()) | values
        return found


def _tags(assignments: Iterable[Assignment]) -> dict[str, frozenset[Value]]:
    return {
        a.keyword: frozenset({a.value.value}) for a in assignments if isinstance(a.value, Constant)
    }


def _atoms(condition: Expression | None) -> Iterator[Expression]:
    for branch in analysis.branches(condition) or ():
        yield from branch


def _asked(atom: Expression) -> str:
    """Keyword of the candidate that a condition compares with a constant; else empty."""
    match atom:
        case Comparison(_, Keyword(name, False), Constant()):
            return name.removeprefix(LAST_FILE)
        case Match(_, Keyword(name, False), _):
            return name.removeprefix(LAST_FILE)
    return ""


def _meets(atom: Expression, tags: Tags) -> bool:
    name = _asked(atom)
    return any(holds(atom, {name: value, f"{LAST_FILE}{name}": value}) for value in tags[name])


def _questions(condition: Expression | None) -> _Questions | None:
    """What the alternatives of a condition ask of keywords; None if there are too many."""
    branches = analysis.branches(condition)
    if branches is None:
        return None
    return tuple(
        tuple((name, atom) for atom in branch if (name := _asked(atom))) for branch in branches
    )


def _may_take(questions: _Questions | None, tags: Tags) -> bool:
    """Tell whether a condition asks for one of the tags and for no other."""
    if questions is None:
        return True
    for branch in questions:
        asked = [atom for name, atom in branch if name in tags]
        if asked and all(_meets(atom, tags) for atom in asked):
            return True
    return False


def _may_pass(questions: _Questions | None, tags: Tags) -> bool:
    """Tell whether a condition asks for no other tags, if perhaps for none at all."""
    return questions is None or any(
        all(_meets(atom, tags) for name, atom in branch if name in tags) for branch in questions
    )


def unused_tags(context: Context) -> Iterator[LintWarning]:
    """Tags that nothing selects."""
    cascade = _Cascade(context)
    for action, product, tags in cascade.products:
        if not any(_may_take(questions, tags) for _, _, questions in cascade.associations):
            message = f"no association takes {product.name}, which action {action.name} makes"
            yield LintWarning(product.position, "unused-tag", message)
    wanted = {
        name for _, questions in cascade.selects for branch in questions or () for name, _ in branch
    }
    for rule, _ in cascade.retagging:
        tags = {name: found for name, found in _tags(rule.assignments).items() if name in wanted}
        if not tags:
            continue
        known = analysis.branches(rule.condition) or ()
        if not any(
            _may_take(questions, tags) or _takes_anyway(questions, tags, known)
            for _, questions in cascade.selects
        ):
            words = ", ".join(f"{name} {value}" for name, (value,) in tags.items())
            message = f"nothing selects files with {words}"
            yield LintWarning(rule.position, "unused-tag", message)


def _takes_anyway(
    questions: _Questions | None, tags: Tags, known: Sequence[analysis.Branch]
) -> bool:
    """Tell whether a condition takes files for what a rule knew of them, whatever their tag."""
    return any(
        branch
        and all(analysis.follows(a, facts) or (n in tags and _meets(a, tags)) for n, a in branch)
        for branch in questions or ()
        for facts in known
    )


def unproduced_tags(context: Context) -> Iterator[LintWarning]:
    """Tags that are selected and that nothing makes."""
    cascade = _Cascade(context)
    for select, questions in cascade.selects:
        missing = [_missing(branch, cascade) for branch in questions or ()]
        if missing and all(missing):
            name, wanted = next(iter(missing[0].items()))
            made = [str(value) for value in cascade.made.get(name, ())]
            near = difflib.get_close_matches(str(wanted), sorted(made), 1, 0.9)
            hint = f"; is {near[0]} meant?" if near else ""
            message = f"nothing makes files with {name} {wanted}{hint}"
            yield LintWarning(select.position, "unproduced-tag", message)


def _missing(branch: tuple[tuple[str, Expression], ...], cascade: _Cascade) -> dict[str, Value]:
    """Tags that an alternative asks for and nothing makes."""
    missing: dict[str, Value] = {}
    for name, atom in branch:
        judged = name in cascade.assigned or (name == CATEGORY and name in cascade.made)
        if not judged or name in cascade.copied or _meets(atom, cascade.made):
            continue
        match atom:
            case Comparison("==", _, Constant(value)):
                missing[name] = value
            case Match("like", _, pattern):
                missing[name] = pattern
    return missing


def misnamed_tags(context: Context) -> Iterator[LintWarning]:
    """Associations with a name that nobody knows beside the tag that they ask for."""
    cascade = _Cascade(context)
    known = {str(value) for values in cascade.made.values() for value in values}
    known |= {product.name for _, product, _ in cascade.products}
    for _, select, _ in cascade.associations:
        if select.tag in known:
            continue
        asked = {
            value
            for name, value in analysis.split(select.condition).constants
            if name in cascade.assigned or name == CATEGORY
        }
        near = difflib.get_close_matches(select.tag, sorted(map(str, asked)), 1, 0.9)
        if near and select.tag not in asked:
            message = f"the files are called {select.tag} but their tag is {near[0]}"
            yield LintWarning(select.position, "misnamed-tag", message)


def cycles(context: Context) -> Iterator[LintWarning]:
    """Actions that need each other's products, so that none can be first."""
    cascade = _Cascade(context)
    needs: dict[str, list[str]] = {}
    for action, _, questions in cascade.associations:
        needs.setdefault(action.name, []).extend(
            maker.name for maker, _, tags in cascade.products if _may_take(questions, tags)
        )
    reported: set[str] = set()
    for action in cascade.actions:
        path = _path(needs, action.name, action.name)
        if path and not reported & set(path):
            reported |= set(path)
            message = f"these actions need each other's products: {' <- '.join(path)}"
            if len(path) == 2:
                message = f"action {action.name} needs its own product"
            yield LintWarning(action.position, "cyclic-cascade", message)


def _path(needs: Mapping[str, list[str]], start: str, goal: str) -> list[str]:
    """Shortest way along the needs, both ends included; empty if there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked: breadth first
        for name in needs.get(way[-1], ()):
            if name == goal:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


CHECKS: tuple[Check, ...] = (unused_tags, unproduced_tags, misnamed_tags, cycles)
