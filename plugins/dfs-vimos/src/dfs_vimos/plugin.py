"""What the core is told of VIMOS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dfs.plugin import (
    CalibrationPlan,
    Container,
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
    Workflow,
    hookimpl,
)
from dfs_vimos.catalogue import CALIBRATION_PLAN, INSTRUMENT, RECIPES, WORKFLOWS
from dfs_vimos.quality import QUALITY_PARAMETERS
from dfs_vimos.verification import verify, verify_container

DFS_API = "0.3"

PACKAGES = ("100.00",)
"""Versions of the instrument package, the newest last."""


@hookimpl
def dfs_instrument() -> Instrument:
    """Declare the instrument."""
    return INSTRUMENT


@hookimpl
def dfs_instrument_packages() -> Sequence[PackageFiles]:
    """Declare the versions of the instrument package."""
    return [
        PackageFiles(version=version, package="dfs_vimos", folder=f"packages/{version}")
        for version in PACKAGES
    ]


@hookimpl
def dfs_rules() -> Rules:
    """Declare the rules."""
    return Rules(files=(Resource(package="dfs_vimos", path="rules/vimos.oca"),))


@hookimpl
def dfs_calibration_plan() -> CalibrationPlan:
    """Declare how old a master may be."""
    return CALIBRATION_PLAN


@hookimpl
def dfs_recipes() -> Sequence[Recipe]:
    """Declare the recipes."""
    return RECIPES


@hookimpl
def dfs_workflows() -> Sequence[Workflow]:
    """Declare what can be wanted."""
    return WORKFLOWS


@hookimpl
def dfs_quality_parameters() -> Sequence[QualityParameter]:
    """Declare the QC1 parameters."""
    return QUALITY_PARAMETERS


@hookimpl
def dfs_verify_ob(ob: ObservationBlock, package: InstrumentPackage) -> Sequence[Finding]:
    """Verify what only VIMOS knows of a block."""
    return verify(ob, package)


@hookimpl
def dfs_verify_container(
    container: Container, packages: Mapping[str, InstrumentPackage]
) -> Sequence[Finding]:
    """Verify that masks can be made before they are needed."""
    return verify_container(container, packages)


@hookimpl
def dfs_simulate(request: SimulationRequest) -> Iterator[RawFrame]:
    """Simulate the calibrations of a day and its twilight."""
    from dfs_vimos.simulate import calibration_day

    return calibration_day(request)
