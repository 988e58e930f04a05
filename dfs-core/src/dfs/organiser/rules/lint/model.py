"""Warnings, their names, and what the checks look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from dfs.organiser.rules.dictionary import Dictionary
from dfs.organiser.rules.syntax import Position, RuleSet

__all__ = ["LINTS", "Check", "Context", "LintWarning"]

LINTS = MappingProxyType(
    {
        "unknown-keyword": "a keyword that none of the given dictionaries defines",
        "glued-token": "a name that runs into a word of the language or into another name",
        "doubled-prefix": "a keyword with the same part twice in a row",
        "missing-prefix": "a keyword that looks like the end of another one",
        "case-trap": "two spellings that differ in capitals only",
        "unreachable-rule": "a condition that can't hold",
        "shadowed-rule": "a rule whose assignments are always overwritten by a later one",
        "unused-tag": "a tag that is assigned or produced, and that nothing selects",
        "unproduced-tag": "a tag that is selected, and that nothing assigns or produces",
        "misnamed-tag": "an association's name that differs from the tag it asks for",
        "cyclic-cascade": "actions that need each other's products",
        "inverted-limits": "a minRet greater than its maxRet",
        "never-taken": "an association that takes no file, maxRet being 0",
        "dangling-card": "a minRet or maxRet that no select follows",
        "untested-group-key": "a group key that no condition tests",
        "undefined-action": "an action that is selected but not defined",
        "unselected-action": "an action that is defined but never selected",
        "duplicate-action": "an action that a later one of the same name replaces",
        "missing-recipe": "an action without a recipe, or with the recipe 'none'",
        "unknown-recipe": "a recipe that is not among the given ones",
    }
)
"""Names of the warnings, with what each says."""


@dataclass(frozen=True, slots=True, order=True)
class LintWarning:
    """Something that is probably wrong.

    Parameters
    ----------
    position : where it stands.
    rule : stable name of the kind of warning, of `LINTS`.
    message : what is wrong, in a sentence.
    """

    position: Position
    rule: str
    message: str

    @property
    def file(self) -> str:
        """File in which it stands."""
        return self.position.file

    def __str__(self) -> str:
        return f"{self.position}: {self.rule}: {self.message}"


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks look at."""

    rules: RuleSet
    dictionary: Dictionary | None
    recipes: Collection[str] | None


Check: TypeAlias = Callable[[Context], Iterator[LintWarning]]
"""Looks for one kind of trouble."""
