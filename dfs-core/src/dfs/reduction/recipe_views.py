"""Recipes on the terminal and in JSON: what the commands on them share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.foundation.errors import UserError
    from dfs.plugin import Parameter
    from dfs.reduction.model import BlockResult
    from dfs.reduction.runners import RunnableRecipe, Runners
    from dfs.reduction.single import NamedRecipe

RunnerOption: TypeAlias = Annotated[
    Literal["best", "native", "esorex"] | None,
    typer.Option(
        help="Run recipes natively or by esorex; best, which the settings may change, is "
        "natively where that is possible."
    ),
]
"""``--runner``; :class:`dfs.reduction.runners.Preference` says what it means."""


def configured_runners(preference: str | None = None) -> Runners:
    """Give the runners that the settings name, or those that are wanted."""
    from dfs.foundation.settings import load_settings
    from dfs.reduction.runners import Runners

    return Runners.configured(load_settings().reduction, preference)


def show_parameters(parameters: Sequence[Parameter]) -> None:
    """Show what a recipe can be told."""
    rows = [
        (
            p.name,
            p.type,
            p.default,
            "|".join(map(str, p.choices)) or in_range(p.minimum, p.maximum),
            p.help,
        )
        for p in parameters
    ]
    if rows:
        console.table("Parameters", ("parameter", "type", "default", "allowed", "meaning"), rows)


def show_scores(result: BlockResult) -> None:
    """Show what was measured and how it is judged."""
    rows = [
        (m.name, f"{m.value:g}", m.category, score.verdict, score.reason)
        for m, score in zip(result.measurements, result.scores, strict=True)
    ]
    if rows:
        console.table("Quality", ("parameter", "value", "product", "verdict", "reason"), rows)


def in_range(low: float | None, high: float | None) -> str:
    """Write a range; an open end is left out."""
    if low is None and high is None:
        return ""
    if low == high:
        return f"{low:.7g}"
    return f"{'' if low is None else f'{low:.7g}'}…{'' if high is None else f'{high:.7g}'}"


def recipe_json(named: NamedRecipe) -> dict[str, Any]:
    """Describe a recipe as it is declared."""
    from dfs.reduction.runners import runner_kinds

    declared = named.recipe.model_dump(mode="json", exclude={"function"})
    source = {"distribution": named.instrument.distribution, "version": named.instrument.version}
    kinds = [kind.value for kind in runner_kinds(named.recipe)]
    return {
        "id": named.name,
        "instrument": named.instrument.id,
        **source,
        **declared,
        "runners": kinds,
    }


def run_json(runnable: RunnableRecipe | UserError) -> dict[str, Any]:
    """Describe how a recipe would be run here, or why it cannot be."""
    from dfs.foundation.errors import UserError

    if isinstance(runnable, UserError):
        return {"runner": None, "problem": {"code": runnable.code.name, "detail": runnable.detail}}
    effective = runnable.recipe.model_dump(
        mode="json", include={"parameters", "memory_mb", "time_limit_s"}
    )
    return {"runner": runnable.kind.value, "software": dict(runnable.software), **effective}
