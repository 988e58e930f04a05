"""Finding charts and the ephemeris of an Observation Block."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dfs.preparation.p2.context import PREFIX, FileName, Upload, Version, answer, done, text
from dfs.preparation.service import files
from dfs.preparation.web import Stage
from dfs.ui.web import Signed as Who

router = APIRouter(prefix=f"{PREFIX}/obsBlocks/{{ob_id}}", tags=["p2"])


class DestinationBlock(BaseModel):
    """Which block gets the copy."""

    ob_id: int = Field(alias="obId")


@router.get("/ephemeris")
def get_ephemeris(stage: Stage, who: Who, ob_id: int) -> Response:
    """Give the ephemeris; empty if none was saved."""
    found = files.ephemeris(stage, who, ob_id)
    return text(found.content, found.version)


@router.put("/ephemeris")
def save_ephemeris(
    stage: Stage, who: Who, ob_id: int, version: Version, name: FileName, content: Upload
) -> Response:
    """Save the ephemeris."""
    saved = files.save_ephemeris(stage, who, ob_id, name, content, version)
    return done(saved.version, status=201)


@router.delete("/ephemeris")
def delete_ephemeris(stage: Stage, who: Who, ob_id: int, version: Version) -> Response:
    """Take the ephemeris away."""
    files.delete_ephemeris(stage, who, ob_id, version)
    return done()


@router.get("/findingCharts")
def get_charts(stage: Stage, who: Who, ob_id: int) -> Response:
    """List the names of the finding charts."""
    return answer([chart.name for chart in files.charts(stage, who, ob_id)])


@router.post("/findingCharts")
def add_chart(stage: Stage, who: Who, ob_id: int, name: FileName, content: Upload) -> Response:
    """Add a finding chart, a JPEG."""
    files.add_chart(stage, who, ob_id, name, content)
    return done(status=201)


@router.get("/findingCharts/{index}")
def get_chart(stage: Stage, who: Who, ob_id: int, index: int) -> Response:
    """Give a finding chart, counted from one."""
    found = files.chart(stage, who, ob_id, index)
    return Response(found.content, media_type="image/jpeg")


@router.delete("/findingCharts/{index}")
def delete_chart(stage: Stage, who: Who, ob_id: int, index: int) -> Response:
    """Take a finding chart away; those behind it move up."""
    files.delete_chart(stage, who, ob_id, index)
    return done()


@router.post("/findingCharts/{index}/duplicate")
def duplicate_chart(
    stage: Stage, who: Who, ob_id: int, index: int, destination: DestinationBlock
) -> Response:
    """Copy a finding chart to another block."""
    files.duplicate_chart(stage, who, ob_id, index, destination.ob_id)
    return done(status=201)
