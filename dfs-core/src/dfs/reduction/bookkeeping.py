"""What is remembered of blocks: their rows, in one transaction with all that follows from them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dfs.foundation import outbox
from dfs.foundation.clock import Clock
from dfs.foundation.database import writing
from dfs.foundation.errors import StorageError
from dfs.host import Host
from dfs.organiser.model import ReductionBlock
from dfs.organiser.service import block_to_json
from dfs.plugin import BlockReduced, ProductReference, Score
from dfs.quality import service as quality
from dfs.reduction.errors import CRASHED, NOT_RECORDED, TIMED_OUT
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.provenance.model import ProvenanceRecord
from dfs.reduction.provenance.record import record_from_json, record_to_json
from dfs.reduction.tables import BlockRow, ProductRow, ResultRow

_TOPIC = "block_reduced"
_DEATHS = frozenset({CRASHED.name, TIMED_OUT.name})
_ASKED_AT_ONCE = 10_000
"""Databases limit how many values a query may carry."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What is on record of a block.

    Parameters
    ----------
    state : how its latest run ended.
    key : of what that run depended on.
    folder : the current result, relative to the workspace.
    deaths : how often its worker died or hung with this key, since it was last done.
    """

    state: BlockState
    key: str
    folder: str
    deaths: int


def booked(database: Engine, ids: Collection[str]) -> dict[str, Booked]:
    """Look up blocks, by id; what is not on record is left out.

    Raises
    ------
    StorageError
        ``reduce.not-recorded``: the database cannot be read.
    """
    row, wanted = BlockRow, sorted(ids)
    columns = row.id, row.state, row.key, row.folder, row.deaths
    found: dict[str, Booked] = {}
    with _trouble(database), database.connect() as connection:
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            some = wanted[start : start + _ASKED_AT_ONCE]
            for id_, state, key, folder, deaths in connection.execute(
                select(*columns).where(row.id.in_(some))
            ):
                found[id_] = Booked(BlockState(state), key, folder, deaths)
    return found


def remembered(database: Engine, block_id: str) -> list[tuple[str, ProvenanceRecord]]:
    """Give the records of all results that a block ever had, with their folders.

    Raises
    ------
    StorageError
        ``reduce.not-recorded`` or ``provenance.damaged``: the database cannot be read.
    """
    row = ResultRow
    query = select(row.folder, row.record).where(row.block_id == block_id).order_by(row.folder)
    with _trouble(database), database.connect() as connection:
        found = connection.execute(query).all()
    return [(folder, record_from_json(plain, folder)) for folder, plain in found]


def keep_places(database: Engine, blocks: Sequence[ReductionBlock]) -> None:
    """Note where the frames of blocks lie now.

    Raises
    ------
    StorageError
        ``reduce.not-recorded``.
    """
    rows = [{"of": block.id, "place": block_to_json(block)} for block in blocks]
    if not rows:
        return
    change = update(BlockRow).where(BlockRow.id == bindparam("of"))
    with _trouble(database), database.begin() as connection:
        connection.execute(change.values(block=bindparam("place")), rows)


def forget_products(database: Engine, ids: Collection[str]) -> None:
    """Note that blocks have no products any more; what was measured stays on record.

    Raises
    ------
    StorageError
        ``reduce.not-recorded``.
    """
    gone = sorted(ids)
    with _trouble(database), database.begin() as connection:
        for start in range(0, len(gone), _ASKED_AT_ONCE):
            some = gone[start : start + _ASKED_AT_ONCE]
            connection.execute(delete(ProductRow).where(ProductRow.block_id.in_(some)))
            connection.execute(update(BlockRow).where(BlockRow.id.in_(some)).values(folder=""))


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
    if not results:
        return scores
    with _trouble(database), writing(database) as session:
        for result in results:
            _keep_row(session, result)
            if result.state is BlockState.DONE:
                scores += _keep_products(session, host, result, now)
    return scores


def deliver_events(database: Engine, host: Host, clock: Clock) -> None:
    """Tell the plugins of what was committed.

    Raises
    ------
    StorageError
        ``reduce.not-recorded``: they may be told again.
    """

    def tell(payload: dict[str, object]) -> None:
        host.block_reduced(BlockReduced.model_validate(payload))

    with _trouble(database):
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
    if result.state is BlockState.DONE or (result.key and result.key != row.key):
        row.deaths = 0
    row.deaths = (row.deaths or 0) + (bool(result.key) and result.code in _DEATHS)
    row.key = result.key or row.key or ""
    row.folder = result.folder or row.folder or ""
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
    if result.record is not None:
        document = record_to_json(result.record)
        session.merge(ResultRow(folder=result.folder, block_id=block.id, record=document))
    scores = quality.record(
        session,
        host=host,
        instrument=block.instrument,
        recipe=block.recipe,
        block_id=block.id,
        measurements=result.measurements,
        products=result.products,
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


@contextmanager
def _trouble(database: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        where = str(database.url.database)
        raise StorageError(NOT_RECORDED, str(error.orig), where=where) from error
