"""What is probably wrong in rules that parse."""

from __future__ import annotations

from collections.abc import Collection

from dfs.organiser.rules.dictionary import Dictionary
from dfs.organiser.rules.lint import cascade, classification, limits, names
from dfs.organiser.rules.lint.model import LINTS, Context, LintWarning
from dfs.organiser.rules.syntax import RuleSet

__all__ = ["LINTS", "LintWarning", "lint_rules"]

_CHECKS = (*names.CHECKS, *classification.CHECKS, *limits.CHECKS, *cascade.CHECKS)


def lint_rules(
    rules: RuleSet,
    dictionary: Dictionary | None = None,
    recipes: Collection[str] | None = None,
) -> tuple[LintWarning, ...]:
    """Look for what is probably wrong in a rule set.

    Parameters
    ----------
    rules : the rule set; best all files of an instrument together, since a tag may be
        made in one and used in another.
    dictionary : keywords that exist; without it unknown keywords are not looked for.
    recipes : names of the recipes that exist; without them no recipe is unknown.

    Returns
    -------
    Warnings in the order of their places.
    """
    context = Context(rules, dictionary, recipes)
    found = {warning for check in _CHECKS for warning in check(context)}
    return tuple(sorted(found))
