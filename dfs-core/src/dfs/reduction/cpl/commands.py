"""``dfs recipe discover``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.reduction.recipe_views import configured_runners, show_parameters
from dfs.ui import console

if TYPE_CHECKING:
    from dfs.reduction.cpl.discovery import CplDescription
    from dfs.reduction.cpl.installation import Installation, Pipeline
    from dfs.reduction.cpl.tags import CplTags


def discover(
    name: Annotated[
        str, typer.Argument(metavar="[PIPELINE[.RECIPE]]", help="What to show; else all pipelines.")
    ] = "",
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.oca", exists=True, help="Take the tags from these rules, not the manual."
        ),
    ] = None,
    declare: Annotated[
        bool, typer.Option("--declare", help="Write the recipe's declaration for a plugin.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Ask esorex for the CPL pipelines that are installed, their recipes and parameters."""
    from dfs.reduction.cpl.discovery import describe

    installation = configured_runners().installation()
    pipeline_name, _, recipe_name = name.partition(".")
    if not pipeline_name:
        _show_pipelines(installation, as_json)
        return
    pipeline = installation.pipeline(pipeline_name)
    if not recipe_name:
        recipes = [describe(installation, pipeline, p.stem) for p in pipeline.libraries]
        _show_recipes(pipeline, recipes, as_json)
        return
    recipe = describe(installation, pipeline, recipe_name)
    tags = _tags(recipe, rules)
    if declare:
        from dfs.reduction.cpl.declare import declaration

        text = declaration(pipeline.name, recipe.name, recipe.synopsis, tags)
        console.print_line(text.rstrip())
    else:
        _show_recipe(recipe, tags, as_json)


def _tags(recipe: CplDescription, rules: Path | None) -> CplTags:
    from dfs.reduction.cpl.tags import tags_in_rules, tags_in_text

    if rules is None:
        return tags_in_text(recipe.description)
    from dfs.organiser.rules.parser import load_rules
    from dfs.organiser.rules.summary import summary

    tags = tags_in_rules(summary(load_rules(rules)), recipe.name)
    if not tags.inputs and not tags.products:
        console.note(f"no action of {rules} uses {recipe.name}; this is what its manual tells")
        tags = tags_in_text(recipe.description)
    return tags


def _show_pipelines(installation: Installation, as_json: bool) -> None:
    if as_json:
        console.emit_json(
            {
                "esorex": installation.version,
                "cpl": installation.cpl_version,
                "program": str(installation.program),
                "pipelines": [
                    {
                        "name": p.name,
                        "version": p.version,
                        "folder": str(p.folder),
                        "recipes": [library.stem for library in p.libraries],
                    }
                    for p in installation.pipelines
                ],
            }
        )
        return
    console.print_line(f"{installation.program}: version {installation.version}")
    rows = [(p.name, p.version, len(p.libraries), str(p.folder)) for p in installation.pipelines]
    console.table("CPL pipelines", ("pipeline", "version", "recipes", "folder"), rows)


def _show_recipes(pipeline: Pipeline, recipes: list[CplDescription], as_json: bool) -> None:
    if as_json:
        told = [{"name": recipe.name, "title": recipe.synopsis} for recipe in recipes]
        console.emit_json({"pipeline": pipeline.name, "version": pipeline.version, "recipes": told})
        return
    rows = [
        (f"{pipeline.name}.{recipe.name}", recipe.synopsis, len(recipe.parameters))
        for recipe in recipes
    ]
    title = f"Recipes of {pipeline.name} {pipeline.version}"
    console.table(title, ("recipe", "title", "parameters"), rows)


def _show_recipe(recipe: CplDescription, tags: CplTags, as_json: bool) -> None:
    pipeline = recipe.pipeline
    if as_json:
        console.emit_json(
            {
                "pipeline": pipeline.name,
                "version": pipeline.version,
                "name": recipe.name,
                "title": recipe.synopsis,
                "description": recipe.description,
                **asdict(tags),
                "parameters": [
                    {"cpl_name": found.cpl_name, **found.parameter.model_dump(mode="json")}
                    for found in recipe.parameters
                ],
            }
        )
        return
    console.print_line(f"{recipe.name}: {recipe.synopsis}")
    console.print_line(f"from {pipeline.name} {pipeline.version}")
    if tags.is_guess:
        console.note("tags are picked from the prose of the manual; see it with --json")
    console.table(
        "Inputs",
        ("tag", "needed", "use"),
        [(tag.name, "may be" if tag.is_optional else "yes", tag.help) for tag in tags.inputs],
    )
    products = [(tag.name, tag.help) for tag in tags.products]
    console.table("Products", ("category", "content"), products)
    show_parameters([found.parameter for found in recipe.parameters])
