"""The scheduler, held to its promises on graphs that hypothesis makes up."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from dfs.foundation.errors import UserError
from dfs.reduction.dispatch import Call, Dispatcher, Jobs, Verdict
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.graph import Job, Scheduler, heights
from dfs.reduction.model import BlockState

LIMIT_MB = 100


def names(count: int) -> list[str]:
    return [f"b{number}" for number in range(count)]


@st.composite
def graphs(draw: st.DrawFn, most: int = 12) -> list[Job]:
    """Draw jobs that depend on earlier ones only, in any order."""
    ids = names(draw(st.integers(1, most)))
    jobs = [
        Job(
            id_,
            frozenset(draw(st.sets(st.sampled_from(ids[:index]), max_size=3)))
            if index
            else frozenset(),
            priority=draw(st.integers(0, 2)),
            time_mjd=draw(st.none() | st.floats(0, 10)),
            memory_mb=draw(st.sampled_from([0, 30, 60, 100, 250])),
        )
        for index, id_ in enumerate(ids)
    ]
    return draw(st.permutations(jobs))


class SchedulerMachine(RuleBasedStateMachine):
    """Any course of events keeps the promises."""

    @initialize(
        jobs=graphs(),
        slots=st.integers(1, 4),
        unable=st.sets(st.sampled_from(names(12)), max_size=2),
        reused=st.sets(st.sampled_from(names(12)), max_size=4),
    )
    def begin(self, jobs: list[Job], slots: int, unable: set[str], reused: set[str]) -> None:
        self.jobs = {job.id: job for job in jobs}
        self.slots = slots
        self.unable = unable & set(self.jobs)
        # What needs nothing that is not reused itself may be done from the beginning.
        reused = {id_ for id_ in reused & set(self.jobs) if self.ancestors(id_) <= reused}
        ended = {
            **dict.fromkeys(reused - self.unable, BlockState.DONE),
            **dict.fromkeys(self.unable, BlockState.INCOMPLETE),
        }
        ended = {
            id_: state
            for id_, state in ended.items()
            if state is not BlockState.DONE or not self.ancestors(id_) & self.unable
        }
        self.scheduler = Scheduler(jobs, slots=slots, memory_mb=LIMIT_MB, ended=ended)
        self.running: set[str] = set()
        self.held: set[str] = set()
        self.vacated: set[str] = set()
        self.failed: set[str] = set(self.unable)
        self.ended: dict[str, BlockState] = {}

    @precondition(lambda self: not self.scheduler.is_finished)
    @rule()
    def start(self) -> None:
        for job in self.scheduler.start():
            assert all(self.scheduler.states[d] is BlockState.DONE for d in job.depends_on)
            self.running.add(job.id)
        assert self.running or self.held, "something must always be able to run"

    @precondition(lambda self: self.running)
    @rule(data=st.data(), end=st.sampled_from(["done", "failed", "again", "held"]))
    def end(self, data: st.DataObject, end: str) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.running)))
        self.running.discard(id_)
        self.vacated.discard(id_)
        if end == "done":
            self.scheduler.done(id_)
        elif end == "failed":
            self.failed.add(id_)
            self.scheduler.failed(id_)
        elif end == "held":
            self.held.add(id_)
            self.scheduler.hold(id_)
        else:
            self.scheduler.again(id_)

    @precondition(lambda self: self.running - self.vacated)
    @rule(data=st.data())
    def vacate(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.running - self.vacated)))
        self.scheduler.vacate(id_)
        self.vacated.add(id_)

    @precondition(lambda self: self.held)
    @rule()
    def resume(self) -> None:
        self.scheduler.resume()
        self.held.clear()

    @precondition(lambda self: self.scheduler.is_finished)
    @rule()
    def nothing_more_starts(self) -> None:
        assert not self.running
        assert self.scheduler.start() == []

    @invariant()
    def bounds_are_never_exceeded(self) -> None:
        if hasattr(self, "scheduler"):
            busy = self.running - self.vacated
            memory = [self.jobs[id_].memory_mb for id_ in busy]
            assert len(busy) <= self.slots
            assert sum(memory) <= LIMIT_MB or len([m for m in memory if m]) == 1

    @invariant()
    def states_agree_with_what_happened(self) -> None:
        if not hasattr(self, "scheduler"):
            return
        assert self.scheduler.has_held == bool(self.held)
        for id_, state in self.scheduler.states.items():
            assert (state is BlockState.RUNNING) == (id_ in self.running)
            assert (state is BlockState.BLOCKED) == (
                id_ not in self.failed and bool(self.ancestors(id_) & self.failed)
            )
            assert self.ended.get(id_, state) is state, "a final state is final"
            if state.is_final:
                self.ended[id_] = state
        for id_, culprit in self.scheduler.culprits.items():
            assert culprit in self.ancestors(id_) & self.failed

    def ancestors(self, id_: str) -> set[str]:
        found: set[str] = set()
        reached = [id_]
        while reached:
            for needed in self.jobs[reached.pop()].depends_on - found:
                found.add(needed)
                reached.append(needed)
        return found


TestScheduler = SchedulerMachine.TestCase
TestScheduler.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


@given(graphs(), st.integers(1, 3))
def test_every_job_is_done_when_nothing_fails(jobs: list[Job], slots: int) -> None:
    scheduler = Scheduler(jobs, slots=slots, memory_mb=LIMIT_MB)
    order = []
    while not scheduler.is_finished:
        for job in scheduler.start():
            order.append(job.id)
            scheduler.done(job.id)
    assert sorted(order) == sorted(job.id for job in jobs)


@given(graphs())
def test_cancelling_leaves_nothing_open(jobs: list[Job]) -> None:
    scheduler = Scheduler(jobs, slots=2, memory_mb=LIMIT_MB)
    started = {job.id for job in scheduler.start()}
    assert set(scheduler.cancel()) == started
    assert scheduler.is_finished
    assert set(scheduler.states.values()) == {BlockState.CANCELLED}
    assert scheduler.start() == []


@given(graphs(), st.data())
def test_a_circle_is_reported_whole(jobs: list[Job], data: st.DataObject) -> None:
    last = max(jobs, key=lambda job: int(job.id[1:]))
    size = data.draw(st.integers(1, 4))
    ring = [Job(f"r{k}", frozenset({f"r{(k + 1) % size}"})) for k in range(size)]
    tail = replace(last, depends_on=last.depends_on | {"r0"})
    with pytest.raises(UserError) as caught:
        Scheduler([*(j for j in jobs if j is not last), tail, *ring], slots=1, memory_mb=1)
    assert caught.value.code.name == "reduce.cycle"
    members = caught.value.detail.split(": ")[1].split(" → ")
    assert members[0] == members[-1]
    assert set(members) == {job.id for job in ring}


def test_a_job_that_depends_on_nobody_known_is_an_error() -> None:
    with pytest.raises(UserError, match="does not exist"):
        heights([Job("a", frozenset({"z"}))])


def test_two_jobs_of_one_id_are_an_error() -> None:
    with pytest.raises(UserError, match="two blocks have the id 'a'"):
        heights([Job("a"), Job("b"), Job("a")])


def test_priority_goes_before_the_longer_chain_and_that_before_time() -> None:
    jobs = [
        Job("late", time_mjd=2.0),
        Job("early", time_mjd=1.0),
        Job("undated"),
        Job("chain", time_mjd=9.0),
        Job("link", frozenset({"chain"})),
        Job("urgent", time_mjd=9.0, priority=1),
    ]
    scheduler = Scheduler(jobs, slots=5, memory_mb=1)
    assert [j.id for j in scheduler.start()] == ["urgent", "chain", "early", "late", "undated"]


def test_a_small_job_passes_one_that_does_not_fit() -> None:
    jobs = [
        Job("big", memory_mb=80, priority=2),
        Job("bigger", memory_mb=90, priority=1),
        Job("small", memory_mb=20),
    ]
    scheduler = Scheduler(jobs, slots=3, memory_mb=100)
    assert [job.id for job in scheduler.start()] == ["big", "small"]
    scheduler.done("big")
    assert scheduler.start() == []
    scheduler.done("small")
    assert [job.id for job in scheduler.start()] == ["bigger"]


def test_a_job_larger_than_the_budget_runs_alone() -> None:
    jobs = [Job("huge", memory_mb=1000), Job("small", memory_mb=1)]
    scheduler = Scheduler(jobs, slots=3, memory_mb=100)
    assert [job.id for job in scheduler.start()] == ["huge"]
    scheduler.done("huge")
    assert [job.id for job in scheduler.start()] == ["small"]


def test_a_failure_blocks_only_what_waits_for_it() -> None:
    jobs = [
        Job("bias"),
        Job("flat", frozenset({"bias"})),
        Job("science", frozenset({"flat"})),
        Job("other"),
    ]
    scheduler = Scheduler(jobs, slots=1, memory_mb=1)
    assert [job.id for job in scheduler.start()] == ["bias"]
    assert scheduler.failed("bias") == ["flat", "science"]
    assert dict(scheduler.culprits) == {"flat": "bias", "science": "bias"}
    assert [job.id for job in scheduler.start()] == ["other"]
    scheduler.done("other")
    assert scheduler.is_finished


def test_another_job_has_the_place_of_one_that_is_still_being_settled() -> None:
    jobs = [Job("a", memory_mb=9), Job("b", memory_mb=9), Job("c", frozenset({"a"}))]
    scheduler = Scheduler(jobs, slots=1, memory_mb=9)
    assert [job.id for job in scheduler.start()] == ["a"]
    scheduler.vacate("a")
    assert [job.id for job in scheduler.start()] == ["b"]
    scheduler.done("a")
    assert scheduler.start() == []  # the place was given away once only
    scheduler.done("b")
    assert [job.id for job in scheduler.start()] == ["c"]


class _Once(Jobs):
    """Two jobs that note what becomes of them, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def call(self, id_: str) -> Call:
        self.said.append(f"call {id_}")
        return Call(str, id_, 1.0)

    def settle(self, id_: str, answer: Future[str]) -> Verdict:
        self.said.append(f"settle {id_}")
        return Verdict.DONE

    def blocked(self, id_: str, culprit: str) -> None:
        raise AssertionError(f"{id_} waits for {culprit}")


def test_a_worker_goes_on_while_what_it_made_is_published() -> None:
    jobs = _Once()
    scheduler = Scheduler([Job("a"), Job("b")], slots=1, memory_mb=1)
    assert Dispatcher(scheduler, InlineEngine()).run(jobs)
    assert jobs.said == ["call a", "call b", "settle a", "settle b"]


def test_only_a_running_job_can_end() -> None:
    with pytest.raises(ValueError, match="not running"):
        Scheduler([Job("a")], slots=1, memory_mb=1).done("a")
