"""What is stored of a block so that lists need not look into it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, update

from dfs.foundation.errors import DfsError
from dfs.instruments.service import execution_time
from dfs.plugin import ExecutionTime, ObservationBlock
from dfs.preparation.service.context import Preparation
from dfs.preparation.service.journal import ITEM, Journal
from dfs.preparation.service.store import load_blocks
from dfs.preparation.tables import ItemRow


def derive(room: Preparation, journal: Journal) -> None:
    """Bring the derived columns of all blocks up to date that were changed."""
    if not journal.touched:
        return
    blocks = load_blocks(journal.session, journal.run, ItemRow.id.in_(journal.touched))
    if blocks:
        table: Table = ITEM.table
        query = update(table).where(table.c.id == bindparam("_id"))
        parameters = [
            {"_id": block.id, **_derived(room, block), "modified_at": journal.now}
            for block in blocks.values()
        ]
        columns: dict[str, Any] = {name: bindparam(name) for name in parameters[0] if name != "_id"}
        journal.session.connection().execute(
            query.values(revision=table.c.revision + 1, **columns), parameters
        )


def _derived(room: Preparation, block: ObservationBlock) -> dict[str, object]:
    time = told_time(room, block)
    target = block.target
    return {
        "exposure_s": time.exposure_s,
        "execution_s": None if time.unknown else time.total_s,
        "target_name": target.name if target else "",
        "target_ra": target.ra if target else "",
        "target_dec": target.dec if target else "",
        "template_count": len(block.templates),
        "interval_count": len(block.absolute_intervals),
        "chart_count": len(block.finding_charts),
    }


def told_time(room: Preparation, block: ObservationBlock) -> ExecutionTime:
    """Say how long a block takes; without its package, nobody knows."""
    try:
        return execution_time(room.host, room.packages, block)
    except DfsError as error:
        return ExecutionTime(unknown=(error.detail,))
