"""A rule set in short, for people and for other programs."""

from __future__ import annotations

from typing import Any

from dfs.organiser.rules.analysis import keywords_read
from dfs.organiser.rules.compiler import CompiledAction, CompiledGroup, compile_rules
from dfs.organiser.rules.formatter import format_expression
from dfs.organiser.rules.syntax import Constant, Expression, RuleSet

__all__ = ["summary"]


def summary(rules: RuleSet) -> dict[str, Any]:
    """Describe a rule set in plain values: targets of classification, groups, actions."""
    compiled = compile_rules(rules)
    return {
        "classification": {"rules": len(rules.rules), "targets": _targets(rules)},
        "keywords": sorted(keywords_read(rules)),
        "groups": [_group(group) for group in compiled.groups],
        "actions": [_action(action) for action in compiled.actions.values()],
    }


def _targets(rules: RuleSet) -> dict[str, list[str]]:
    """Values that each keyword may be assigned, in the order of the rules."""
    targets: dict[str, dict[str, None]] = {}
    for rule in rules.rules:
        for assignment in rule.assignments + rule.otherwise:
            value = assignment.value
            text = (
                value.value
                if isinstance(value, Constant) and isinstance(value.value, str)
                else format_expression(value)
            )
            targets.setdefault(assignment.keyword, {})[text] = None
    return {keyword: list(values) for keyword, values in targets.items()}


def _group(group: CompiledGroup) -> dict[str, Any]:
    return {
        "action": group.action,
        "source": group.source,
        "where": _where(group.rule.condition),
        "keys": list(group.keys),
        "cluster": group.cluster,
        "template": group.template,
        "suffix": group.suffix,
        "minimum": group.minimum,
        "maximum": group.maximum,
    }


def _action(action: CompiledAction) -> dict[str, Any]:
    return {
        "name": action.name,
        "priority": action.priority,
        "recipes": [
            {"name": recipe.name, "options": list(recipe.options)} for recipe in action.recipes
        ],
        "inputs": [
            {
                "tag": association.tag,
                "source": association.source,
                "minimum": association.minimum,
                "maximum": association.maximum,
                "where": _where(association.association.condition),
            }
            for association in action.associations
        ],
        "products": [
            {
                "name": product.name,
                "assignments": {
                    assignment.keyword: format_expression(assignment.value)
                    for assignment in product.product.assignments
                },
            }
            for product in action.products
        ],
    }


def _where(condition: Expression | None) -> str:
    return "" if condition is None else format_expression(condition)
