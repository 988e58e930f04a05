"""First level: what the plugin says of its instrument is consistent."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from dfs.host.quarantine import ForeignFailure, quarantine
from dfs.organiser.rulebook import rulebooks
from dfs.organiser.rules import lint_rules, load_dictionaries
from dfs.organiser.static import static_frames
from dfs.plugin import Recipe
from dfs.plugin.values import Value
from dfs.testkit.bench import Bench, Criterion
from dfs.testkit.report import Level

CATEGORY = "PRO.CATG"

MISTAKES = frozenset(
    {
        "cyclic-cascade",
        "dangling-card",
        "duplicate-action",
        "glued-token",
        "inverted-limits",
        "missing-recipe",
        "undefined-action",
        "unknown-keyword",
        "unknown-recipe",
        "unproduced-tag",
        "unreachable-rule",
    }
)
"""Warnings of the linter that no plugin should be released with."""


def declarations_are_plain_values(bench: Bench) -> Iterator[str]:
    """Every declaration survives being written as JSON and read again."""
    declared: list[Value] = [
        bench.instrument.instrument,
        *bench.instrument.recipes.values(),
        *bench.instrument.quality_parameters.values(),
        *bench.instrument.workflows.values(),
        *bench.instrument.static_calibrations,
        *bench.instrument.packages,
    ]
    declared += filter(None, (bench.instrument.rules, bench.instrument.calibration_plan))
    for value in declared:
        if type(value).model_validate_json(value.model_dump_json()) != value:
            yield f"{value!r} is another value after a round trip through JSON"


def rules_parse(bench: Bench) -> Iterator[str]:
    """The rule files follow the grammar; a syntax error is raised and reported as such."""
    if bench.instrument.rules is None:
        bench.notes.append("the plugin has no rules: its frames stay unclassified")
    bench.notes.append(f"{len(bench.compiled.actions)} actions")
    yield from ()


def rules_lint(bench: Bench) -> Iterator[str]:
    """The linter finds nothing that is certainly wrong."""
    rules, instrument = bench.instrument.rules, bench.instrument
    texts = {
        Path(instrument.resource_name(resource)): instrument.read_text(resource)
        for resource in (rules.dictionaries if rules else ())
    }
    dictionary = load_dictionaries(texts, read=texts.__getitem__) if texts else None
    warnings = lint_rules(bench.rules, dictionary, bench.instrument.recipes)
    yield from (str(warning) for warning in warnings if warning.rule in MISTAKES)
    if minor := [warning for warning in warnings if warning.rule not in MISTAKES]:
        bench.notes.append(f"{len(minor)} minor warnings, see `dfs rules check`")


def recipes_can_be_imported(bench: Bench) -> Iterator[str]:
    """Every recipe's function is there and takes the context."""
    for recipe in bench.instrument.recipes.values():
        if not recipe.function:
            continue
        try:
            with quarantine():
                problem = _function_problem(recipe)
        except ForeignFailure as failure:
            problem = str(failure)
        if problem:
            yield f"recipe {recipe.name}: {recipe.function}: {problem}"


def _function_problem(recipe: Recipe) -> str:
    module, _, name = recipe.function.partition(":")
    function = getattr(importlib.import_module(module), name, None)
    if not inspect.isroutine(function):
        return "there is no such function"
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        return "is not a plain function"
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        return f"takes {inspect.signature(function)}, not one argument, the context"
    return ""


def actions_have_recipes(bench: Bench) -> Iterator[str]:
    """Every action runs a declared recipe, which makes what the action promises."""
    for action in bench.compiled.actions.values():
        made: set[str] = set()
        for called in action.recipes:
            recipe = bench.instrument.recipes.get(called.name)
            if recipe is None:  # which the linter reports
                continue
            made |= {product.category for product in recipe.products}
            taken = {frames.tag for frames in recipe.inputs}
            if refused := sorted({a.tag for a in action.associations} - taken):
                yield f"{action.name}: {called.name} does not take {', '.join(refused)}"
        for product in action.products:
            category = product.assign({}).get(CATEGORY)
            if category is None:
                yield f"{action.name}: product {product.name} gets no {CATEGORY}"
            elif category not in made:
                yield f"{action.name}: no recipe of it declares the product {category}"


def plan_names_associations(bench: Bench) -> Iterator[str]:
    """Every entry of the calibration plan is for an association of the rules."""
    plan = bench.instrument.calibration_plan
    asked = {(a.name, s.tag) for a in bench.compiled.actions.values() for s in a.associations}
    for entry in plan.validities if plan else ():
        if (entry.action, entry.tag) not in asked:
            yield f"no action {entry.action} of the rules takes {entry.tag}"


def static_calibrations_are_classified(bench: Bench) -> Iterator[str]:
    """The rules know every file that comes with the plugin."""
    _, problems = static_frames(bench.host, rulebooks(bench.host)[bench.instrument.id])
    yield from (f"{problem.path}: {problem.detail}" for problem in problems)


CRITERIA = tuple(
    Criterion(Level.DECLARES, name, problems)
    for name, problems in (
        ("declarations are plain values", declarations_are_plain_values),
        ("the rules parse", rules_parse),
        ("the rules have no mistake", rules_lint),
        ("every recipe can be imported", recipes_can_be_imported),
        ("every action has a recipe that makes its products", actions_have_recipes),
        ("the calibration plan speaks of the rules", plan_names_associations),
        ("static calibrations are classified", static_calibrations_are_classified),
    )
)
