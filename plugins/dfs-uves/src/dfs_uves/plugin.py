"""What the core is told of UVES."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dfs.plugin import (
    CalibrationPlan,
    Finding,
    Instrument,
    InstrumentPackage,
    ObservationBlock,
    PackageFiles,
    QualityParameter,
    RawFrame,
    Recipe,
    Resource,
    Rules,
    SimulationRequest,
    StaticCalibration,
    Workflow,
    hookimpl,
)
from dfs_uves.catalogue import (
    CALIBRATION_PLAN,
    INSTRUMENT,
    RECIPES,
    STATIC_CALIBRATIONS,
    WORKFLOWS,
)
from dfs_uves.quality import QUALITY_PARAMETERS
from dfs_uves.verification import verify

DFS_API = "0.3"

PACKAGES = ("98.09", "117.00")
"""Versions of the instrument package, the newest last."""


@hookimpl
def dfs_instrument() -> Instrument:
    """Declare the instrument."""
    return INSTRUMENT


@hookimpl
def dfs_instrument_packages() -> Sequence[PackageFiles]:
    """Declare the versions of the instrument package."""
    return [
        PackageFiles(version=version, package="dfs_uves", folder=f"packages/{version}")
        for version in PACKAGES
    ]


@hookimpl
def dfs_rules() -> Rules:
    """Declare the rules."""
    return Rules(files=(Resource(package="dfs_uves", path="rules/uves.oca"),))


@hookimpl
def dfs_calibration_plan() -> CalibrationPlan:
    """Declare how old a master may be."""
    return CALIBRATION_PLAN


@hookimpl
def dfs_static_calibrations() -> Sequence[StaticCalibration]:
    """Declare the line list."""
    return STATIC_CALIBRATIONS


@hookimpl
def dfs_recipes() -> Sequence[Recipe]:
    """Declare the recipes."""
    return RECIPES


@hookimpl
def dfs_workflows() -> Sequence[Workflow]:
    """Declare the targets."""
    return WORKFLOWS


@hookimpl
def dfs_quality_parameters() -> Sequence[QualityParameter]:
    """Declare the QC1 parameters."""
    return QUALITY_PARAMETERS


@hookimpl
def dfs_verify_ob(ob: ObservationBlock, package: InstrumentPackage) -> Sequence[Finding]:
    """Verify what only UVES knows of a block."""
    return verify(ob, package)


@hookimpl
def dfs_simulate(request: SimulationRequest) -> Iterator[RawFrame]:
    """Simulate the calibrations of a day."""
    from dfs_uves.simulate import calibration_day

    return calibration_day(request)
