"""Executions and visitors' sequences; empty until the night exists."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import Response

from dfs.foundation.errors import UserError
from dfs.preparation.errors import NO_NIGHT
from dfs.preparation.p2.context import PREFIX, answer
from dfs.preparation.web import Stage
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=PREFIX, tags=["p2"])


@router.get("/executions/{instrument}")
def get_night_executions(
    stage: Stage, who: Who, instrument: str, night: dt.date | None = None
) -> Response:
    """List what was executed in a night; empty until the night exists."""
    del who, night
    stage.packages.versions(instrument)
    return answer([])


@router.get("/executionSequences/{instrument}")
def get_sequence(stage: Stage, who: Who, instrument: str) -> Response:
    """Give one's own execution sequence; empty until the night exists."""
    del who
    stage.packages.versions(instrument)
    return answer([], 0)


@router.put("/executionSequences/{instrument}")
def save_sequence(
    stage: Stage, who: Who, instrument: str, sequence: Annotated[list[dict[str, Any]], Body()]
) -> Response:
    """Refuse a sequence that holds anything: no night can execute it yet."""
    del who
    stage.packages.versions(instrument)
    if sequence:
        raise UserError(NO_NIGHT, "execution sequences come with the night")
    return answer([], 0)
