"""Jobs: work that a request leaves to a worker, kept in the database.

A job is queued in the transaction that wants it. A worker takes the oldest one, and
takes it again if the worker that had it died; handlers are therefore idempotent.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Engine, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dfs.foundation.clock import Clock
from dfs.foundation.database.engine import writing
from dfs.foundation.database.schema import Base

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[dict[str, Any]], None]

LEASE: Final = dt.timedelta(minutes=10)
"""A job that was taken so long ago and has not ended is anybody's again."""
ATTEMPTS: Final = 3
"""After so many failures a job is left alone, with the reason."""


class JobRow(Base):
    """A job that waits, runs, has ended or was given up."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_waiting", "ended_at", "taken_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    queued_at: Mapped[dt.datetime]
    taken_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")


def enqueue(session: Session, kind: str, payload: dict[str, Any], now: dt.datetime) -> None:
    """Queue a job within the caller's transaction."""
    session.add(JobRow(kind=kind, payload=payload, queued_at=now, attempts=0, problem=""))


def run_next(engine: Engine, handlers: Mapping[str, Handler], clock: Clock) -> bool:
    """Run the oldest job that waits.

    Returns
    -------
    bool
        Whether there was one.
    """
    now = clock()
    with writing(engine) as session:
        query = (
            select(JobRow)
            .where(
                JobRow.ended_at.is_(None),
                JobRow.kind.in_(list(handlers)),
                JobRow.taken_at.is_(None) | (JobRow.taken_at < now - LEASE),
            )
            .order_by(JobRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        job = session.scalar(query)
        if job is None:
            return False
        job.taken_at = now
        job.attempts += 1
        taken, kind, payload = job.id, job.kind, dict(job.payload)
    problem = ""
    try:
        handlers[kind](payload)
    except Exception as error:
        log.exception("job %s (%s) failed", taken, kind)
        problem = f"{type(error).__name__}: {error}"
    with writing(engine) as session:
        job = session.get_one(JobRow, taken)
        job.problem = problem
        if not problem or job.attempts >= ATTEMPTS:
            job.ended_at = clock()
        else:
            job.taken_at = None
    return True
