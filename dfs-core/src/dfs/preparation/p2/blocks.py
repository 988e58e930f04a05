"""Observation Blocks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dfs.preparation.model import StoredBlock
from dfs.preparation.p2 import wire
from dfs.preparation.p2.context import PREFIX, Version, answer, done
from dfs.preparation.p2.exports import zipped
from dfs.preparation.p2.verify import VerifyRequest, verification
from dfs.preparation.service import intervals, items, lifecycle, timing
from dfs.preparation.web import Stage
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=f"{PREFIX}/obsBlocks/{{ob_id}}", tags=["p2"])


class Destination(BaseModel):
    """Where a copy goes; beside the original if left out."""

    container_id: int | None = Field(default=None, alias="containerId")


class Migration(BaseModel):
    """Whether the migration is only to be told."""

    dry_run: bool = Field(default=False, alias="dryRun")


def _block(stored: StoredBlock, status: int = 200) -> Response:
    document = wire.block(stored.item, stored.block, migrate=stored.can_migrate)
    return answer(document, stored.item.version, status=status)


@router.get("")
def get_block(stage: Stage, who: Who, ob_id: int) -> Response:
    """Give a block without its templates."""
    return _block(items.block(stage, who, ob_id))


@router.put("")
def save_block(
    stage: Stage,
    who: Who,
    ob_id: int,
    version: Version,
    document: Annotated[dict[str, Any], Body()],
) -> Response:
    """Change a block; absent keys stay."""
    changes = wire.block_changes(document, items.block(stage, who, ob_id).block)
    return _block(items.save_block(stage, who, ob_id, changes, version))


@router.delete("")
def delete_block(stage: Stage, who: Who, ob_id: int, version: Version) -> Response:
    """Delete a block that was never executed."""
    items.delete_item(stage, who, ob_id, version, container=False)
    return done()


@router.post("/duplicate")
def duplicate(
    stage: Stage, who: Who, ob_id: int, destination: Destination | None = None
) -> Response:
    """Copy a block, beside itself or into a container of a run of the same instrument."""
    target = destination.container_id if destination else None
    made = items.duplicate_item(stage, who, ob_id, target)
    return _block(items.block(stage, who, made.id), status=201)


@router.post("/verify")
def verify(stage: Stage, who: Who, ob_id: int, request: VerifyRequest) -> Response:
    """Verify a block; certify it if `submit` is set and nothing forbids it."""
    return answer(verification(lifecycle.verify(stage, who, ob_id, submit=request.submit)))


@router.post("/revise")
def revise(stage: Stage, who: Who, ob_id: int) -> Response:
    """Open a certified block for changes."""
    return done(lifecycle.revise(stage, who, ob_id).version)


@router.post("/migrate")
def migrate(stage: Stage, who: Who, ob_id: int, migration: Migration) -> Response:
    """Move a block to the newest instrument package, or say what that would change."""
    result = lifecycle.migrate(stage, who, ob_id, dry_run=migration.dry_run)
    return answer({"dryRun": migration.dry_run, "changes": list(result.changes)}, result.version)


@router.post("/executionTime")
def execution_time(stage: Stage, who: Who, ob_id: int) -> Response:
    """Compute how long the block takes."""
    return answer(wire.execution_time(timing.of_block(stage, who, ob_id)))


@router.get("/export")
def export(stage: Stage, who: Who, ob_id: int) -> Response:
    """Give a block with all its files, as ZIP."""
    return zipped(stage, who, ob_id)


@router.get("/executions")
def get_executions(stage: Stage, who: Who, ob_id: int, night: dt.date | None = None) -> Response:
    """List the executions of a block; empty until the night exists."""
    items.block(stage, who, ob_id)
    del night
    return answer([])


@router.get("/schedule")
def get_scheduling(stage: Stage, who: Who, ob_id: int) -> Response:
    """Give what the container says of the block."""
    found = items.item(stage, who, ob_id, container=False)
    return answer(wire.scheduling(found), found.membership_version)


@router.put("/schedule")
def save_scheduling(
    stage: Stage,
    who: Who,
    ob_id: int,
    version: Version,
    document: Annotated[dict[str, Any], Body()],
) -> Response:
    """Change what the container says of the block."""
    changes = wire.membership_changes(document)
    found = items.save_membership(stage, who, ob_id, changes, version)
    return answer(wire.scheduling(found), found.membership_version)


@router.get("/timeConstraints/absolute")
def get_absolute(stage: Stage, who: Who, ob_id: int) -> Response:
    """List when the block may start."""
    found, version = intervals.absolute_intervals(stage, who, ob_id)
    return answer(wire.absolute_intervals(found), version)


@router.put("/timeConstraints/absolute")
def save_absolute(
    stage: Stage,
    who: Who,
    ob_id: int,
    version: Version,
    document: Annotated[list[dict[str, Any]], Body()],
) -> Response:
    """Say when the block may start."""
    wanted = wire.read_absolute_intervals(document)
    found, now = intervals.save_absolute_intervals(stage, who, ob_id, wanted, version)
    return answer(wire.absolute_intervals(found), now)


@router.get("/timeConstraints/sidereal")
def get_sidereal(stage: Stage, who: Who, ob_id: int) -> Response:
    """List between which sidereal times the block must be observed."""
    found, version = intervals.sidereal_intervals(stage, who, ob_id)
    return answer(wire.sidereal_intervals(found), version)


@router.put("/timeConstraints/sidereal")
def save_sidereal(
    stage: Stage,
    who: Who,
    ob_id: int,
    version: Version,
    document: Annotated[list[dict[str, Any]], Body()],
) -> Response:
    """Say between which sidereal times the block must be observed."""
    wanted = wire.read_sidereal_intervals(document)
    found, now = intervals.save_sidereal_intervals(stage, who, ob_id, wanted, version)
    return answer(wire.sidereal_intervals(found), now)
