"""Which runner runs a recipe: the native one, or esorex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dfs.foundation.clock import Clock, system_clock
from dfs.foundation.errors import UserError
from dfs.plugin import Recipe
from dfs.reduction import errors
from dfs.reduction.native import NativeRunner, Runner

__all__ = ["Preference", "RunnableRecipe", "RunnerKind", "Runners"]


class RunnerKind(StrEnum):
    """How a recipe is run."""

    NATIVE = "native"
    """Its Python function."""
    ESOREX = "esorex"
    """Its CPL recipe."""


class Preference(StrEnum):
    """How recipes are to be run."""

    NATIVE = "native"
    ESOREX = "esorex"
    BEST = "best"
    """The function where there is one, else the CPL recipe."""


@dataclass(frozen=True, slots=True)
class RunnableRecipe:
    """A recipe with the runner that was chosen for it.

    Parameters
    ----------
    recipe : with the parameters and limits that this runner has.
    kind : which runner.
    runner : runs it.
    software : name to version of what the runner brings, beyond this system and the
        plugin.
    """

    recipe: Recipe
    kind: RunnerKind
    runner: Runner
    software: Mapping[str, str] = field(default_factory=dict)


class Runners:
    """The runners of this machine.

    Parameters
    ----------
    preference : which of them is wanted.
    clock : gives the time.
    """

    def __init__(
        self, preference: Preference = Preference.BEST, *, clock: Clock = system_clock
    ) -> None:
        self.preference = preference
        self._native = NativeRunner(clock)

    def choose(self, recipe: Recipe) -> RunnableRecipe:
        """Give a recipe its runner.

        Raises
        ------
        UserError
            ``reduce.no-runner``: it cannot be run in the wanted way.
        """
        if recipe.function and self.preference is not Preference.ESOREX:
            return RunnableRecipe(recipe, RunnerKind.NATIVE, self._native)
        raise UserError(errors.NO_RUNNER, f"{recipe.name} cannot be run as {self.preference}")
