"""The outbox: what happened, told after commit, at least once.

A row is written in the transaction of the change itself, so there is no change
without its row and no row without its change. Handlers are idempotent.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dfs.foundation.clock import Clock
from dfs.foundation.database.schema import Base

log = logging.getLogger(__name__)


class OutboxRow(Base):
    """One event that is waiting or was delivered."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "delivered_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    delivered_at: Mapped[dt.datetime | None]


def post(session: Session, topic: str, payload: dict[str, Any], now: dt.datetime) -> None:
    """Put an event into the outbox within the caller's transaction."""
    session.add(OutboxRow(topic=topic, payload=payload, created_at=now))


def deliver(
    engine: Engine, handlers: dict[str, Callable[[dict[str, Any]], None]], clock: Clock
) -> int:
    """Hand every waiting event to its topic's handler, oldest first.

    A handler that raises is logged and its event stays, to be delivered again.

    Returns
    -------
    int
        How many were delivered.
    """
    delivered = 0
    with Session(engine) as session:
        waiting = session.scalars(
            select(OutboxRow)
            .where(OutboxRow.delivered_at.is_(None), OutboxRow.topic.in_(list(handlers)))
            .order_by(OutboxRow.id)
        ).all()
        for row in waiting:
            try:
                handlers[row.topic](row.payload)
            except Exception:
                log.exception("outbox: event %s (%s) was not delivered", row.id, row.topic)
                continue
            row.delivered_at = clock()
            session.commit()
            delivered += 1
    return delivered
