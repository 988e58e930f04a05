"""Recipes: frames and parameters in, products and QC1 parameters out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from pydantic import Field, model_validator

from dfs.plugin.frames import Header, HeaderCards
from dfs.plugin.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ParameterValue: TypeAlias = bool | int | float | str

_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
}


class Parameter(Value):
    """A recipe's parameter.

    Parameters
    ----------
    name : the field's name for it, e.g. ``stack_method``; a number with a unit
        carries it in its name.
    type : type of the value.
    default : the value that is used unless somebody says otherwise.
    help : one sentence.
    minimum, maximum : allowed range of a number.
    choices : allowed values.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$")
    type: Literal["bool", "int", "float", "str"]
    default: ParameterValue
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[ParameterValue, ...] = ()

    @model_validator(mode="after")
    def _default_is_allowed(self) -> Parameter:
        problem = self.problem(self.default)
        if problem:
            raise ValueError(f"default of parameter {self.name!r}: {problem}")
        return self

    def problem(self, value: ParameterValue) -> str:
        """Say what is wrong with a value; empty if nothing is."""
        wrong_type = not isinstance(value, _PYTHON_TYPES[self.type])
        if wrong_type or (isinstance(value, bool) and self.type != "bool"):
            return f"{value!r} is not of type {self.type}"
        if self.choices and value not in self.choices:
            return f"{value!r} is not one of {', '.join(map(str, self.choices))}"
        if isinstance(value, int | float):
            if self.minimum is not None and value < self.minimum:
                return f"{value} is below {self.minimum}"
            if self.maximum is not None and value > self.maximum:
                return f"{value} is above {self.maximum}"
        return ""


class RecipeInput(Value):
    """A class of frames that a recipe takes.

    Parameters
    ----------
    tag : classification of the frames, as in the rules and in a SOF.
    minimum, maximum : how many; None for no upper bound.
    help : what it is used for.
    """

    tag: str = Field(min_length=1)
    minimum: int = Field(default=1, ge=0)
    maximum: int | None = Field(default=None, ge=1)
    help: str = ""


class RecipeProduct(Value):
    """A category of products that a recipe may make."""

    category: str = Field(min_length=1)
    help: str = ""


class CplRecipe(Value):
    """A recipe of the Common Pipeline Library that does the same work, run through esorex.

    Its parameters are not declared: esorex tells their names, types and ranges. One
    that bears the name of a declared parameter is that parameter.

    Parameters
    ----------
    pipeline : name of the pipeline that brings it, e.g. ``xyz`` for ``xyz-1.2.3``.
    name : what the pipeline calls it; empty for the recipe's own name.
    categories : a product category of the pipeline to the declared one, where they differ.
    quality : a QC keyword of the pipeline, dotted, to the declared QC1 parameter, where
        they differ; ``QC.NAME[CHIP]`` is the keyword in the unit with EXTNAME CHIP, for
        a product with figures of several detectors.
    parameters : values that differ from the pipeline's own defaults.
    memory_mb : memory that one run needs at most, MB.
    time_limit_s : after this many seconds the run is ended.
    """

    pipeline: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    name: str = Field(default="", pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$")
    categories: dict[str, str] = Field(default_factory=dict)
    quality: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)
    memory_mb: int = Field(default=4096, gt=0)
    time_limit_s: float = Field(default=1800.0, gt=0)


