"""Values of reuse: what a result depends on, and why one will not do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dfs.organiser.model import ReductionBlock
from dfs.plugin import ParameterValue
from dfs.reduction.provenance.model import Software, UsedFrame


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that the result of a block depends on.

    Parameters
    ----------
    instrument, recipe, stem : of the block; the stem begins its products' names.
    runner : ``native`` or ``esorex``.
    parameters : every parameter with its value.
    inputs : the frames in the order in which the recipe takes them; the content of a
        product that will be made anew is empty.
    software : by name: this system, the plugin, and what the runner brings.
    """

    instrument: str
    recipe: str
    stem: str
    runner: str
    parameters: Mapping[str, ParameterValue]
    inputs: tuple[UsedFrame, ...]
    software: Mapping[str, Software]


class Cause(StrEnum):
    """Why a block has to be run."""

    NEVER = "never"
    """It has no result."""
    INPUT = "input"
    PARAMETER = "parameter"
    RUNNER = "runner"
    RECIPE = "recipe"
    SOFTWARE = "software"
    ANCESTOR = "ancestor"
    """A block whose products it takes will be run; if they turn out alike, it is not."""
    DAMAGED = "damaged"
    """Its result is not what the record says, or is gone."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """One reason why a block has to be run.

    Parameters
    ----------
    cause : of what kind it is.
    detail : what has changed, in words.
    """

    cause: Cause
    detail: str


@dataclass(frozen=True, slots=True)
class StaleBlock:
    """A block that would be run.

    Parameters
    ----------
    block : the block.
    reasons : at least one.
    """

    block: ReductionBlock
    reasons: tuple[Staleness, ...]
