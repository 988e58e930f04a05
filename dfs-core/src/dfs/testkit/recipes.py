"""A recipe run by itself, in the test's own process, with its products in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import (
    BadConfiguration,
    DetectorImage,
    HeaderCards,
    InputFrame,
    ParameterValue,
    Recipe,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RecipeRun", "TestedProduct", "run_recipe"]


@dataclass(frozen=True, slots=True, eq=False)
class TestedProduct:
    """What a recipe wrote.

    Parameters
    ----------
    data, error, quality : the planes as the recipe gave them.
    header : the keywords of its own.
    """

    __test__ = False

    data: NDArray[Any]
    error: NDArray[Any] | None
    quality: NDArray[Any] | None
    header: HeaderCards

    def save(self, path: Path) -> Path:
        """Write the data plane, so that another recipe can take it."""
        write_fits(path, [Hdu(self.header, self.data)], fsync=False)
        return path


@dataclass(slots=True)
class RecipeRun:
    """A run under test; implements :class:`dfs.plugin.RecipeContext`.

    Attributes
    ----------
    products : by category.
    detectors : products of several detectors, by category and detector.
    metrics : QC1 values by category and name.
    """

    recipe: Recipe
    parameters: Mapping[str, ParameterValue]
    inputs: Sequence[InputFrame]
    log: logging.Logger
    products: dict[str, TestedProduct] = field(default_factory=dict)
    detectors: dict[str, dict[str, TestedProduct]] = field(default_factory=dict)
    metrics: dict[tuple[str, str], float] = field(default_factory=dict)

    def frames(self, *tags: str) -> Sequence[InputFrame]:
        """Give the frames of these classes, all if none is named."""
        return [frame for frame in self.inputs if not tags or frame.tag in tags]

    def metric(self, name: str, value: float, *, category: str = "") -> None:
        """Keep a QC1 value."""
        self.metrics[category, name] = value

    def write(
        self,
        category: str,
        data: NDArray[Any],
        *,
        error: NDArray[Any] | None = None,
        quality: NDArray[Any] | None = None,
        header: HeaderCards | None = None,
    ) -> None:
        """Keep a product."""
        self._check_category(category)
        self.products[category] = TestedProduct(data, error, quality, dict(header or {}))

    def write_detectors(
        self,
        category: str,
        detectors: Iterable[DetectorImage],
        *,
        header: HeaderCards | None = None,
    ) -> None:
        """Keep a product of several detectors, each with the product's cards and its own."""
        self._check_category(category)
        self.detectors[category] = {
            one.name: TestedProduct(
                one.data, one.error, one.quality, {**(header or {}), **one.header}
            )
            for one in detectors
        }

    def progress(self, fraction: float, message: str = "") -> None:
        """Note how far the recipe is."""
        self.log.debug("%.0f %% %s", 100 * fraction, message)

    def _check_category(self, category: str) -> None:
        if category not in {product.category for product in self.recipe.products}:
            raise BadConfiguration(f"{self.recipe.name} does not declare {category}")


def run_recipe(
    recipe: Recipe, frames: Mapping[str, Sequence[Path]], **parameters: ParameterValue
) -> RecipeRun:
    """Run a recipe's function on files.

    Parameters
    ----------
    recipe : its declaration.
    frames : files by tag.
    **parameters : those that differ from their defaults.

    Returns
    -------
    RecipeRun
        What it measured and wrote.

    Raises
    ------
    RecipeError
        The recipe's own.
    ValueError
        A parameter is not declared, or not allowed.
    """
    declared = {parameter.name: parameter for parameter in recipe.parameters}
    for name, value in parameters.items():
        problem = declared[name].problem(value) if name in declared else "not declared"
        if problem:
            raise ValueError(f"parameter {name}: {problem}")
    module, _, function = recipe.function.partition(":")
    run = RecipeRun(
        recipe=recipe,
        parameters={name: p.default for name, p in declared.items()} | parameters,
        inputs=[
            InputFrame(str(path), tag, read_header(path))
            for tag, paths in frames.items()
            for path in paths
        ],
        log=logging.getLogger(f"dfs.testkit.{recipe.name}"),
    )
    getattr(import_module(module), function)(run)
    return run
