"""Series of measurements: what was measured before, and what is usual."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, Executable, bindparam, func, select
from sqlalchemy.orm import Session

from dfs.host import Host
from dfs.plugin import Measurement, TrendLimits, Verdict
from dfs.quality.certification import Decision
from dfs.quality.service.lookup import latest_decision, standing_of
from dfs.quality.tables import MeasurementRow
from dfs.quality.trend import Series, Trend, TrendPoint, since_the_first_of

__all__ = ["HISTORY_LENGTH", "before", "history", "select_series", "trend_of", "trends"]

HISTORY_LENGTH = 365
"""How many earlier values of each parameter a plugin is shown: a year of daily calibrations."""

_ROWS_AT_A_TIME = 64


def history(
    session: Session,
    *,
    instrument: str,
    recipe: str,
    names: Sequence[str],
    before_mjd: float | None = None,
    without_block: str = "",
    length: int = HISTORY_LENGTH,
) -> tuple[Measurement, ...]:
    """Give what was measured earlier on products that are not rejected, oldest first.

    Parameters
    ----------
    session : the caller's.
    instrument : the instrument's id.
    recipe : the recipe that measured.
    names : the parameters.
    before_mjd : only frames that began before, MJD in days; None for all.
    without_block : a block to leave out.
    length : at most so many values a parameter, the latest.

    Returns
    -------
    tuple of Measurement
        A value that was not finite is NaN. Values of unknown time come first.
    """
    row = MeasurementRow
    # Columns rather than entities: a plugin is shown hundreds of values for each block.
    columns = row.time_mjd, row.id, row.name, row.value, row.category, row.product, row.setup
    found: list[Any] = []
    for name in dict.fromkeys(names):
        wanted: list[ColumnElement[bool]] = [
            row.instrument == instrument,
            row.name == name,
            row.recipe == recipe,
            row.block != without_block,
            func.coalesce(latest_decision(), "") != Decision.REJECTED.value,
        ]
        if before_mjd is not None:
            wanted.append(row.time_mjd < before_mjd)
        latest = row.time_mjd.desc().nulls_last(), row.id.desc()
        found += session.execute(select(*columns).where(*wanted).order_by(*latest).limit(length))
    found.sort(key=lambda r: (r.time_mjd is not None, r.time_mjd or 0.0, r.id))
    return tuple(
        Measurement(
            name=r.name,
            value=math.nan if r.value is None else r.value,
            category=r.category,
            product=r.product,
            time_mjd=r.time_mjd,
            setup=r.setup,
        )
        for r in found
    )


def before(
    session: Session,
    series: Series,
    length: int,
    *,
    before_mjd: float | None = None,
    without_block: str = "",
) -> list[TrendPoint]:
    """Give the latest points of a series among which so many count, oldest first.

    Parameters
    ----------
    session : the caller's.
    series : which.
    length : so many that count.
    before_mjd : only frames that began before, MJD in days; None for all.
    without_block : a block to leave out.
    """
    asked = {"series": series.key, "without_block": without_block, "before_mjd": before_mjd}
    query = _latest_points(is_bounded=before_mjd is not None)
    # How many must be read until enough count is not known beforehand.
    options = {"yield_per": _ROWS_AT_A_TIME}
    found = session.connection().execute(query, asked, execution_options=options)
    with closing(found) as rows:
        return since_the_first_of((_point(*r) for r in rows), length)


@cache
def _latest_points(*, is_bounded: bool) -> Executable:
    """Make the query for a series' points, once: it is asked for each value of each block."""
    row = MeasurementRow
    columns = row.product, row.block, row.value, row.time_mjd, row.verdict, latest_decision()
    wanted = [row.series == bindparam("series"), row.block != bindparam("without_block")]
    if is_bounded:
        wanted.append(row.time_mjd < bindparam("before_mjd"))
    latest = row.time_mjd.desc().nulls_last(), row.id.desc()
    return select(*columns).where(*wanted).order_by(*latest)


def _point(
    product: str,
    block: str,
    value: float | None,
    time_mjd: float | None,
    verdict: str,
    decision: str | None,
) -> TrendPoint:
    return TrendPoint(product, block, value, time_mjd, Verdict(verdict), standing_of(decision))


def select_series(
    engine: Engine,
    *,
    name: str | None = None,
    instrument: str | None = None,
    recipe: str | None = None,
    category: str | None = None,
    setup: Mapping[str, str] | None = None,
) -> list[Series]:
    """Give the series on record, by instrument, parameter, category and set-up.

    Parameters
    ----------
    engine : the database.
    name, instrument, recipe, category : only these; None for any.
    setup : values that set-up keywords must have, as text.
    """
    row = MeasurementRow
    wanted = [
        column == value
        for column, value in (
            (row.name, name),
            (row.instrument, instrument),
            (row.recipe, recipe),
            (row.category, category),
        )
        if value is not None
    ]
    one_of_each = select(func.max(row.id)).where(*wanted).group_by(row.series)
    columns = row.instrument, row.recipe, row.name, row.category, row.setup
    query = select(*columns).where(row.id.in_(one_of_each))
    with Session(engine) as session:
        found = [Series(*r) for r in session.execute(query)]
    suits = [s for s in found if _has(s.setup, setup or {})]
    return sorted(suits, key=lambda s: (s.instrument, s.name, s.category, str(s.setup)))


def _has(setup: Mapping[str, object], wanted: Mapping[str, str]) -> bool:
    return all(_alike(setup.get(keyword), text) for keyword, text in wanted.items())


def _alike(value: object, text: str) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return value == float(text)
        except ValueError:
            return False
    return value is not None and str(value).casefold() == text.casefold()


def trends(
    engine: Engine, host: Host, wanted: Sequence[Series], length: int | None = None
) -> list[Trend]:
    """Follow series in time, each up to its latest value.

    Parameters
    ----------
    engine : the database.
    host : knows what the parameters declare; a plugin that is gone declares nothing.
    wanted : which.
    length : so many values that count; None for as many as the parameter declares.
    """
    with Session(engine) as session:
        return [trend_of(session, host, series, length) for series in wanted]


def trend_of(
    session: Session,
    host: Host,
    series: Series,
    length: int | None = None,
    *,
    before_mjd: float | None = None,
    without_block: str = "",
) -> Trend:
    """Follow a series in time up to its latest value before a moment.

    Parameters
    ----------
    session : the caller's.
    host, length : see `trends`.
    series : which.
    before_mjd : only frames that began before, MJD in days; None for all.
    without_block : a block to leave out.
    """
    instrument = host.instruments.get(series.instrument)
    parameter = instrument.quality_parameters.get(series.name) if instrument else None
    declared = parameter.trend if parameter else None
    points = before(
        session,
        series,
        length or (declared or TrendLimits()).length,
        before_mjd=before_mjd,
        without_block=without_block,
    )
    unit = parameter.unit if parameter else _unit_on_record(session, series)
    return Trend.of(series, unit, parameter, points)


def _unit_on_record(session: Session, series: Series) -> str:
    row = MeasurementRow
    query = select(row.unit).where(row.series == series.key).order_by(row.id.desc()).limit(1)
    return session.scalar(query) or ""
