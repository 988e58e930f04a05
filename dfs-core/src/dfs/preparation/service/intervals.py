"""When a block may be observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval, SiderealInterval
from dfs.preparation.errors import CALIBRATION_BLOCK
from dfs.preparation.logic.intervals import settle_absolute, settle_sidereal
from dfs.preparation.model import ItemKind
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation, absent, require_version, run_of_item
from dfs.preparation.service.journal import ITEM
from dfs.preparation.service.store import (
    absolute_json,
    absolute_of,
    sidereal_json,
    sidereal_of,
)
from dfs.preparation.service.templates import editable_block
from dfs.preparation.tables import ItemRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def absolute_intervals(
    room: Preparation, who: Principal, item_id: int
) -> tuple[tuple[AbsoluteInterval, ...], int]:
    """Give when a block may start, in order, and the version of that.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    stored, version = _stored(room, who, item_id, "absolute")
    return absolute_of(stored), version


def sidereal_intervals(
    room: Preparation, who: Principal, item_id: int
) -> tuple[tuple[SiderealInterval, ...], int]:
    """Give between which sidereal times a block must lie, in order, and the version of that.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    stored, version = _stored(room, who, item_id, "sidereal")
    return sidereal_of(stored), version


def save_absolute_intervals(
    room: Preparation,
    who: Principal,
    item_id: int,
    intervals: Sequence[AbsoluteInterval],
    version: int | None,
) -> tuple[tuple[AbsoluteInterval, ...], int]:
    """Say when a block may start; give the intervals in order.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``,
        ``.intervals``, ``.calibration-block``, ``.read-only``.
    """
    settled = absolute_json(settle_absolute(intervals))
    _save(room, who, item_id, "absolute", settled, version)
    return absolute_intervals(room, who, item_id)


def save_sidereal_intervals(
    room: Preparation,
    who: Principal,
    item_id: int,
    intervals: Sequence[SiderealInterval],
    version: int | None,
) -> tuple[tuple[SiderealInterval, ...], int]:
    """Say between which sidereal times a block must lie; give the intervals in order.

    Raises
    ------
    UserError
        As :func:`save_absolute_intervals`.
    """
    settled = sidereal_json(settle_sidereal(intervals))
    _save(room, who, item_id, "sidereal", settled, version)
    return sidereal_intervals(room, who, item_id)


def _stored(room: Preparation, who: Principal, item_id: int, which: str) -> tuple[list[Any], int]:
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        columns = ITEM.table.c
        query = select(
            columns.kind, columns[f"{which}_intervals"], columns[f"{which}_version"]
        ).where(ItemRow.id == item_id)
        kind, stored, version = session.execute(query).one()
    if not ItemKind(kind).is_block:
        raise absent(item_id)
    return stored, version


def _save(
    room: Preparation,
    who: Principal,
    item_id: int,
    which: str,
    settled: list[Any],
    version: int | None,
) -> None:
    with changing(room, who, item_id, "change") as journal:
        row = editable_block(journal, item_id)
        require_version(row[f"{which}_version"], version, f"{item_id}")
        if settled and row["kind"] == ItemKind.CB:
            raise UserError(
                CALIBRATION_BLOCK, "it has no time intervals", where=f"{which}_intervals"
            )
        values = {f"{which}_intervals": settled}
        journal.update(ITEM, row, values, f"{which}_version")
        journal.summary = f"change {which} time intervals of {row['name']!r}"
