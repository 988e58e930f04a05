"""The scheduler: a state machine that says what may start, and starts nothing itself."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from dfs.reduction.graph.order import Job, dependents, heights
from dfs.reduction.model import BlockState

_Key: TypeAlias = tuple[float, int, float, int]


class Scheduler:
    """Decides which jobs run now, within a number of slots and an amount of memory.

    A job is ready once all that it depends on is done. Ready jobs start in the
    order of priority, then of the chain that waits for them (longest first), then
    of time. One that does not fit into the free memory lets smaller ones pass; one
    that wants more than the whole budget runs alone.

    Parameters
    ----------
    jobs : all of them.
    slots : at most so many run at a time.
    memory_mb : at most so much memory is promised to running jobs, MB.
    ended : jobs that need not or cannot run, with the state that they have instead.

    Raises
    ------
    UserError
        ``reduce.cycle`` or ``reduce.unknown-block``.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        slots: int,
        memory_mb: int,
        ended: Mapping[str, BlockState] = MappingProxyType({}),
    ) -> None:
        self._jobs = {job.id: job for job in jobs}
        self._dependents = dependents(jobs)
        self._keys = _keys(jobs)
        self._memory = {job.id: min(job.memory_mb, memory_mb) for job in jobs}
        self._free_slots = slots
        self._free_memory = memory_mb
        self._outstanding = {job.id: len(job.depends_on) for job in jobs}
        # A heap for each amount of memory, so that what fits is found without a search.
        self._ready: dict[int, list[tuple[_Key, str]]] = {}
        self._unfinished = len(jobs)
        self._states = dict.fromkeys(self._jobs, BlockState.WAITING)
        self._culprits: dict[str, str] = {}
        self.states: Mapping[str, BlockState] = MappingProxyType(self._states)
        """Where each job stands."""
        self.culprits: Mapping[str, str] = MappingProxyType(self._culprits)
        """For each blocked job, the one whose failure blocks it."""
        self._held: list[str] = []
        self._vacated: set[str] = set()
        for id_, state in ended.items():
            self._end(id_, state)
        for id_, state in ended.items():
            if state is BlockState.DONE:
                self._count_down(id_)
            else:
                self._block_dependents(id_)
        for job in jobs:
            if not self._outstanding[job.id]:
                self._make_ready(job.id)

    @property
    def is_finished(self) -> bool:
        """Whether every job is in a final state."""
        return self._unfinished == 0

    def start(self) -> list[Job]:
        """Start what may run now; the jobs are running from then on."""
        started = []
        while self._free_slots and (id_ := self._next()) is not None:
            self._states[id_] = BlockState.RUNNING
            self._free_slots -= 1
            self._free_memory -= self._memory[id_]
            started.append(self._jobs[id_])
        return started

    def vacate(self, id_: str) -> None:
        """Free the slot and the memory of a running job while it is not yet known how it ended."""
        self._release(id_)
        self._vacated.add(id_)

    def done(self, id_: str) -> None:
        """Note that a running job ended well; what waited for it may become ready."""
        self._release(id_)
        self._end(id_, BlockState.DONE)
        for other in self._count_down(id_):
            self._make_ready(other)

    def failed(self, id_: str) -> list[str]:
        """Note that a running job failed.

        Returns
        -------
        list of str
            The jobs that can never run now, all that wait for it, nearest first.
        """
        self._release(id_)
        self._end(id_, BlockState.FAILED)
        return self._block_dependents(id_)

    def again(self, id_: str) -> None:
        """Put a running job back among the ready ones, for another attempt."""
        self._release(id_)
        self._states[id_] = BlockState.WAITING
        self._make_ready(id_)

    def hold(self, id_: str) -> None:
        """Put a running job aside until :meth:`resume`; its slot and memory are free."""
        self._release(id_)
        self._states[id_] = BlockState.WAITING
        self._held.append(id_)

    @property
    def has_held(self) -> bool:
        """Whether jobs are put aside."""
        return bool(self._held)

    def resume(self) -> None:
        """Put the jobs that were held back among the ready ones."""
        held, self._held = self._held, []
        for id_ in held:
            self._make_ready(id_)

    def cancel(self) -> list[str]:
        """End it all: what runs or waits is cancelled.

        Returns
        -------
        list of str
            The jobs that were running.
        """
        running = [id_ for id_, state in self._states.items() if state is BlockState.RUNNING]
        for id_, state in self._states.items():
            if not state.is_final:
                self._end(id_, BlockState.CANCELLED)
        self._ready.clear()
        self._held.clear()
        return running

    def _next(self) -> str | None:
        heads = [
            (heap[0][0], memory)
            for memory, heap in self._ready.items()
            if heap and memory <= self._free_memory
        ]
        if not heads:
            return None
        _, memory = min(heads)
        _, id_ = heapq.heappop(self._ready[memory])
        return id_

    def _make_ready(self, id_: str) -> None:
        if self._states[id_] is BlockState.WAITING:
            heap = self._ready.setdefault(self._memory[id_], [])
            heapq.heappush(heap, (self._keys[id_], id_))

    def _count_down(self, done: str) -> list[str]:
        """Note that others wait for one less; give those that wait for nobody now."""
        free = []
        for other in self._dependents[done]:
            self._outstanding[other] -= 1
            if self._outstanding[other] == 0:
                free.append(other)
        return free

    def _release(self, id_: str) -> None:
        if self._states[id_] is not BlockState.RUNNING:
            raise ValueError(f"job {id_!r} is {self._states[id_]}, not running")
        if id_ in self._vacated:
            self._vacated.remove(id_)
            return
        self._free_slots += 1
        self._free_memory += self._memory[id_]

    def _end(self, id_: str, state: BlockState) -> None:
        self._states[id_] = state
        self._unfinished -= 1

    def _block_dependents(self, culprit: str) -> list[str]:
        blocked = []
        reached = [culprit]
        for id_ in reached:  # grows while it is walked through
            for other in self._dependents[id_]:
                if self._states[other] is BlockState.WAITING:
                    self._end(other, BlockState.BLOCKED)
                    self._culprits[other] = culprit
                    blocked.append(other)
                    reached.append(other)
        return blocked


def _keys(jobs: Sequence[Job]) -> dict[str, _Key]:
    height = heights(jobs)
    return {
        job.id: (
            -job.priority,
            -height[job.id],
            math.inf if job.time_mjd is None else job.time_mjd,
            position,
        )
        for position, job in enumerate(jobs)
    }
