"""Runs, what Phase 1 said of them, their README."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import Response

from dfs.preparation.p2 import wire
from dfs.preparation.p2.context import PREFIX, Version, answer
from dfs.preparation.service import items, lifecycle, readme
from dfs.preparation.web import Stage
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=f"{PREFIX}/obsRuns", tags=["p2"])


@router.get("")
def get_runs(stage: Stage, who: Who) -> Response:
    """List the runs that are one's own or were delegated."""
    return answer(
        [
            wire.run(r.run, r.root_id, r.item_count, r.package_version)
            for r in items.runs(stage, who)
        ]
    )


@router.get("/{run_id}")
def get_run(stage: Stage, who: Who, run_id: int) -> Response:
    """Give a run."""
    found = items.prepared_run(stage, who, run_id)
    return answer(wire.run(found.run, found.root_id, found.item_count, found.package_version))


@router.get("/{run_id}/phase1/targets")
def get_targets(stage: Stage, who: Who, run_id: int) -> Response:
    """List the targets that Phase 1 approved."""
    found = items.prepared_run(stage, who, run_id)
    return answer([wire.granted_target(target) for target in found.run.targets])


@router.get("/{run_id}/phase1/blockedTimes")
def get_blocked_times(stage: Stage, who: Who, run_id: int) -> Response:
    """List when the run must not be observed."""
    found = items.prepared_run(stage, who, run_id)
    return answer([wire.blocked_time(time) for time in found.run.blocked_times])


@router.post("/{run_id}/submit")
def submit(stage: Stage, who: Who, run_id: int) -> Response:
    """Hand the run in for review: its certified blocks and its README are locked."""
    result = lifecycle.submit_run(stage, who, run_id)
    return answer({"submitted": [each.id for each in result.submitted]})


@router.get("/{run_id}/readme/schema")
def get_readme_schema(stage: Stage, who: Who, run_id: int) -> Response:
    """Say what the README asks for, as JSON Schema."""
    return answer(readme.schema(stage, who, run_id))


@router.get("/{run_id}/readme")
def get_readme(stage: Stage, who: Who, run_id: int) -> Response:
    """Give the README."""
    found = readme.readme(stage, who, run_id)
    return answer(found.content, found.version)


@router.put("/{run_id}/readme")
def save_readme(
    stage: Stage,
    who: Who,
    run_id: int,
    version: Version,
    content: Annotated[dict[str, Any], Body()],
) -> Response:
    """Change the README; absent parts stay."""
    found = readme.save_readme(stage, who, run_id, content, version)
    return answer(found.content, found.version)
