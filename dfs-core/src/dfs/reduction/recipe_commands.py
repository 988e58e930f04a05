"""``dfs recipe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.reduction.cpl.commands import discover
from dfs.reduction.recipe_views import (
    RunnerOption,
    configured_runners,
    in_range,
    recipe_json,
    run_json,
    show_parameters,
    show_scores,
)
from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.plugin import ParameterValue
    from dfs.reduction.runners import RunnableRecipe

app = typer.Typer(no_args_is_help=True, help="Single recipes.")
app.command()(discover)


@app.callback()
def _about() -> None:
    """Single recipes: what there is, and one by hand."""


@app.command("list")
def list_(
    instrument: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this instrument's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the recipes of the installed instruments."""
    from dfs.host import load_host
    from dfs.reduction.runners import runner_kinds
    from dfs.reduction.single import list_recipes

    found = list_recipes(load_host(), instrument)
    if as_json:
        console.emit_json([recipe_json(named) for named in found])
        return
    rows = [
        (
            named.name,
            named.recipe.title,
            " ".join(p.category for p in named.recipe.products),
            " ".join(runner_kinds(named.recipe)),
        )
        for named in found
    ]
    console.table("Recipes", ("recipe", "title", "products", "runners"), rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID.NAME", help="The recipe.")],
    runner: RunnerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show what a recipe takes, makes and can be told."""
    from dfs.foundation.errors import UserError
    from dfs.host import load_host
    from dfs.reduction.single import find_recipe

    named = find_recipe(load_host(), name)
    runnable: RunnableRecipe | UserError
    try:
        runnable = configured_runners(runner).choose(named.recipe)
    except UserError as error:  # what is declared can be shown all the same
        runnable = error
    if as_json:
        console.emit_json(recipe_json(named) | run_json(runnable))
        return
    chosen = named.recipe if isinstance(runnable, UserError) else runnable.recipe
    console.print_line(f"{named.name}: {chosen.title}")
    console.print_line(f"from {named.instrument.source}")
    if isinstance(runnable, UserError):
        console.warn(f"cannot run here: {runnable}")
    else:
        versions = " ".join(f"{name} {version}" for name, version in runnable.software.items())
        console.print_line(f"runs as {runnable.kind} {versions}".rstrip())
    console.print_line(f"at most {chosen.memory_mb} MB and {chosen.time_limit_s:g} s")
    inputs = [(i.tag, in_range(i.minimum, i.maximum), i.help) for i in chosen.inputs]
    console.table("Inputs", ("tag", "frames", "use"), inputs)
    console.table(
        "Products", ("category", "content"), [(p.category, p.help) for p in chosen.products]
    )
    show_parameters(chosen.parameters)


@app.command()
def run(
    name: Annotated[str, typer.Argument(metavar="ID.NAME", help="The recipe.")],
    sof: Annotated[Path, typer.Argument(metavar="FILE.sof", help="Set of frames, `path TAG`.")],
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Set a parameter; may be given several times."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for products and log.")] = Path(),
    runner: RunnerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Run one recipe on a set of frames."""
    from dfs.host import load_host
    from dfs.reduction.serialise import result_to_json
    from dfs.reduction.single import run_recipe

    parameters, runners = _parameters(param or []), configured_runners(runner)
    result = run_recipe(load_host(), name, sof, out, parameters=parameters, runners=runners)
    if as_json:
        console.emit_json(result_to_json(result))
    else:
        for product in result.products:
            console.print_line(f"{product.category}\t{out / product.path}")
        show_scores(result)
        console.print_line(f"log\t{out / result.log}")
    if result.code:
        console.error(f"{result.detail} [{result.code}]")
        raise typer.Exit(ExitCode.FAILED)


def _parameters(given: list[str]) -> dict[str, ParameterValue]:
    from dfs.foundation.errors import UserError
    from dfs.reduction.errors import PARAMETER_SYNTAX

    values: dict[str, ParameterValue] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(PARAMETER_SYNTAX, f"{text!r} is not KEY=VALUE")
        values[key.strip()] = value
    return values
