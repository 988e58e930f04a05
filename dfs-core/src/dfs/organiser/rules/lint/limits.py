"""Checks on single actions and organisation rules: numbers, recipes, keys."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from dfs.organiser.rules import analysis
from dfs.organiser.rules.lint.model import Check, Context, LintWarning
from dfs.organiser.rules.syntax import (
    Action,
    Association,
    Bounded,
    Card,
    Item,
    Organisation,
    Recipe,
    Statement,
    bounded,
)

__all__ = ["CHECKS"]

IDENTITY_KEYWORDS = frozenset(
    {"ARCFILE", "DATE-OBS", "MJD-OBS", "OBS.ID", "OBS.START", "ORIGFILE", "TPL.ID", "TPL.START"}
)
"""Keywords that hold a template or an exposure together; nothing needs to test them."""

NO_RECIPE = "none"


def limits(context: Context) -> Iterator[LintWarning]:
    """Numbers that exclude each other, or everything."""
    for found in _selects(context):
        least = 1 if found.minimum is None else found.minimum
        most = found.maximum
        place = found.select.position
        if most is not None and least > most:
            message = f"minRet is {least} and maxRet is {most}"
            yield LintWarning(place, "inverted-limits", message)
        elif most == 0 and isinstance(found.select, Association):
            message = f"{found.select.tag} is never taken, since maxRet is 0"
            yield LintWarning(place, "never-taken", message)


def _sequences(context: Context) -> Iterator[tuple[Statement, ...] | tuple[Item, ...]]:
    yield context.rules.statements
    yield from (action.items for action in context.rules.actions)


def _selects(context: Context) -> Iterator[Bounded]:
    for sequence in _sequences(context):
        yield from bounded(sequence)


def dangling_cards(context: Context) -> Iterator[LintWarning]:
    """Cards that are set again or forgotten before a select uses them."""
    for sequence in _sequences(context):
        waiting: dict[str, Card] = {}
        for node in sequence:
            if isinstance(node, Card):
                if node.kind in waiting:
                    yield _dangling(waiting[node.kind])
                waiting[node.kind] = node
            elif isinstance(node, Organisation | Association):
                waiting = {}
        for card in waiting.values():
            yield _dangling(card)


def _dangling(card: Card) -> LintWarning:
    message = f"no select uses this {card.kind} = {card.count}"
    return LintWarning(card.position, "dangling-card", message)


def group_keys(context: Context) -> Iterator[LintWarning]:
    """Group keys that no condition of the rules tests: often a misspelt keyword."""
    rules = context.rules
    conditions = [rule.condition for rule in rules.rules]
    conditions += [o.condition for o in rules.organisations if o.condition is not None]
    for action in rules.actions:
        conditions += [
            item.condition
            for item in action.items
            if isinstance(item, Association) and item.condition is not None
        ]
    tested = {keyword.name for keyword in analysis.keywords(*conditions)} | IDENTITY_KEYWORDS
    for organisation in rules.organisations:
        for key in organisation.grouping.keys if organisation.grouping else ():
            if key.name not in tested:
                message = f"no condition tests {key.name}, by which {organisation.action} groups"
                yield LintWarning(key.position, "untested-group-key", message)


def actions(context: Context) -> Iterator[LintWarning]:
    """Actions that are selected and not defined, or the reverse, or defined twice."""
    defined = {action.name: action for action in context.rules.actions}
    selected = {organisation.action for organisation in context.rules.organisations}
    if defined:
        for organisation in context.rules.organisations:
            if organisation.action not in defined:
                message = f"no action {organisation.action} is defined"
                yield LintWarning(organisation.position, "undefined-action", message)
    for action in context.rules.actions:
        if selected and action.name not in selected:
            message = f"no rule selects files for action {action.name}"
            yield LintWarning(action.position, "unselected-action", message)
        if defined[action.name] is not action:
            line = defined[action.name].position.line
            message = f"the action {action.name} at line {line} replaces this one"
            yield LintWarning(action.position, "duplicate-action", message)


def recipes(context: Context) -> Iterator[LintWarning]:
    """Actions without a recipe, and recipes that do not exist."""
    for action in context.rules.actions:
        named = [item for item in action.items if isinstance(item, Recipe)]
        if not named:
            message = f"action {action.name} has no recipe"
            yield LintWarning(action.position, "missing-recipe", message)
        for recipe in named:
            yield from _recipe(context, action, recipe)


def _recipe(context: Context, action: Action, recipe: Recipe) -> Iterator[LintWarning]:
    if recipe.name == NO_RECIPE:
        message = f"action {action.name} has the recipe '{NO_RECIPE}'"
        yield LintWarning(recipe.position, "missing-recipe", message)
    elif context.recipes is not None and recipe.name not in context.recipes:
        near = difflib.get_close_matches(recipe.name, list(context.recipes), 1, 0.8)
        hint = f"; is {near[0]} meant?" if near else ""
        message = f"there is no recipe {recipe.name}{hint}"
        yield LintWarning(recipe.position, "unknown-recipe", message)


CHECKS: tuple[Check, ...] = (limits, dangling_cards, group_keys, actions, recipes)
