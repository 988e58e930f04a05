"""Which runner runs a recipe: the native one, or esorex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from dfs.foundation.clock import Clock, system_clock
from dfs.foundation.errors import UserError
from dfs.foundation.settings import ReductionSettings
from dfs.plugin import CplRecipe, Recipe
from dfs.reduction import errors
from dfs.reduction.cpl.discovery import describe
from dfs.reduction.cpl.installation import Installation, find_installation
from dfs.reduction.cpl.parameters import effective_recipe
from dfs.reduction.cpl.runner import EsorexRunner
from dfs.reduction.native import NativeRunner, Runner

__all__ = ["Preference", "RunnableRecipe", "RunnerKind", "Runners", "runner_kinds"]


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


def runner_kinds(recipe: Recipe) -> tuple[RunnerKind, ...]:
    """Say in which ways a recipe is declared to run; another question is what is installed."""
    declared = ((RunnerKind.NATIVE, recipe.function), (RunnerKind.ESOREX, recipe.cpl))
    return tuple(kind for kind, how in declared if how)


class Runners:
    """The runners of this machine.

    Parameters
    ----------
    preference : which of them is wanted.
    clock : gives the time.
    esorex : the program; None for the one on the path.
    cpl_plugins : folders of CPL pipelines, searched before those that esorex knows.
    """

    def __init__(
        self,
        preference: Preference = Preference.BEST,
        *,
        clock: Clock = system_clock,
        esorex: Path | None = None,
        cpl_plugins: Sequence[Path] = (),
    ) -> None:
        self.preference = preference
        self._native = NativeRunner(clock)
        self._esorex = esorex
        self._cpl_plugins = tuple(cpl_plugins)
        # By identity, with the recipe, which must live as long: its dictionaries have no hash.
        self._known: dict[int, tuple[Recipe, RunnableRecipe | UserError]] = {}

    @classmethod
    def configured(cls, settings: ReductionSettings, preference: str | None = None) -> Self:
        """Give the runners that the settings name.

        Parameters
        ----------
        settings : the reduction's.
        preference : which of them is wanted, if not what the settings say.
        """
        wanted = Preference(preference or settings.runner)
        return cls(wanted, esorex=settings.esorex, cpl_plugins=settings.cpl_plugins)

    def installation(self) -> Installation:
        """Give esorex and all that it can run.

        Raises
        ------
        UserError
            ``cpl.missing``, ``cpl.too-old`` or ``cpl.broken``.
        """
        return find_installation(self._esorex, self._cpl_plugins)

    def choose(self, recipe: Recipe) -> RunnableRecipe:
        """Give a recipe its runner.

        Raises
        ------
        UserError
            ``reduce.no-runner``: it cannot be run in the wanted way; ``cpl.missing``,
            ``cpl.too-old``, ``cpl.broken`` or ``cpl.no-pipeline``: it is a CPL recipe,
            for which something is not installed.
        """
        if recipe.function and self.preference is not Preference.ESOREX:
            return RunnableRecipe(recipe, RunnerKind.NATIVE, self._native)
        if recipe.cpl is None or self.preference is Preference.NATIVE:
            has = "no function" if recipe.cpl is not None else "no CPL recipe"
            raise UserError(
                errors.NO_RUNNER,
                f"{recipe.name} cannot be run as {self.preference}: it declares {has}",
            )
        _, known = self._known.get(id(recipe)) or self._learn(recipe, recipe.cpl)
        if isinstance(known, UserError):
            raise known
        return known

    def _learn(self, recipe: Recipe, cpl: CplRecipe) -> tuple[Recipe, RunnableRecipe | UserError]:
        """Ask esorex once for each recipe: a night has hundreds of blocks."""
        known: RunnableRecipe | UserError
        try:
            known = self._through_esorex(recipe, cpl)
        except UserError as error:
            known = error
        self._known[id(recipe)] = recipe, known
        return recipe, known

    def _through_esorex(self, recipe: Recipe, cpl: CplRecipe) -> RunnableRecipe:
        installation = self.installation()
        pipeline = installation.pipeline(cpl.pipeline)
        description = describe(installation, pipeline, cpl.name or recipe.name)
        try:
            effective = effective_recipe(recipe, cpl, description.parameters)
        except ValueError as error:
            raise UserError(errors.NO_RUNNER, f"{recipe.name}: {error}") from error
        runner = EsorexRunner(
            program=str(installation.program),
            library=str(description.library),
            name=description.name,
            cpl=cpl,
            cpl_parameters={
                p.parameter.name: (p.cpl_name, p.cpl_default) for p in description.parameters
            },
        )
        software = installation.software(pipeline)
        return RunnableRecipe(effective, RunnerKind.ESOREX, runner, software)
