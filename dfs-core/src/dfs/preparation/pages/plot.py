"""The geometry of the visibility plots: values become places, nothing is drawn here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel

WIDTH: Final = 960
HEIGHT: Final = 300
LEFT: Final = 44
BOTTOM: Final = 34
TOP: Final = 12

_RIGHT: Final = WIDTH - 10
_FLOOR: Final = HEIGHT - BOTTOM


class Tick(BaseModel):
    """A mark on an axis."""

    at: float
    label: str


class Band(BaseModel):
    """A stretch of the horizontal axis."""

    x: float
    width: float
    label: str = ""


class Plot(BaseModel):
    """What is to be drawn, in units of the picture."""

    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = _RIGHT
    floor: int = _FLOOR
    top: int = TOP
    lines: dict[str, str]
    """Points of a line by its name."""
    bands: list[Band]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    limit: float | None = None
    """Height of the limit."""


def night_plot(
    times: Sequence[dt.datetime],
    altitudes_deg: dict[str, Sequence[float]],
    observable: Sequence[bool],
    dark: tuple[dt.datetime, dt.datetime] | None,
    limit_deg: float | None,
) -> Plot:
    """Place altitudes over a night.

    Parameters
    ----------
    times : equally spaced, UTC.
    altitudes_deg : lines by name, as long as `times`.
    observable : whether the target is within its limits.
    dark : end of evening and begin of morning twilight; None if it does not get dark.
    limit_deg : lowest allowed altitude.
    """
    begin, end = times[0], times[-1]
    span = (end - begin) / (_RIGHT - LEFT)

    def x(moment: dt.datetime) -> float:
        return round(LEFT + (moment - begin) / span, 1)

    first = begin.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    hours = int((end - first) / dt.timedelta(hours=1)) + 1
    ticks = [first + dt.timedelta(hours=hour) for hour in range(hours)]
    bands = (
        [Band(x=x(dark[0]), width=round(x(dark[1]) - x(dark[0]), 1), label="dark")] if dark else []
    )
    bands += [
        Band(x=x(times[start]), width=round(x(times[stop]) - x(times[start]), 1), label="up")
        for start, stop in _stretches(observable)
    ]
    return Plot(
        lines={
            name: " ".join(
                f"{x(moment)},{_height(value, 90)}"
                for moment, value in zip(times, values, strict=True)
                if value >= 0
            )
            for name, values in altitudes_deg.items()
        },
        bands=bands,
        x_ticks=[Tick(at=x(one), label=f"{one:%H}") for one in ticks],
        y_ticks=[Tick(at=_height(one, 90), label=f"{one}°") for one in (0, 30, 60, 90)],
        limit=None if limit_deg is None else _height(limit_deg, 90),
    )


def season_plot(evenings: Sequence[dt.date], hours: dict[str, Sequence[float]]) -> Plot:
    """Place hours a night over a period.

    Parameters
    ----------
    evenings : dates, one after the other.
    hours : lines by name, as long as `evenings`.
    """
    longest = max(1.0, *(max(values) for values in hours.values()))
    step = (_RIGHT - LEFT) / max(1, len(evenings) - 1)
    places = [round(LEFT + index * step, 1) for index in range(len(evenings))]
    return Plot(
        lines={
            name: " ".join(
                f"{x},{_height(value, longest)}" for x, value in zip(places, values, strict=True)
            )
            for name, values in hours.items()
        },
        bands=[],
        x_ticks=[
            Tick(at=x, label=f"{one:%b}")
            for x, one in zip(places, evenings, strict=True)
            if one.day == 1
        ],
        y_ticks=[
            Tick(at=_height(one, longest), label=f"{one} h")
            for one in range(0, int(longest) + 1, 2)
        ],
    )


def _height(value: float, highest: float) -> float:
    return round(_FLOOR - max(0.0, value) / highest * (_FLOOR - TOP), 1)


def _stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    edges = [
        index
        for index in range(len(flags) + 1)
        if (index > 0 and flags[index - 1]) != (index < len(flags) and flags[index])
    ]
    return [
        (start, min(stop, len(flags) - 1))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]
