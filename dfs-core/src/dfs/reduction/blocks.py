"""From a reduction block to what a worker needs: checks and values, nothing runs here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dfs.foundation.errors import UserError
from dfs.host import RegisteredInstrument
from dfs.organiser.model import BlockInput, ReductionBlock
from dfs.plugin import Measurement, Parameter, ParameterValue, Recipe
from dfs.reduction import errors
from dfs.reduction.model import (
    BlockResult,
    Outcome,
    RecipeTask,
    TaskFrame,
    TaskProvenance,
    product_id,
)
from dfs.reduction.runners import RunnableRecipe, Runners

_TRUE, _FALSE = frozenset({"true", "t", "yes", "1"}), frozenset({"false", "f", "no", "0"})


def recipe_of(block: ReductionBlock, instrument: RegisteredInstrument) -> Recipe:
    """Give the recipe that a block is to run.

    Raises
    ------
    UserError
        ``reduce.unknown-recipe``.
    """
    if not block.recipe:
        raise UserError(errors.UNKNOWN_RECIPE, f"the action {block.action} names no recipe")
    recipe = instrument.recipes.get(block.recipe)
    if recipe is None:
        raise UserError(
            errors.UNKNOWN_RECIPE,
            f"the action {block.action} names the recipe {block.recipe}, "
            f"which {instrument.source} does not have",
        )
    return recipe


def parameter_values(
    recipe: Recipe, given: Mapping[str, ParameterValue]
) -> dict[str, ParameterValue]:
    """Give every declared parameter its value: the given one, or the default.

    Parameters
    ----------
    recipe : the declaration.
    given : some of the values; text is read as the declared type.

    Raises
    ------
    UserError
        ``recipe.parameter``.
    """
    declared = {parameter.name: parameter for parameter in recipe.parameters}
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none"
            raise UserError(
                errors.PARAMETER, f"{recipe.name} has no parameter {name!r}; it has {known}"
            )
    values = {
        name: _typed(parameter, given.get(name, parameter.default))
        for name, parameter in declared.items()
    }
    for name, value in values.items():
        if problem := declared[name].problem(value):
            raise UserError(errors.PARAMETER, f"parameter {name} of {recipe.name}: {problem}")
    return values


def _typed(parameter: Parameter, value: ParameterValue) -> ParameterValue:
    if parameter.type == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str) or parameter.type == "str":
        return value
    word = value.strip().casefold()
    try:
        if parameter.type == "bool":
            return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}.get(word, value)
        return int(word) if parameter.type == "int" else float(word)
    except ValueError:
        return value  # Parameter.problem says what is wrong with it


def tag_problem(recipe: Recipe, tag: str) -> str:
    """Say why the recipe does not take a class of frames; empty if it does."""
    taken = [taken.tag for taken in recipe.inputs]
    return "" if tag in taken else f"{recipe.name} takes no {tag}; it takes {', '.join(taken)}"


def count_problem(recipe: Recipe, tags: Iterable[str]) -> str:
    """Say of which class there are too few or too many frames; empty if of none."""
    found = Counter(tags)
    for wanted in recipe.inputs:
        count = found[wanted.tag]
        if count < wanted.minimum:
            return f"{recipe.name} needs at least {wanted.minimum} {wanted.tag}, there are {count}"
        if wanted.maximum is not None and count > wanted.maximum:
            return f"{recipe.name} takes at most {wanted.maximum} {wanted.tag}, there are {count}"
    return ""


def check_block(
    block: ReductionBlock, instrument: RegisteredInstrument, runners: Runners, machine_mb: int
) -> Recipe:
    """Look whether a block can run once the blocks before it have.

    Parameters
    ----------
    block : the block.
    instrument : whose recipes it uses.
    runners : run the recipes.
    machine_mb : memory of the machine, MB.

    Returns
    -------
    Recipe
        The recipe that it runs, as its runner has it.

    Raises
    ------
    UserError
        ``reduce.missing-calibration``, ``reduce.unknown-recipe``, ``reduce.no-runner``,
        ``recipe.bad-configuration``, ``recipe.parameter`` or ``reduce.memory``.
    """
    if not block.is_complete:
        raise UserError(
            errors.MISSING_CALIBRATION,
            "; ".join(
                f"{missing.tag}: {missing.found} of {missing.minimum} ({missing.reason})"
                for missing in block.missing
            ),
        )
    recipe = runners.choose(recipe_of(block, instrument)).recipe
    tags = [frame.tag for frame in (*block.inputs, *block.calibrations)]
    problem = next(filter(None, (tag_problem(recipe, tag) for tag in tags)), "")
    if problem or (problem := count_problem(recipe, tags)):
        raise UserError(errors.BAD_CONFIGURATION, problem)
    parameter_values(recipe, block.parameters)
    if recipe.memory_mb > machine_mb:
        raise UserError(
            errors.MEMORY,
            f"{recipe.name} declares {recipe.memory_mb} MB, this machine has {machine_mb} MB",
        )
    return recipe


def resolved(
    block: ReductionBlock, results: Mapping[str, BlockResult], root: str
) -> ReductionBlock:
    """Give the products that a block waited for their paths, those that never change.

    Parameters
    ----------
    block : the block.
    results : of each block that it waited for.
    root : the workspace.

    Raises
    ------
    UserError
        ``reduce.missing-product``.
    """

    def with_path(frame: BlockInput) -> BlockInput:
        if not frame.is_virtual:
            return frame
        made = results[frame.block]
        for product in made.products:
            if product.category == frame.category:
                filename = product.path.rpartition("/")[2]
                return replace(frame, path=f"{root}/{made.folder}/{filename}")
        raise UserError(
            errors.MISSING_PRODUCT, f"block {frame.block} did not make {frame.category}"
        )

    if not block.depends_on:
        return block
    return replace(
        block,
        inputs=tuple(map(with_path, block.inputs)),
        calibrations=tuple(map(with_path, block.calibrations)),
    )


def recipe_task(
    block: ReductionBlock,
    runnable: RunnableRecipe,
    instrument: RegisteredInstrument,
    system: str,
    provenance: TaskProvenance | None = None,
) -> RecipeTask:
    """Make the task of a block whose inputs all have paths.

    Parameters
    ----------
    block : the block.
    runnable : its recipe, with the runner that was chosen.
    instrument : who declares it.
    system : version of this system, ``dfs-0.1.0``.
    provenance : what the headers are to tell of the making; None for the runner alone.

    Raises
    ------
    UserError
        ``recipe.parameter``.
    """
    frames = [TaskFrame(frame.path, frame.tag, is_raw=True) for frame in block.inputs]
    frames += [TaskFrame(frame.path, frame.tag, is_raw=False) for frame in block.calibrations]
    recipe, declared = runnable.recipe, instrument.quality_parameters
    return RecipeTask(
        id=block.id,
        stem=block.name,
        recipe=recipe,
        frames=tuple(frames),
        parameters=parameter_values(recipe, block.parameters),
        quality_parameters={n: p for n, p in declared.items() if recipe.name in p.recipes},
        pipeline=f"{instrument.distribution}/{instrument.version}".rstrip("/"),
        system=system,
        dictionary=f"{instrument.id.upper()}-{instrument.version}".rstrip("-"),
        time_keyword=instrument.instrument.time_keyword,
        identity_keyword=instrument.instrument.identity_keyword,
        setup_keywords=instrument.instrument.setup_keywords,
        provenance=provenance
        or TaskProvenance(runner=runnable.kind.value, software=runnable.software),
    )


def measurements_of(block: ReductionBlock, outcome: Outcome) -> tuple[Measurement, ...]:
    """Say of which product, when and in which set-up the values were measured."""
    if outcome.made is None:
        return ()
    return tuple(
        Measurement(
            name=metric.name,
            value=metric.value,
            category=metric.category,
            product=product_id(block.id, metric.category),
            time_mjd=block.time_mjd,
            setup=dict(outcome.made.setup),
        )
        for metric in outcome.made.metrics
    )
