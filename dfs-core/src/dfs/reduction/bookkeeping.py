"""What is remembered of blocks: their rows, in one transaction with all that follows from them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dfs.foundation import outbox
from dfs.foundation.clock import Clock
from dfs.foundation.errors import StorageError
from dfs.host import Host
from dfs.organiser.service import block_to_json
from dfs.plugin import BlockReduced, ProductReference, Score
from dfs.quality import service as quality
from dfs.reduction.errors import NOT_RECORDED
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.tables import BlockRow, ProductRow

_TOPIC = "block_reduced"


def keep_book(
    database: Engine, host: Host, results: Sequence[BlockResult], now: dt.datetime
) -> tuple[Score, ...]:
    """Put results on record, in one transaction.

    With a result that has products go its quality measurements and the event that
    tells of it. One without leaves the products of an earlier run as they are.

    Returns
    -------
    tuple of Score
        The verdicts on the measurements of all results, in order.

    Raises
    ------
    StorageError
        ``reduce.not-recorded``; nothing of it is on record.
    """
    scores: tuple[Score, ...] = ()
    try:
        with Session(database) as session, session.begin():
            for result in results:
                _keep_row(session, result)
                if result.state is BlockState.DONE:
                    scores += _keep_products(session, host, result, now)
    except DBAPIError as error:
        where = str(database.url.database)
        raise StorageError(NOT_RECORDED, str(error.orig), where=where) from error
    return scores


def deliver_events(database: Engine, host: Host, clock: Clock) -> None:
    """Tell the plugins of what was committed."""

    def tell(payload: dict[str, object]) -> None:
        host.block_reduced(BlockReduced.model_validate(payload))

    outbox.deliver(database, {_TOPIC: tell}, clock)


def _keep_row(session: Session, result: BlockResult) -> None:
    block = result.block
    row = session.get(BlockRow, block.id) or BlockRow(id=block.id)
    row.instrument, row.action, row.recipe = block.instrument, block.action, block.recipe
    row.state, row.code, row.detail = result.state.value, result.code, result.detail
    row.block = block_to_json(block)
    row.log = result.log
    row.started_at, row.ended_at = result.started_at, result.ended_at
    row.peak_memory_mb = result.peak_memory_mb
    session.add(row)


def _keep_products(
    session: Session, host: Host, result: BlockResult, now: dt.datetime
) -> tuple[Score, ...]:
    block = result.block
    row = session.get_one(BlockRow, block.id)
    row.products.clear()
    session.flush()  # the old rows must be gone before new ones take their ids
    row.products = [
        ProductRow(
            id=product.id,
            category=product.category,
            path=product.path,
            sha256=product.sha256,
            size_bytes=product.size_bytes,
        )
        for product in result.products
    ]
    scores = quality.record(
        session,
        host=host,
        instrument=block.instrument,
        recipe=block.recipe,
        block_id=block.id,
        measurements=result.measurements,
        now=now,
    )
    event = BlockReduced(
        block=block.id,
        instrument=block.instrument,
        action=block.action,
        recipe=block.recipe,
        products=tuple(
            ProductReference(id=p.id, category=p.category, path=p.path) for p in result.products
        ),
        # JSON has no NaN; what could not be measured is told by its score alone.
        measurements=tuple(m for m in result.measurements if math.isfinite(m.value)),
        scores=scores,
    )
    outbox.post(session, _TOPIC, event.model_dump(mode="json"), now)
    return scores
