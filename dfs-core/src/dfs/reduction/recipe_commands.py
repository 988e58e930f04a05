"""``dfs recipe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.plugin import ParameterValue
    from dfs.reduction.model import BlockResult
    from dfs.reduction.single import NamedRecipe

app = typer.Typer(no_args_is_help=True, help="Single recipes.")


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
    from dfs.reduction.single import list_recipes

    found = list_recipes(load_host(), instrument)
    if as_json:
        console.emit_json([_recipe_json(named) for named in found])
        return
    rows = [
        (named.name, named.recipe.title, " ".join(p.category for p in named.recipe.products))
        for named in found
    ]
    console.table("Recipes", ("recipe", "title", "products"), rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID.NAME", help="The recipe.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show what a recipe takes, makes and can be told."""
    from dfs.host import load_host
    from dfs.reduction.single import find_recipe

    named = find_recipe(load_host(), name)
    if as_json:
        console.emit_json(_recipe_json(named))
        return
    chosen = named.recipe
    console.print_line(f"{named.name}: {chosen.title}")
    console.print_line(f"from {named.instrument.source}")
    console.print_line(f"at most {chosen.memory_mb} MB and {chosen.time_limit_s:g} s")
    inputs = [(i.tag, _range(i.minimum, i.maximum), i.help) for i in chosen.inputs]
    console.table("Inputs", ("tag", "frames", "use"), inputs)
    console.table(
        "Products", ("category", "content"), [(p.category, p.help) for p in chosen.products]
    )
    if chosen.parameters:
        rows = [
            (
                p.name,
                p.type,
                p.default,
                "|".join(map(str, p.choices)) or _range(p.minimum, p.maximum),
                p.help,
            )
            for p in chosen.parameters
        ]
        console.table("Parameters", ("parameter", "type", "default", "allowed", "meaning"), rows)


@app.command()
def run(
    name: Annotated[str, typer.Argument(metavar="ID.NAME", help="The recipe.")],
    sof: Annotated[Path, typer.Argument(metavar="FILE.sof", help="Set of frames, `path TAG`.")],
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Set a parameter; may be given several times."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for products and log.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Run one recipe on a set of frames."""
    from dfs.host import load_host
    from dfs.reduction.serialise import result_to_json
    from dfs.reduction.single import run_recipe

    result = run_recipe(load_host(), name, sof, out, parameters=_parameters(param or []))
    if as_json:
        console.emit_json(result_to_json(result))
    else:
        for product in result.products:
            console.print_line(f"{product.category}\t{out / product.path}")
        _show_scores(result)
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


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if low == high:
        return f"{low}"
    return f"{'' if low is None else low}…{'' if high is None else high}"


def _show_scores(result: BlockResult) -> None:
    rows = [
        (m.name, f"{m.value:g}", m.category, score.verdict, score.reason)
        for m, score in zip(result.measurements, result.scores, strict=True)
    ]
    if rows:
        console.table("Quality", ("parameter", "value", "product", "verdict", "reason"), rows)


def _recipe_json(named: NamedRecipe) -> dict[str, Any]:
    declared = named.recipe.model_dump(mode="json", exclude={"function"})
    source = {"distribution": named.instrument.distribution, "version": named.instrument.version}
    return {"id": named.name, "instrument": named.instrument.id, **source, **declared}
