"""The hooks, specified.

Three kinds, because they fail differently:

*Declarations* are asked of every plugin once, at admission. They are pure and
cheap, and give an equal answer on each call; a plugin that fails one is not
admitted.

*Decisions* are asked of exactly the one instrument concerned and fail closed:
what a plugin cannot answer is never taken for a yes.

*Events* are told to every plugin after the fact; a failure is logged and nothing
else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from dfs.plugin.blocks import BlockReduced
from dfs.plugin.calibration import CalibrationPlan
from dfs.plugin.frames import Header, HeaderValue, RawFrame, SimulationRequest
from dfs.plugin.instrument import Instrument
from dfs.plugin.markers import hookspec
from dfs.plugin.packages import InstrumentPackage, PackageFiles
from dfs.plugin.phase2 import Container, ExecutionTime, Finding, ObservationBlock
from dfs.plugin.quality import Measurement, QualityParameter, Score
from dfs.plugin.recipes import Recipe
from dfs.plugin.rules import Rules
from dfs.plugin.static import StaticCalibration
from dfs.plugin.workflows import Workflow


class HookKind(StrEnum):
    """How a hook is asked and how it fails."""

    DECLARATION = "declaration"
    DECISION = "decision"
    EVENT = "event"


# ── Declarations ────────────────────────────────────────────────────────────


@hookspec
def dfs_instrument() -> Instrument:
    """Declare the instrument; the only hook that every plugin must implement.

    Returns
    -------
    Instrument
        Its INSTRUME values, detectors and modes. Two ready plugins that claim one
        INSTRUME value are in conflict and neither is admitted.
    """
    raise NotImplementedError


@hookspec
def dfs_instrument_packages() -> Sequence[PackageFiles]:
    """Declare the versions of the instrument package, the newest last.

    Returns
    -------
    sequence of PackageFiles
        Folders of the plugin with template signatures, constraints and overheads.
        Without this hook nothing can be prepared for the instrument.
    """
    raise NotImplementedError


@hookspec
def dfs_rules() -> Rules:
    """Declare the classification, organisation and association rules.

    Returns
    -------
    Rules
        Files in the OCA language. Without this hook the instrument's frames are
        recognised by INSTRUME but stay unclassified.
    """
    raise NotImplementedError


@hookspec
def dfs_calibration_plan() -> CalibrationPlan:
    """Declare how far in time a calibration may lie from what it calibrates.

    Returns
    -------
    CalibrationPlan
        Time ranges a level (plan, good, acceptable, risky) for each action and tag.
        An input without an entry is at level *plan* whenever the rules select it.
    """
    raise NotImplementedError


@hookspec
def dfs_static_calibrations() -> Sequence[StaticCalibration]:
    """Declare the calibrations that come with the plugin.

    Returns
    -------
    sequence of StaticCalibration
        FITS files in the plugin's package. The rules classify them, and
        ``calibFiles`` holds them in whatever folder is organised; a folder's own file
        of the same class goes before.
    """
    raise NotImplementedError


@hookspec
def dfs_recipes() -> Sequence[Recipe]:
    """Declare the recipes.

    Returns
    -------
    sequence of Recipe
        Names are unique within the instrument; functions are named by string and
        imported in the worker that runs them.
    """
    raise NotImplementedError


@hookspec
def dfs_workflows() -> Sequence[Workflow]:
    """Declare what can be wanted of the instrument's frames.

    Returns
    -------
    sequence of Workflow
        A target each, with the actions whose products are wanted; targets are unique
        within the instrument, and every recipe that they name is declared. Without
        this hook there is only the target ``all``.
    """
    raise NotImplementedError


@hookspec
def dfs_quality_parameters() -> Sequence[QualityParameter]:
    """Declare the QC1 parameters that the recipes measure.

    Returns
    -------
    sequence of QualityParameter
        With unit, reference and limits; names are unique within the instrument and
        every recipe that they name is declared.
    """
    raise NotImplementedError


# ── Decisions ───────────────────────────────────────────────────────────────


@hookspec
def dfs_verify_ob(ob: ObservationBlock, package: InstrumentPackage) -> Sequence[Finding]:
    """Verify what only the instrument knows of an Observation Block.

    Parameters
    ----------
    ob : the block; its parameters are already known to be of the right type and range.
    package : the version that it was written for.

    Returns
    -------
    sequence of Finding
        Their codes begin with the instrument's id; empty if nothing is to be said.

    Notes
    -----
    If it fails, that is an error of the block: it cannot be certified.
    """
    raise NotImplementedError


@hookspec
def dfs_verify_container(
    container: Container, packages: Mapping[str, InstrumentPackage]
) -> Sequence[Finding]:
    """Verify what only the instrument knows of blocks that belong together.

    Parameters
    ----------
    container : with its members; all are of this instrument.
    packages : by version, those that its blocks were written for.

    Returns
    -------
    sequence of Finding
        As for a block; paths begin with ``members[i]`` where one member is meant.

    Notes
    -----
    If it fails, that is an error of the container.
    """
    raise NotImplementedError


@hookspec
def dfs_execution_time(ob: ObservationBlock, package: InstrumentPackage) -> ExecutionTime | None:
    """Say how long a block takes, where the package's overheads cannot.

    Parameters
    ----------
    ob : the block; a parameter may not be filled in yet.
    package : the version that it was written for.

    Returns
    -------
    ExecutionTime or None
        Of the whole block; None where the package's overheads tell.

    Notes
    -----
    If it fails, the time is unknown and the block cannot be certified. The answer is
    stored with the block; the night never asks.
    """
    raise NotImplementedError


@hookspec
def dfs_migrate_ob(
    ob: ObservationBlock, from_package: InstrumentPackage, to_package: InstrumentPackage
) -> ObservationBlock:
    """Move a block to another version of the package, where names alone do not tell.

    Parameters
    ----------
    ob : as it was written.
    from_package, to_package : the versions.

    Returns
    -------
    ObservationBlock
        With the names of the new version. Then, as without this hook, parameters and
        constraints keep their values by name where the new version allows them, new
        ones take their defaults, and what it does not know is left out.

    Notes
    -----
    If it fails, the block stays as it was.
    """
    raise NotImplementedError


@hookspec
def dfs_expand_survey(
    document: str, template: ObservationBlock, package: InstrumentPackage
) -> Sequence[Container]:
    """Make the blocks of a survey from its area definition.

    Parameters
    ----------
    document : text of the area definition, e.g. XML; it comes from outside.
    template : what all blocks share.
    package : the version that the template was written for.

    Returns
    -------
    sequence of Container
        With the blocks inside, in the order in which they are to be shown.

    Notes
    -----
    Raise :exc:`~dfs.plugin.BadConfiguration` to say what is wrong with the document.
    """
    raise NotImplementedError


@hookspec
def dfs_classify(headers: Sequence[Header]) -> Sequence[Mapping[str, HeaderValue]]:
    """Classify what rules cannot say; called after the rules, in batches.

    Parameters
    ----------
    headers : keywords of frames of this instrument, with what the rules assigned.

    Returns
    -------
    sequence of mappings
        One for each header, in order: keywords to assign over those of the rules,
        e.g. ``{"DO.CATG": "BIAS"}``; empty to leave the frame as it is.

    Notes
    -----
    If it fails, the frames of the batch are unclassified and reported.
    """
    raise NotImplementedError


@hookspec
def dfs_score_quality(
    measurements: Sequence[Measurement], history: Sequence[Measurement]
) -> Sequence[Score]:
    """Judge the measurements of one block where limits are not enough.

    Parameters
    ----------
    measurements : of the block.
    history : earlier measurements of the same parameters, oldest first.

    Returns
    -------
    sequence of Score
        They replace the core's verdict from the declared limits, parameter by
        parameter; a parameter that is not mentioned keeps that verdict.

    Notes
    -----
    If it fails, the block's parameters are *to be judged*.
    """
    raise NotImplementedError


@hookspec
def dfs_simulate(request: SimulationRequest) -> Iterator[RawFrame]:
    """Simulate raw frames with known truth; the core writes the files.

    Parameters
    ----------
    request : which night, seed and window.

    Returns
    -------
    iterator of RawFrame
        The standard calibrations of a day, one frame at a time, so that memory
        holds one frame. The same request gives the same bytes.
    """
    raise NotImplementedError


# ── Events ──────────────────────────────────────────────────────────────────


@hookspec
def dfs_block_reduced(block: BlockReduced) -> None:
    """Learn that a reduction block has ended with products.

    Parameters
    ----------
    block : what was made and measured; blocks of every instrument are told.

    Notes
    -----
    Delivered at least once, after the result is committed.
    """
    raise NotImplementedError


HOOKS: Mapping[str, HookKind] = {
    "dfs_instrument": HookKind.DECLARATION,
    "dfs_instrument_packages": HookKind.DECLARATION,
    "dfs_rules": HookKind.DECLARATION,
    "dfs_calibration_plan": HookKind.DECLARATION,
    "dfs_static_calibrations": HookKind.DECLARATION,
    "dfs_recipes": HookKind.DECLARATION,
    "dfs_workflows": HookKind.DECLARATION,
    "dfs_quality_parameters": HookKind.DECLARATION,
    "dfs_verify_ob": HookKind.DECISION,
    "dfs_verify_container": HookKind.DECISION,
    "dfs_execution_time": HookKind.DECISION,
    "dfs_migrate_ob": HookKind.DECISION,
    "dfs_expand_survey": HookKind.DECISION,
    "dfs_classify": HookKind.DECISION,
    "dfs_score_quality": HookKind.DECISION,
    "dfs_simulate": HookKind.DECISION,
    "dfs_block_reduced": HookKind.EVENT,
}
"""Every hook of this API version, in the order of the flow, with its kind."""
