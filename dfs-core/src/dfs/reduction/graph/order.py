"""Which job waits for which, and how long the chain behind each one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dfs.foundation.errors import UserError
from dfs.reduction.errors import CYCLE, UNKNOWN_BLOCK


@dataclass(frozen=True, slots=True)
class Job:
    """Something to run once, after others.

    Parameters
    ----------
    id : unique among the jobs.
    depends_on : ids of the jobs that must be done before.
    priority : higher runs earlier.
    time_mjd : earlier runs earlier; None comes last.
    memory_mb : memory that it may use, MB.
    """

    id: str
    depends_on: frozenset[str] = frozenset()
    priority: float = 0
    time_mjd: float | None = None
    memory_mb: int = 0


def dependents(jobs: Sequence[Job]) -> dict[str, list[str]]:
    """Give, for each job, the jobs that wait for it, in their order.

    Raises
    ------
    UserError
        ``reduce.unknown-block``: a job depends on one that is not there, or two
        have one id.
    """
    waiting: dict[str, list[str]] = {job.id: [] for job in jobs}
    if len(waiting) < len(jobs):
        twice = next(job.id for index, job in enumerate(jobs) if job.id in _ids(jobs[:index]))
        raise UserError(UNKNOWN_BLOCK, f"two blocks have the id {twice!r}")
    for job in jobs:
        for needed in sorted(job.depends_on):
            if needed not in waiting:
                raise UserError(
                    UNKNOWN_BLOCK, f"block {job.id!r} depends on {needed!r}, which does not exist"
                )
            waiting[needed].append(job.id)
    return waiting


def heights(jobs: Sequence[Job]) -> dict[str, int]:
    """Give the length of the longest chain of jobs that wait for each job.

    A job that nobody waits for has height zero. Running the highest first keeps
    the critical path short.

    Raises
    ------
    UserError
        ``reduce.cycle``, which names the jobs in the circle, or
        ``reduce.unknown-block``.
    """
    waiting = dependents(jobs)
    by_id = {job.id: job for job in jobs}
    open_ends = {id_: len(others) for id_, others in waiting.items()}
    height = dict.fromkeys(by_id, 0)
    settled = [id_ for id_, count in open_ends.items() if count == 0]
    for id_ in settled:  # grows while it is walked through (Kahn 1962, CACM 5, 558)
        for needed in by_id[id_].depends_on:
            height[needed] = max(height[needed], height[id_] + 1)
            open_ends[needed] -= 1
            if open_ends[needed] == 0:
                settled.append(needed)
    if len(settled) < len(jobs):
        circle = _circle(by_id, set(by_id).difference(settled))
        raise UserError(CYCLE, f"blocks wait for each other: {' → '.join(circle)}")
    return height


def _circle(by_id: dict[str, Job], unsettled: set[str]) -> list[str]:
    """Walk from the last dependents against the arrows until a job comes twice."""
    # Each unsettled job has an unsettled dependent, so the walk along those never ends.
    waiting: dict[str, str] = {}
    for id_ in sorted(unsettled):
        for needed in by_id[id_].depends_on & unsettled:
            waiting.setdefault(needed, id_)
    path = [min(unsettled)]
    while path[-1] not in path[:-1]:
        path.append(waiting[path[-1]])
    return path[path.index(path[-1]) :]


def _ids(jobs: Sequence[Job]) -> set[str]:
    return {job.id for job in jobs}
