"""Third level: a simulated day goes through rules and recipes to judged products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfs.plugin import Verdict
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.product_header import ERROR_NAME, QUALITY_NAME, plane_names
from dfs.testkit.bench import Bench, Criterion
from dfs.testkit.foreign import look
from dfs.testkit.report import Level


def frames_are_grouped(bench: Bench) -> Iterator[str]:
    """Every frame has a use: it is grouped, or a block takes it."""
    used = {
        taken.path
        for block in bench.organisation.blocks
        for taken in (*block.inputs, *block.calibrations)
    }
    for frame in bench.organisation.frames:
        if frame.path not in used:
            yield f"no block takes {Path(frame.path).name} ({frame.tag})"


def calibrations_are_found(bench: Bench) -> Iterator[str]:
    """No block misses a calibration."""
    for block in bench.organisation.blocks:
        for missing in block.missing:
            yield f"{block.name} ({block.action}) has no {missing.tag}: {missing.reason}"


def recipes_take_what_they_are_given(bench: Bench) -> Iterator[str]:
    """The frames of each block are those that its recipe declares, as many as it wants."""
    for block in bench.organisation.blocks:
        recipe = bench.instrument.recipes.get(block.recipe)
        if recipe is None:
            yield f"{block.name}: the plugin has no recipe {block.recipe!r}"
            continue
        given = Counter(frame.tag for frame in (*block.inputs, *block.calibrations))
        for tag in given.keys() - {wanted.tag for wanted in recipe.inputs}:
            yield f"{block.name}: {recipe.name} does not take {tag}"
        for wanted in recipe.inputs:
            count = given[wanted.tag]
            if count < wanted.minimum or (wanted.maximum is not None and count > wanted.maximum):
                yield f"{block.name}: {recipe.name} gets {count} {wanted.tag}"


def blocks_are_reduced(bench: Bench) -> Iterator[str]:
    """Every recipe makes its products."""
    for result in bench.reduction.results:
        if result.state is not BlockState.DONE:
            name = f"{result.block.name} ({result.block.recipe})"
            yield f"{name} is {result.state}: {result.detail} [{result.code}]"
    bench.notes.append(f"{len(bench.reduction.results)} blocks")


def products_are_those_promised(bench: Bench) -> Iterator[str]:
    """The products are those that the rules count on."""
    for result in _done(bench):
        made = {product.category for product in result.products}
        for category in set(result.block.products) - made:
            yield f"{result.block.name}: {result.block.recipe} made no {category}"


def products_are_valid(bench: Bench) -> Iterator[str]:
    """Products are valid FITS, say what they are, and have error and quality planes."""
    for result in _done(bench):
        for product in result.products:
            view = look(bench.products / product.path)
            if view.problem:
                yield view.problem
                continue
            if (found := view.headers[0].get("ESO PRO CATG")) != product.category:
                yield f"{product.path}: PRO CATG is {found!r}, not {product.category!r}"
            images = _images(view.planes)
            if not images:
                yield f"{product.path}: there are no data"
            for name in images:
                problems = _plane_problems(name, view.planes)
                yield from (f"{product.path}: {name}: {problem}" for problem in problems)


def _images(planes: Mapping[str, NDArray[Any]]) -> list[str]:
    """Name the units with data: not those of errors and flags."""
    return [n for n in planes if n.rpartition(".")[2] not in (ERROR_NAME, QUALITY_NAME)]


def _plane_problems(image: str, planes: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    """Say what is wrong with an image's planes; error and quality may be left out."""
    data = planes[image]
    error, quality = (planes.get(name) for name in plane_names(image))
    for name, plane in (("error", error), ("quality", quality)):
        if plane is not None and plane.shape != data.shape:
            yield f"the {name} plane is {plane.shape}, the data are {data.shape}"
            return
    good = np.isfinite(data) if quality is None else quality == 0
    if not np.isfinite(data[good]).all():
        yield "good pixels have no value"
    if error is not None and not (error[good] >= 0).all():
        yield "good pixels have no error"


def quality_is_measured(bench: Bench) -> Iterator[str]:
    """Every QC1 parameter is measured by each of its recipes that ran."""
    measured = {
        (result.block.recipe, measurement.name)
        for result in _done(bench)
        for measurement in result.measurements
    }
    ran = {result.block.recipe for result in _done(bench)}
    for parameter in bench.instrument.quality_parameters.values():
        for recipe in ran.intersection(parameter.recipes):
            if (recipe, parameter.name) not in measured:
                yield f"{recipe} does not measure {parameter.name}"
    bench.notes.append(f"{len(measured)} parameters")


def quality_is_good(bench: Bench) -> Iterator[str]:
    """The simulated instrument is healthy, and the limits say so."""
    for result in _done(bench):
        for score in result.scores:
            if score.verdict is Verdict.BAD:
                yield f"{result.block.name}: {score.name} is bad: {score.reason}"


def _done(bench: Bench) -> Iterator[BlockResult]:
    return (r for r in bench.reduction.results if r.state is BlockState.DONE)


CRITERIA = tuple(
    Criterion(Level.REDUCES, name, problems)
    for name, problems in (
        ("every frame has a use", frames_are_grouped),
        ("every calibration is found", calibrations_are_found),
        ("recipes take what the rules give them", recipes_take_what_they_are_given),
        ("every block is reduced", blocks_are_reduced),
        ("the products are those that the rules promise", products_are_those_promised),
        ("every product is valid", products_are_valid),
        ("every QC1 parameter is measured", quality_is_measured),
        ("no simulated frame is judged bad", quality_is_good),
    )
)
