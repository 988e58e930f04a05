"""The rules of admission that need nothing but values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dfs.plugin import QualityParameter, Recipe, Workflow

_API = re.compile(r"(\d+)\.(\d+)")


def api_version(text: object) -> tuple[int, int] | None:
    """Read ``"major.minor"``; None for anything else."""
    match = _API.fullmatch(text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def api_problem(written_for: tuple[int, int], served: tuple[int, int]) -> str:
    """Say why a plugin written for one contract cannot be served by another; empty if it can.

    A newer contract is never served; an older one is, within one major version.
    """
    if written_for == served or (written_for[0] == served[0] and written_for < served):
        return ""
    wanted, offered = (".".join(map(str, version)) for version in (written_for, served))
    remedy = "update dfs-core" if written_for > served else "update the plugin"
    return f"it was written for API {wanted} and this core serves {offered}; {remedy}"


def requirement_problem(
    requires: Iterable[str],
    requires_python: str,
    *,
    python: str,
    installed: Callable[[str], str | None],
) -> str:
    """Say which requirement of a distribution is not met; empty if all are.

    Parameters
    ----------
    requires, requires_python : as the metadata of the distribution state them.
    python : version of the running Python.
    installed : gives the version of an installed distribution, or None.
    """
    try:
        if requires_python and python not in SpecifierSet(requires_python):
            return f"it requires Python {requires_python}; this is Python {python}"
        for line in requires:
            requirement = Requirement(line)
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            version = installed(requirement.name)
            if version is None:
                return f"it requires {requirement}, which is not installed"
            if not requirement.specifier.contains(version, prereleases=True):
                return f"it requires {requirement}; {requirement.name} {version} is installed"
    except (InvalidRequirement, InvalidSpecifier) as error:
        return f"its metadata cannot be read: {' '.join(str(error).split())}"
    return ""


def recipe_problem(recipes: Sequence[Recipe], parameters: Sequence[QualityParameter]) -> str:
    """Say what is inconsistent in the recipes and QC1 parameters; empty if nothing is."""
    for what, names in (
        ("recipe", [r.name for r in recipes]),
        ("quality parameter", [p.name for p in parameters]),
    ):
        if twice := repeated(names):
            return f"it declares {what} {', '.join(twice)} twice"
    declared = {recipe.name for recipe in recipes}
    for parameter in parameters:
        if unknown := [name for name in parameter.recipes if name not in declared]:
            return (
                f"quality parameter {parameter.name} names the recipe {', '.join(unknown)}, "
                "which is not declared"
            )
    return ""


def workflow_problem(workflows: Sequence[Workflow], recipes: Sequence[Recipe]) -> str:
    """Say what is inconsistent in the workflows; empty if nothing is."""
    if twice := repeated(workflow.target for workflow in workflows):
        return f"it declares target {', '.join(twice)} twice"
    declared = {recipe.name for recipe in recipes}
    for workflow in workflows:
        if unknown := [name for name in workflow.parameters if name not in declared]:
            return (
                f"target {workflow.target} sets parameters of the recipe {', '.join(unknown)}, "
                "which is not declared"
            )
    return ""


def repeated(names: Iterable[str]) -> list[str]:
    """Give the names that occur more than once, whatever their case."""
    found = list(names)
    folded = [name.casefold() for name in found]
    return sorted({name for name in found if folded.count(name.casefold()) > 1})


def rival_claims(claims: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Say for each plugin in conflict what it claims and who else does.

    Parameters
    ----------
    claims : the names, ids and INSTRUME values, under which each plugin answers.
    """
    claimants: dict[str, set[str]] = defaultdict(set)
    for plugin, names in claims.items():
        for name in names:
            claimants[name.casefold()].add(plugin)
    problems: dict[str, str] = {}
    for plugin, names in claims.items():
        for name in names:
            rivals = sorted(claimants[name.casefold()] - {plugin})
            if rivals and plugin not in problems:
                problems[plugin] = f"{name!r} is claimed by {' and '.join(rivals)} as well"
    return problems
