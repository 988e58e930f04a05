"""When a block can be observed: in a night, over its period, and how often conditions allow."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from dfs.foundation.errors import UserError
from dfs.preparation.errors import NO_SKY
from dfs.preparation.pages.plot import Plot, night_plot, season_plot
from dfs.preparation.service import items
from dfs.preparation.service.runs import prepared_run
from dfs.preparation.service.visibility import sky_over
from dfs.preparation.web import Stage
from dfs.sky.conditions import Conditions
from dfs.ui.web import Services, Signed, services, view

router = APIRouter()


class Visibility(BaseModel):
    """When a block can be observed; angles in degrees, times UTC."""

    block_id: int
    name: str
    telescope: str
    evening: dt.date
    before: dt.date
    after: dt.date
    times: list[dt.datetime]
    altitude_deg: list[float]
    airmass: list[float | None]
    """None while the target is down."""
    moon_altitude_deg: list[float]
    moon_distance_deg: list[float]
    moon_illumination: float
    observable: list[bool]
    evenings: list[dt.date]
    observable_h: list[float]
    probability: float | None
    """That sky and seeing are as asked; None where nobody measured it."""
    conditions: str
    conditions_are_a_model: bool
    night: Plot = Field(exclude=True)
    season: Plot = Field(exclude=True)


@view(router, "/prepare/blocks/{block_id}/visibility", "preparation/visibility.html")
def show_visibility(
    stage: Stage,
    who: Signed,
    found: Annotated[Services, Depends(services)],
    block_id: int,
    night: Annotated[dt.date | None, Query(description="evening; else tonight")] = None,
) -> Visibility:
    """Show when a block can be observed."""
    stored = items.block(stage, who, block_id)
    run = prepared_run(stage, who, stored.item.run_id).run
    sky = sky_over(stage.observatory, run)
    evening = night or stage.clock().date()
    curve = sky.night_of(stored.block, evening) if sky else None
    season = sky.season_of(stored.block) if sky else None
    if sky is None or curve is None or season is None:
        problem = (
            f"the observatory knows no telescope {run.telescope}"
            if sky is None
            else ("the block has no target")
        )
        raise UserError(NO_SKY, problem, where="target")
    limits = sky.limits(stored.block)
    lowest = math.degrees(math.asin(1 / limits.airmass)) if limits.airmass else None
    dusk, dawn = curve.night.astronomical_dusk, curve.night.astronomical_dawn
    conditions = Conditions.load(found.settings.observatory.conditions)
    altitude, moon = curve.altitude_deg.tolist(), curve.moon_altitude_deg.tolist()
    observable = curve.observable.tolist()
    hours = season.observable_h.tolist()
    return Visibility(
        block_id=block_id,
        name=stored.item.name,
        telescope=run.telescope,
        evening=evening,
        before=evening - dt.timedelta(days=1),
        after=evening + dt.timedelta(days=1),
        times=list(curve.times),
        altitude_deg=altitude,
        airmass=[one if math.isfinite(one) else None for one in curve.airmass.tolist()],
        moon_altitude_deg=moon,
        moon_distance_deg=curve.moon_distance_deg.tolist(),
        moon_illumination=curve.moon_illumination,
        observable=observable,
        evenings=list(season.evenings),
        observable_h=hours,
        probability=_probability(conditions, stored.block.constraints),
        conditions=conditions.source,
        conditions_are_a_model=conditions.is_model,
        night=night_plot(
            curve.times,
            {"target": altitude, "moon": moon},
            observable,
            (dusk, dawn) if dusk and dawn else None,
            lowest,
        ),
        season=season_plot(season.evenings, {"target": hours, "dark": season.dark_h.tolist()}),
    )


def _probability(conditions: Conditions, asked: Mapping[str, float | str]) -> float | None:
    seeing, transparency = asked.get("seeing"), asked.get("skyTransparency")
    if not isinstance(seeing, float | int) or not isinstance(transparency, str):
        return None
    return conditions.probability(seeing_arcsec=float(seeing), transparency=transparency)
