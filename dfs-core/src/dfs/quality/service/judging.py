"""Judging measurements and putting them on record."""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from dfs.foundation.errors import PluginError
from dfs.host import Host
from dfs.plugin import Measurement, QualityParameter, Score
from dfs.quality.logic import Earlier, contradiction, judge, unjudge
from dfs.quality.model import MadeProduct, ScoredMeasurement
from dfs.quality.service.series import before, history, trend_of
from dfs.quality.tables import JudgedProductRow, MeasurementRow
from dfs.quality.trend import Series, Trend

__all__ = ["describe", "measure", "record"]

_SCORE_HOOK = "dfs_score_quality"

log = logging.getLogger(__name__)


def measure(
    host: Host,
    instrument: str,
    recipe: str,
    measurements: Sequence[Measurement],
    history: Sequence[Measurement] = (),
    earlier: Earlier = MappingProxyType({}),
) -> tuple[Score, ...]:
    """Judge the measurements of one block: by limits, by trend, and then by the plugin.

    Parameters
    ----------
    host : the plugins.
    instrument : the instrument's id.
    recipe : the recipe that measured.
    measurements : of the block.
    history : earlier measurements of the same parameters, oldest first, for the plugin.
    earlier : earlier values of the same series that count, for the trend.

    Returns
    -------
    tuple of Score
        One for each measurement, in order. Where the plugin's hook fails, each is *to be
        judged*, with the cause and with what the limits say.
    """
    declared = _declared(host, instrument, recipe)
    scores = judge(declared, measurements, earlier=earlier)
    if not measurements or not host.implements(instrument, _SCORE_HOOK):
        return scores
    try:
        said = host.score_quality(instrument, measurements, history)
    except PluginError as error:
        log.warning("%s", error)
        return unjudge(scores, error.cause)
    if problem := contradiction(measurements, said):
        log.warning("plugin %r, hook %s: %s", instrument, _SCORE_HOOK, problem)
        return unjudge(scores, problem)
    return judge(declared, measurements, said, earlier)


def describe(
    host: Host,
    instrument: str,
    recipe: str,
    measurements: Sequence[Measurement],
    scores: Sequence[Score],
    *,
    database: Engine | None = None,
    block_id: str = "",
) -> tuple[ScoredMeasurement, ...]:
    """Put each measurement together with all that a report tells of it.

    Parameters
    ----------
    host : the plugins.
    instrument : the instrument's id.
    recipe : the recipe that measured.
    measurements : of the block.
    scores : the verdicts, in the same order.
    database : knows what was measured before; None for no look at that.
    block_id : the block.
    """
    declared = _declared(host, instrument, recipe)
    trends: list[Trend | None] = [None] * len(measurements)
    if database is not None:
        with Session(database) as session:
            trends = [
                trend_of(
                    session,
                    host,
                    _series(instrument, recipe, measurement),
                    before_mjd=measurement.time_mjd,
                    without_block=block_id,
                )
                for measurement in measurements
            ]
    return tuple(
        ScoredMeasurement(measurement, score, declared.get(measurement.name), trend)
        for measurement, score, trend in zip(measurements, scores, trends, strict=True)
    )


def _declared(host: Host, instrument: str, recipe: str) -> dict[str, QualityParameter]:
    parameters = host.instruments[instrument].quality_parameters
    return {name: p for name, p in parameters.items() if recipe in p.recipes}


def _series(instrument: str, recipe: str, measurement: Measurement) -> Series:
    return Series(instrument, recipe, measurement.name, measurement.category, measurement.setup)


def _earlier(
    session: Session,
    declared: Mapping[str, QualityParameter],
    instrument: str,
    recipe: str,
    block_id: str,
    measurements: Sequence[Measurement],
) -> Earlier:
    """Give the values that the trend limits of measurements are made of."""
    found: dict[tuple[str, str], list[float]] = {}
    for measurement in measurements:
        parameter = declared.get(measurement.name)
        if parameter is None or parameter.trend is None:
            continue
        points = before(
            session,
            _series(instrument, recipe, measurement),
            parameter.trend.length,
            before_mjd=measurement.time_mjd,
            without_block=block_id,
        )
        values = [p.value for p in points if p.counts and p.value is not None]
        found[measurement.name, measurement.category] = values
    return found


def record(
    session: Session,
    *,
    host: Host,
    instrument: str,
    recipe: str,
    block_id: str,
    measurements: Sequence[Measurement],
    products: Iterable[MadeProduct] = (),
    now: dt.datetime,
) -> tuple[Score, ...]:
    """Judge the measurements of a block and put them on record.

    What an earlier run of the same block left is replaced. The caller owns the transaction.

    Parameters
    ----------
    session : the caller's.
    host : the plugins.
    instrument : the instrument's id.
    recipe : the recipe that measured.
    block_id : the block.
    measurements : what it measured.
    products : what it made; on these people may decide.
    now : the moment of recording, UTC.

    Returns
    -------
    tuple of Score
        One for each measurement, in order.
    """
    shown: tuple[Measurement, ...] = ()
    if measurements and host.implements(instrument, _SCORE_HOOK):
        times = [m.time_mjd for m in measurements if m.time_mjd is not None]
        shown = history(
            session,
            instrument=instrument,
            recipe=recipe,
            names=[m.name for m in measurements],
            before_mjd=min(times, default=None),
            without_block=block_id,
        )
    declared = _declared(host, instrument, recipe)
    earlier = _earlier(session, declared, instrument, recipe, block_id, measurements)
    scores = measure(host, instrument, recipe, measurements, shown, earlier)
    session.execute(delete(MeasurementRow).where(MeasurementRow.block == block_id))
    session.execute(delete(JudgedProductRow).where(JudgedProductRow.block == block_id))
    session.add_all(
        JudgedProductRow(
            id=product.id,
            block=block_id,
            category=product.category,
            sha256=product.sha256,
            content=product.content or product.sha256,
        )
        for product in products
    )
    session.add_all(
        MeasurementRow(
            product=measurement.product,
            block=block_id,
            instrument=instrument,
            recipe=recipe,
            category=measurement.category,
            name=measurement.name,
            series=_series(instrument, recipe, measurement).key,
            value=measurement.value if math.isfinite(measurement.value) else None,
            unit=declared[measurement.name].unit if measurement.name in declared else "",
            time_mjd=measurement.time_mjd,
            setup=measurement.setup,
            verdict=score.verdict.value,
            reason=score.reason,
            measured_at=now,
        )
        for measurement, score in zip(measurements, scores, strict=True)
    )
    return scores
