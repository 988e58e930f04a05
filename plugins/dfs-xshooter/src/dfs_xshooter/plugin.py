"""What the core is told of X-shooter."""

from __future__ import annotations

from collections.abc import Sequence

from dfs.plugin import (
    Container,
    ExecutionTime,
    Finding,
    Instrument,
    InstrumentPackage,
    ObservationBlock,
    PackageFiles,
    Resource,
    Rules,
    hookimpl,
)
from dfs_xshooter import migration, timing, verification
from dfs_xshooter.instrument import INSTRUMENT

DFS_API = "0.3"


@hookimpl
def dfs_instrument() -> Instrument:
    """Declare the instrument."""
    return INSTRUMENT


@hookimpl
def dfs_rules() -> Rules:
    """Declare the rules."""
    return Rules(files=(Resource(package="dfs_xshooter", path="rules/xshooter.oca"),))


@hookimpl
def dfs_instrument_packages() -> Sequence[PackageFiles]:
    """Declare the versions of the instrument package."""
    return tuple(
        PackageFiles(version=version, package="dfs_xshooter", folder=f"packages/{version}")
        for version in ("101.05", "117.00")
    )


@hookimpl
def dfs_verify_ob(ob: ObservationBlock, package: InstrumentPackage) -> Sequence[Finding]:
    """Verify a block."""
    return verification.verify_block(ob, package)


@hookimpl
def dfs_verify_container(container: Container) -> Sequence[Finding]:
    """Verify blocks that belong together."""
    return verification.verify_container(container)


@hookimpl
def dfs_execution_time(ob: ObservationBlock, package: InstrumentPackage) -> ExecutionTime:
    """Say how long a block takes."""
    return timing.execution_time(ob, package)


@hookimpl
def dfs_migrate_ob(ob: ObservationBlock, to_package: InstrumentPackage) -> ObservationBlock:
    """Move a block to another version of the package."""
    return migration.migrate(ob, to_package)
