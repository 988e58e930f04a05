"""Quality control's use cases: judge, record, look up."""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, select
from sqlalchemy.orm import Session

from dfs.foundation.errors import PluginError, UserError
from dfs.host import Host
from dfs.plugin import Measurement, QualityParameter, Score, Verdict
from dfs.quality.errors import AMBIGUOUS_TARGET, UNKNOWN_TARGET
from dfs.quality.logic import contradiction, judge, unjudge
from dfs.quality.model import QualityRecord, ScoredMeasurement
from dfs.quality.tables import MeasurementRow

__all__ = ["HISTORY_LENGTH", "describe", "find", "history", "measure", "measurements", "record"]

HISTORY_LENGTH = 365
"""How many earlier values of each parameter a plugin is shown: a year of daily calibrations."""

_SCORE_HOOK = "dfs_score_quality"

log = logging.getLogger(__name__)


def measure(
    host: Host,
    instrument: str,
    recipe: str,
    measurements: Sequence[Measurement],
    history: Sequence[Measurement] = (),
) -> tuple[Score, ...]:
    """Judge the measurements of one block, by declared limits and then by the plugin.

    Parameters
    ----------
    host : the plugins.
    instrument : the instrument's id.
    recipe : the recipe that measured.
    measurements : of the block.
    history : earlier measurements of the same parameters, oldest first.

    Returns
    -------
    tuple of Score
        One for each measurement, in order. Where the plugin's hook fails, each is *to be
        judged*, with the cause and with what the limits say.
    """
    scores = judge(_declared(host, instrument, recipe), measurements)
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
    return judge(_declared(host, instrument, recipe), measurements, said)


def describe(
    host: Host,
    instrument: str,
    recipe: str,
    measurements: Sequence[Measurement],
    scores: Sequence[Score],
) -> tuple[ScoredMeasurement, ...]:
    """Put each measurement together with its verdict and its declaration, for a report."""
    declared = _declared(host, instrument, recipe)
    return tuple(
        ScoredMeasurement(measurement, score, declared.get(measurement.name))
        for measurement, score in zip(measurements, scores, strict=True)
    )


def _declared(host: Host, instrument: str, recipe: str) -> dict[str, QualityParameter]:
    parameters = host.instruments[instrument].quality_parameters
    return {name: p for name, p in parameters.items() if recipe in p.recipes}


def record(
    session: Session,
    *,
    host: Host,
    instrument: str,
    recipe: str,
    block_id: str,
    measurements: Sequence[Measurement],
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
    now : the moment of recording, UTC.

    Returns
    -------
    tuple of Score
        One for each measurement, in order.
    """
    earlier: tuple[Measurement, ...] = ()
    if measurements and host.implements(instrument, _SCORE_HOOK):
        times = [m.time_mjd for m in measurements if m.time_mjd is not None]
        earlier = history(
            session,
            instrument=instrument,
            recipe=recipe,
            names=[m.name for m in measurements],
            before_mjd=min(times, default=None),
            without_block=block_id,
        )
    scores = measure(host, instrument, recipe, measurements, earlier)
    declared = _declared(host, instrument, recipe)
    session.execute(delete(MeasurementRow).where(MeasurementRow.block == block_id))
    session.add_all(
        MeasurementRow(
            product=measurement.product,
            block=block_id,
            instrument=instrument,
            recipe=recipe,
            category=measurement.category,
            name=measurement.name,
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
    """Give what was measured earlier, oldest first.

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
        ]
        if before_mjd is not None:
            wanted.append(row.time_mjd < before_mjd)
        latest = row.time_mjd.desc(), row.id.desc()
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


def measurements(
    engine: Engine,
    *,
    product: str | None = None,
    block: str | None = None,
    instrument: str | None = None,
    name: str | None = None,
    recipe: str | None = None,
) -> list[QualityRecord]:
    """Give what is on record, in order of time, then of recording.

    Parameters
    ----------
    engine : the database.
    product, block, instrument, name, recipe : only these; None for any.
    """
    wanted = [
        column == value
        for column, value in (
            (MeasurementRow.product, product),
            (MeasurementRow.block, block),
            (MeasurementRow.instrument, instrument),
            (MeasurementRow.name, name),
            (MeasurementRow.recipe, recipe),
        )
        if value is not None
    ]
    order = MeasurementRow.time_mjd, MeasurementRow.block, MeasurementRow.id
    with Session(engine) as session:
        rows = session.scalars(select(MeasurementRow).where(*wanted).order_by(*order))
        return [_record(row) for row in rows]


def _record(row: MeasurementRow) -> QualityRecord:
    return QualityRecord(
        product=row.product,
        block=row.block,
        instrument=row.instrument,
        recipe=row.recipe,
        category=row.category,
        name=row.name,
        value=row.value,
        unit=row.unit,
        time_mjd=row.time_mjd,
        setup=row.setup,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        measured_at=row.measured_at,
    )


def find(records: Sequence[QualityRecord], target: str) -> list[QualityRecord]:
    """Give the records of one block or product.

    Parameters
    ----------
    records : to look through.
    target : the beginning of a block's id, a product's id, or the path of a product as
        ``…/<block id>/<name>_<category>.fits``.

    Raises
    ------
    UserError
        ``qc.unknown-target`` or ``qc.ambiguous-target``.
    """
    if not records:
        raise UserError(UNKNOWN_TARGET, f"nothing here is called {target!r}: nothing is on record")
    if of_product := [r for r in records if r.product == target] or _at_path(records, target):
        return of_product
    blocks = sorted({r.block for r in records if target and r.block.startswith(target)})
    if len(blocks) > 1 and target not in blocks:
        raise UserError(AMBIGUOUS_TARGET, f"{target!r} begins the ids {', '.join(blocks)}")
    if not blocks:
        raise UserError(UNKNOWN_TARGET, f"nothing here is called {target!r}")
    chosen = target if target in blocks else blocks[0]
    return [r for r in records if r.block == chosen]


def _at_path(records: Sequence[QualityRecord], target: str) -> list[QualityRecord]:
    """Give the records of the product at a path, by the workspace's way of naming products."""
    path = PurePath(target)
    folder, stem = path.parent.name, path.stem.casefold()
    fitting = [r for r in records if r.block == folder and stem.endswith(_ending(r))]
    # A file of MASTER_FLAT ends like one of FLAT too; the longer category is meant.
    longest = max((len(r.category) for r in fitting), default=0)
    return [r for r in fitting if len(r.category) == longest]


def _ending(record: QualityRecord) -> str:
    return f"_{record.category.casefold()}"
