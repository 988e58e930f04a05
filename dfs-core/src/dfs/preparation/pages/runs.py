"""My runs."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from dfs.preparation.service.runs import runs
from dfs.preparation.web import Stage
from dfs.ui.web import Signed, view

router = APIRouter()


class RunLine(BaseModel):
    """A run of the list."""

    id: int
    code: str
    title: str
    pi: str
    instrument: str
    telescope: str
    mode: str
    period: int
    rank_class: str
    allocated_s: float
    items: int
    read_only: str


class Runs(BaseModel):
    """The runs that somebody may look at."""

    runs: list[RunLine]


@view(router, "/prepare", "preparation/runs.html")
def my_runs(stage: Stage, who: Signed) -> Runs:
    """Show the runs that somebody may look at."""
    return Runs(
        runs=[
            RunLine(
                id=one.run.id,
                code=one.run.code,
                title=one.run.title,
                pi=one.run.pi.name,
                instrument=one.run.instrument,
                telescope=one.run.telescope,
                mode=one.run.mode,
                period=one.run.period,
                rank_class=one.run.rank_class,
                allocated_s=one.run.allocated_s,
                items=one.item_count,
                read_only=one.read_only,
            )
            for one in runs(stage, who)
        ]
    )
