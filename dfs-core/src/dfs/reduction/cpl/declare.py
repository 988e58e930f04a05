"""A recipe's declaration in Python, for the author of a plugin to begin with. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from dfs.reduction.cpl.tags import CplTags


def declaration(pipeline: str, name: str, synopsis: str, tags: CplTags) -> str:
    """Write the declaration of a CPL recipe as far as it is known.

    Parameters
    ----------
    pipeline, name : of the recipe.
    synopsis : its title.
    tags : what it takes and makes.
    """
    inputs = (
        f"RecipeInput(tag={_quoted(tag.name)}{', minimum=0' if tag.is_optional else ''}"
        f"{_help(tag.help)}),"
        for tag in tags.inputs
    )
    products = (
        f"RecipeProduct(category={_quoted(tag.name)}{_help(tag.help)})," for tag in tags.products
    )
    lines = [
        "Recipe(",
        f"    name={_quoted(name)},",
        f"    title={_quoted(synopsis)},",
        f"    cpl=CplRecipe(pipeline={_quoted(pipeline)}),",
    ]
    if tags.is_guess:
        lines.append("    # Picked from the prose of its manual: check each.")
    lines += _tuple("inputs", inputs, "Its manual names none.")
    lines += _tuple("products", products, "Its manual names none; a run's log names all it made.")
    return "\n".join([*lines, ")", ""])


def _tuple(name: str, members: Iterable[str], otherwise: str) -> Iterator[str]:
    lines = [f"        {member}" for member in members]
    if not lines:
        yield from (f"    # {otherwise}", f"    {name}=(),")
        return
    yield from (f"    {name}=(", *lines, "    ),")


def _help(text: str) -> str:
    return f", help={_quoted(text)}" if text else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