class Recipe(Value):
    """A recipe, as its plugin declares it: a Python function, a CPL recipe, or both.

    Parameters
    ----------
    name : the field's name, as the rules' actions give it.
    title : one sentence.
    function : ``"module:function"``, imported only where it runs; the function
        has the signature ``run(context: RecipeContext) -> None``. Empty if there is
        only a CPL recipe.
    cpl : the CPL recipe; None if there is only the function. Where there are both,
        they take and make the same classes of frames, so that either may follow the
        other.
    inputs : classes of frames; a recipe of several arms lists each arm's, all
        with ``minimum=0`` where they exclude each other.
    products : categories of products.
    parameters : what one may change.
    memory_mb : memory that one run needs at most, MB; more is refused.
    time_limit_s : after this many seconds the run is ended.
    """

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    title: str
    function: str = Field(default="", pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")
    cpl: CplRecipe | None = None
    inputs: tuple[RecipeInput, ...] = Field(min_length=1)
    products: tuple[RecipeProduct, ...] = Field(min_length=1)
    parameters: tuple[Parameter, ...] = ()
    memory_mb: int = Field(default=1024, gt=0)
    time_limit_s: float = Field(default=600.0, gt=0)

    @model_validator(mode="after")
    def _can_run(self) -> Recipe:
        if not self.function and self.cpl is None:
            raise ValueError(f"recipe {self.name!r} has neither a function nor a CPL recipe")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Recipe:
        for what, names in (
            ("parameter", [p.name for p in self.parameters]),
            ("input", [i.tag for i in self.inputs]),
            ("product", [p.category for p in self.products]),
        ):
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                raise ValueError(f"recipe {self.name!r} lists {what} {', '.join(twice)} twice")
        return self


@dataclass(frozen=True, slots=True)
class InputFrame:
    """A file that is handed to a recipe.

    Parameters
    ----------
    path : where it lies.
    tag : what it is.
    header : its primary header, all keywords.
    """

    path: str
    tag: str
    header: Header


@dataclass(frozen=True, slots=True, eq=False)
class DetectorImage:
    """The image of one detector in a product of several.

    Parameters
    ----------
    name : EXTNAME of its unit, as in the raw frames.
    data : (ny, nx).
    error : (ny, nx), one standard deviation in the unit of the data.
    quality : (ny, nx), bit mask, zero is good.
    header : keywords of this detector.
    """

    name: str
    data: NDArray[np.generic]
    error: NDArray[np.generic] | None = None
    quality: NDArray[np.generic] | None = None
    header: HeaderCards = field(default_factory=dict)


class RecipeContext(Protocol):
    """All that a recipe sees of the system; the runner provides it."""

    @property
    def recipe(self) -> Recipe:
        """The declaration under which the recipe runs."""

    @property
    def parameters(self) -> Mapping[str, ParameterValue]:
        """Every declared parameter with its value."""

    @property
    def log(self) -> logging.Logger:
        """The block's log."""

    def frames(self, *tags: str) -> Sequence[InputFrame]:
        """Give the frames of these classes, all frames if none is named; oldest first."""

    def metric(self, name: str, value: float, *, category: str = "") -> None:
        """Measure a QC1 parameter.

        Call it before the product is written: the value goes into the header of
        the products of ``category`` that are written later (of all products when
        it is empty), and into the database.

        Raises
        ------
        BadConfiguration
            The parameter is not declared for this recipe.
        """

    def write(
        self,
        category: str,
        data: NDArray[np.generic],
        *,
        error: NDArray[np.generic] | None = None,
        quality: NDArray[np.generic] | None = None,
        header: HeaderCards | None = None,
    ) -> None:
        """Write a product.

        The runner adds what every product carries: the keywords of the first raw
        frame, ``PRO …``, provenance, checksums and the QC1 parameters.

        Parameters
        ----------
        category : one of the declared product categories, ``PRO.CATG``.
        data : (ny, nx).
        error : (ny, nx), one standard deviation in the unit of the data.
        quality : (ny, nx), bit mask, zero is good.
        header : keywords of this product that go beyond those.

        Raises
        ------
        BadConfiguration
            The category is not declared, was written before, or the planes differ
            in shape.
        """

    def write_detectors(
        self,
        category: str,
        detectors: Iterable[DetectorImage],
        *,
        header: HeaderCards | None = None,
    ) -> None:
        """Write a product with a unit a detector, one after the other.

        Each image is on disk before the next one is asked for, so that a generator
        needs the memory of one detector only.

        Parameters
        ----------
        category : one of the declared product categories, ``PRO.CATG``.
        detectors : at least one, each with a name of its own.
        header : keywords of the product's primary header that go beyond what the runner
            adds.

        Raises
        ------
        BadConfiguration
            As for :meth:`write`, or two detectors have one name.
        """

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far the recipe is, from 0 to 1."""
