"""What the core is told of VIRCAM."""

from __future__ import annotations

from collections.abc import Sequence

from dfs.plugin import (
    Container,
    Finding,
    Instrument,
    InstrumentPackage,
    ObservationBlock,
    PackageFiles,
    Resource,
    Rules,
    hookimpl,
)
from dfs_vircam import verification
from dfs_vircam.instrument import INSTRUMENT

DFS_API = "0.3"


@hookimpl
def dfs_instrument() -> Instrument:
    """Declare the instrument."""
    return INSTRUMENT


@hookimpl
def dfs_rules() -> Rules:
    """Declare the rules."""
    return Rules(files=(Resource(package="dfs_vircam", path="rules/vircam.oca"),))


@hookimpl
def dfs_instrument_packages() -> Sequence[PackageFiles]:
    """Declare the version of the instrument package."""
    return (PackageFiles(version="108.00", package="dfs_vircam", folder="packages/108.00"),)


@hookimpl
def dfs_verify_ob(ob: ObservationBlock) -> Sequence[Finding]:
    """Verify a block."""
    return verification.verify_block(ob)


@hookimpl
def dfs_expand_survey(
    document: str, template: ObservationBlock, package: InstrumentPackage
) -> Sequence[Container]:
    """Make a block of each tile of a survey."""
    from dfs_vircam import expansion, survey

    return expansion.expand(survey.read(document), template, package)
