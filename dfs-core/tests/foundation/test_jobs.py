"""Jobs: queued with the change that wants them, run once, and again where a worker died."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from dfs.foundation.jobs import ATTEMPTS, LEASE, JobRow, enqueue, run_next

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def noon() -> dt.datetime:
    return NOON


def queue(engine: sa.Engine, *numbers: int) -> None:
    with Session(engine) as session, session.begin():
        for number in numbers:
            enqueue(session, "count", {"n": number}, NOON)


def test_jobs_run_oldest_first(service_database):
    queue(service_database, 1, 2, 3)
    seen = []
    handlers = {"count": lambda payload: seen.append(payload["n"])}
    while run_next(service_database, handlers, noon):
        pass

    assert seen == [1, 2, 3]


def test_a_job_is_undone_with_its_change(service_database):
    with Session(service_database) as session:
        enqueue(session, "count", {}, NOON)
        session.rollback()

    assert not run_next(service_database, {"count": pytest.fail}, noon)


def test_a_job_of_a_kind_that_nobody_does_here_waits_for_another_worker(service_database):
    queue(service_database, 1)

    assert not run_next(service_database, {"other": pytest.fail}, noon)
    assert run_next(service_database, {"count": lambda payload: None}, noon)


def test_a_job_that_fails_is_tried_again_and_given_up_with_the_reason(service_database):
    queue(service_database, 1)
    tried = []

    def fail(payload: object) -> None:
        tried.append(payload)
        raise ValueError("no")

    while run_next(service_database, {"count": fail}, noon):
        pass
    assert len(tried) == ATTEMPTS
    with Session(service_database) as session:
        job = session.scalars(sa.select(JobRow)).one()
    assert (job.ended_at, job.problem) == (NOON, "ValueError: no")


def test_the_job_of_a_worker_that_died_is_taken_again_when_its_lease_ends(service_database):
    queue(service_database, 1)

    class Death(BaseException):
        pass

    def die(payload: object) -> None:
        raise Death

    with pytest.raises(Death):
        run_next(service_database, {"count": die}, noon)
    seen = []
    handlers = {"count": seen.append}
    assert not run_next(service_database, handlers, lambda: NOON + LEASE)
    assert run_next(service_database, handlers, lambda: NOON + LEASE + dt.timedelta(seconds=1))
    assert seen == [{"n": 1}]


def test_no_two_workers_take_the_same_job(service_database):
    queue(service_database, *range(40))
    seen = []
    handlers = {"count": lambda payload: seen.append(payload["n"])}

    def work(_: int) -> None:
        while run_next(service_database, handlers, noon):
            pass

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert sorted(seen) == list(range(40))
