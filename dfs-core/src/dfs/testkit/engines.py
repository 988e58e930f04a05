"""The test class that an engine's author subclasses."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, Final, TypeAlias

import pytest

from dfs.plugin import CallTimedOut, Engine, UnprocessableData, WorkerDied
from dfs.reduction.dispatch import Call, Dispatcher, Verdict
from dfs.reduction.engines import open_engine
from dfs.reduction.graph import Job, Scheduler
from dfs.testkit.faults import beating_child, leaving, noted, raising, slow, together

__all__ = ["EngineConformance"]

_LIMIT_S: Final = 60.0
_PATIENCE_S: Final = 90.0
_SOON_S: Final = 10.0

Opened: TypeAlias = Callable[[int], Engine]


class EngineConformance:
    """Conformance of one installed engine, alone and with the scheduler.

    The functions that it sends lie in :mod:`dfs.testkit.faults`, so ``dfs-core`` must be
    installed where the engine's workers are, and they must see the test's folder.
    Without isolation the tests that kill are skipped.

    Examples
    --------
    ::

        class TestEngine(EngineConformance):
            name = "cluster"
    """

    name: ClassVar[str]
    """Name of the engine's entry point."""

    @pytest.fixture
    @classmethod
    def opened(cls) -> Iterator[Opened]:
        """Open the engine for a number of jobs; overridden where a name does not suffice."""
        with ExitStack() as stack:

            def opened(jobs: int) -> Engine:
                engine = open_engine(cls.name, jobs)
                stack.callback(engine.close)
                return engine

            yield opened

    @pytest.fixture
    @staticmethod
    def engine(opened: Opened) -> Engine:
        """Give the engine, open for two jobs."""
        return opened(2)

    @pytest.fixture
    @staticmethod
    def isolated(engine: Engine) -> Engine:
        """Give the engine, if its calls have processes of their own."""
        if not engine.is_isolated:
            pytest.skip("the engine runs calls in the test's own process: none may die or hang")
        return engine

    # ── Calls ───────────────────────────────────────────────────────────────

    def test_results_travel(self, engine: Engine) -> None:
        """Small and large ones."""
        large = bytes(range(256)) * 40_000
        _expect(_result(_submit(engine, abs, -3)), 3)
        _expect(_result(_submit(engine, bytes, large)) == large, True)

    def test_exceptions_travel(self, engine: Engine) -> None:
        """They keep their class and what they say."""
        with pytest.raises(UnprocessableData, match="all frames are saturated"):
            _result(_submit(engine, raising, UnprocessableData("all frames are saturated")))
        with pytest.raises(SystemExit):
            _result(_submit(engine, eval, "exit(3)"))

    def test_what_cannot_travel_is_an_exception(self, isolated: Engine) -> None:
        """A call or an answer that cannot be pickled, an exception that cannot be rebuilt."""
        two_arguments = "class E(Exception):\n def __init__(self, a, b): pass\nraise E(1, 2)"
        calls: tuple[tuple[Callable[[Any], Any], object], ...] = (
            (lambda _: None, None),
            (eval, "lambda: 0"),
            (exec, two_arguments),
        )
        for function, argument in calls:
            error = _submit(isolated, function, argument).exception(_PATIENCE_S)
            _expect(error is not None and not isinstance(error, WorkerDied), True)
        _expect(_result(_submit(isolated, abs, -1)), 1)

    def test_each_of_many_calls_has_its_own_answer(self, engine: Engine) -> None:
        """Three hundred calls that do next to nothing."""
        answers = [_submit(engine, str, number) for number in range(300)]
        _expect([_result(answer) for answer in answers], [str(number) for number in range(300)])

    def test_as_many_calls_run_at_a_time_as_there_are_jobs(
        self, isolated: Engine, tmp_path: Path
    ) -> None:
        """Two meet; of six there are never three at work."""
        meeting = [_submit(isolated, together, (str(tmp_path), 2)) for _ in range(2)]
        _expect([_result(answer) for answer in meeting], [True, True])
        answers = [_submit(isolated, slow, 0.1) for _ in range(6)]
        times = [_result(answer) for answer in answers]
        for moment, _ in times:
            _expect(sum(begin <= moment < end for begin, end in times) <= 2, True)

    @pytest.mark.usefixtures("isolated")
    def test_a_call_that_is_cancelled_in_time_never_runs(
        self, opened: Opened, tmp_path: Path
    ) -> None:
        """The one before it takes long enough."""
        engine, notes = opened(1), str(tmp_path / "notes")
        before = _submit(engine, slow, 0.3)
        _expect(_submit(engine, noted, (notes, "never")).cancel(), True)
        _result(before)
        _result(_submit(engine, noted, (notes, "after")))
        _expect(_lines(notes), ["after"])

    # ── Deaths ──────────────────────────────────────────────────────────────

    @pytest.mark.parametrize("exit_code", [0, 7, -signal.SIGKILL, -signal.SIGSEGV])
    def test_a_death_is_told_with_its_exit_code(self, isolated: Engine, exit_code: int) -> None:
        """Be it by exit or by a signal; the next call runs."""
        with pytest.raises(WorkerDied) as caught:
            _result(_submit(isolated, leaving, exit_code))
        _expect(caught.value.exit_code, exit_code)
        _expect(_result(_submit(isolated, abs, -1)), 1)

    def test_a_death_concerns_its_own_call_only(self, isolated: Engine, tmp_path: Path) -> None:
        """Innocents have their answers, and none ran twice."""
        notes = str(tmp_path / "notes")
        answers: list[Future[Any]] = []
        for number in range(20):
            answers.append(_submit(isolated, noted, (notes, str(number))))
            if number % 4 == 0:
                answers.append(_submit(isolated, leaving, -signal.SIGKILL))
        ends = [type(answer.exception(_PATIENCE_S)) for answer in answers]
        _expect((ends.count(WorkerDied), ends.count(type(None))), (5, 20))
        _expect(sorted(_lines(notes), key=int), [str(number) for number in range(20)])

    def test_a_call_that_hangs_is_ended_with_what_it_started(
        self, isolated: Engine, tmp_path: Path
    ) -> None:
        """After its time limit nothing of it lives, and the next call runs."""
        beats = tmp_path / "beats"
        answer = isolated.submit(beating_child, str(beats), time_limit_s=2.0)
        with pytest.raises(CallTimedOut):
            _result(answer)
        _expect_silence(beats)
        _expect(_result(_submit(isolated, abs, -1)), 1)

    # ── The end ─────────────────────────────────────────────────────────────

    @pytest.mark.usefixtures("isolated")
    def test_closing_ends_what_runs_and_cancels_the_rest(
        self, opened: Opened, tmp_path: Path
    ) -> None:
        """It does not wait for calls, nor leave anything of them."""
        engine, beats, notes = opened(1), tmp_path / "beats", tmp_path / "notes"
        running = _submit(engine, beating_child, str(beats))
        waiting = [_submit(engine, noted, (str(notes), "never")) for _ in range(3)]
        _wait_for(beats)
        began = time.monotonic()
        engine.close()
        _expect(time.monotonic() - began < _SOON_S, True)
        _expect([answer.cancelled() for answer in (running, *waiting)], [True] * 4)
        _expect_silence(beats)
        _expect(notes.exists(), False)

    def test_a_closed_engine_takes_no_call(self, opened: Opened) -> None:
        """It may be closed twice, and without ever having been used."""
        engine = opened(1)
        engine.close()
        engine.close()
        with pytest.raises(CancelledError):
            _result(_submit(engine, abs, -1))

    # ── With the scheduler ──────────────────────────────────────────────────

    def test_a_diamond_runs_in_order(self, engine: Engine, tmp_path: Path) -> None:
        """What waits runs after all that it waits for."""
        jobs = _NotedJobs(tmp_path / "notes")
        _expect(jobs.run(engine, {"a": "", "b": "a", "c": "a", "d": "bc"}), True)
        order = _lines(jobs.notes)
        _expect((order[0], sorted(order[1:3]), order[3:]), ("a", ["b", "c"], ["d"]))

    def test_a_failure_blocks_only_what_waits_for_it(self, engine: Engine, tmp_path: Path) -> None:
        """Of a diamond with a tail, and a job beside it."""
        jobs = _NotedJobs(tmp_path / "notes")
        jobs.instead["b"] = (
            Call(leaving, -signal.SIGSEGV, _LIMIT_S)
            if engine.is_isolated
            else Call(raising, UnprocessableData("saturated"), _LIMIT_S)
        )
        _expect(jobs.run(engine, {"a": "", "b": "a", "c": "a", "d": "bc", "e": "d", "f": ""}), True)
        _expect(sorted(_lines(jobs.notes)), ["a", "c", "f"])
        _expect(jobs.culprits, {"d": "b", "e": "b"})

    def test_a_call_that_hangs_does_not_hold_up_the_others(
        self, isolated: Engine, tmp_path: Path
    ) -> None:
        """They finish while it waits for its end."""
        jobs = _NotedJobs(tmp_path / "notes")
        jobs.instead["a"] = Call(slow, 600.0, 2.0)
        _expect(jobs.run(isolated, dict.fromkeys("abcde", "")), True)
        _expect(sorted(_lines(jobs.notes)), list("bcde"))
        _expect(type(jobs.errors["a"]), CallTimedOut)

    def test_a_job_that_is_tried_again_runs_again(self, engine: Engine, tmp_path: Path) -> None:
        """What waits for it comes afterwards."""
        jobs = _NotedJobs(tmp_path / "notes")
        jobs.again = ["a", "a"]
        _expect(jobs.run(engine, {"a": "", "b": "a"}), True)
        _expect(_lines(jobs.notes), ["a", "a", "a", "b"])

    def test_higher_priority_runs_earlier(self, opened: Opened, tmp_path: Path) -> None:
        """One at a time, so that the order shows."""
        jobs = _NotedJobs(tmp_path / "notes")
        jobs.priority = {"b": 3, "c": 2, "a": 1}
        _expect(jobs.run(opened(1), dict.fromkeys("abc", ""), slots=1), True)
        _expect(_lines(jobs.notes), ["b", "c", "a"])

    def test_no_more_memory_is_promised_than_there_is(self, engine: Engine, tmp_path: Path) -> None:
        """Jobs that do not fit beside each other run one after the other."""
        jobs = _NotedJobs(tmp_path / "notes")
        jobs.instead = {id_: Call(slow, 0.1, _LIMIT_S) for id_ in "abcd"}
        _expect(jobs.run(engine, dict.fromkeys("abcd", ""), memory_mb=60, budget_mb=100), True)
        times = sorted(jobs.results.values())
        _expect(len(times), 4)
        for (_, end), (begin, _) in pairwise(times):
            _expect(end <= begin, True)

    def test_what_a_stopped_dispatcher_leaves_ends_with_the_engine(
        self, isolated: Engine, tmp_path: Path
    ) -> None:
        """Be it at work or not."""
        beats = tmp_path / "beats"
        jobs = _NotedJobs(tmp_path / "notes")
        jobs.instead["a"] = Call(beating_child, str(beats), _LIMIT_S)
        finished = jobs.run(isolated, {"a": "", "b": "a"}, stop_with=beats)
        isolated.close()
        _expect(finished, False)
        _expect_silence(beats)
        _expect(jobs.notes.exists(), False)


class _NotedJobs:
    """Jobs that note their names in a file, and what became of each.

    Attributes
    ----------
    notes : gets a line from each job that runs.
    instead : calls that jobs run instead of noting their names.
    again : names of jobs that are tried again, as often as they are in it.
    priority : of the jobs; 0 if it is not said.
    results, errors : what came of the calls, by job.
    culprits : for each job that was blocked, whose failure blocks it.
    """

    def __init__(self, notes: Path) -> None:
        self.notes = notes
        self.instead: dict[str, Call] = {}
        self.again: list[str] = []
        self.priority: dict[str, int] = {}
        self.results: dict[str, Any] = {}
        self.errors: dict[str, BaseException] = {}
        self.culprits: dict[str, str] = {}

    def run(
        self,
        engine: Engine,
        needs: Mapping[str, str],
        *,
        slots: int = 2,
        memory_mb: int = 0,
        budget_mb: int = 1000,
        stop_with: Path | None = None,
    ) -> bool:
        """Run jobs to the last, or until a file is there; say whether it came so far.

        ``needs`` gives for each job, which has one letter, those that it waits for.
        """
        jobs = [
            Job(id_, frozenset(needed), priority=self.priority.get(id_, 0), memory_mb=memory_mb)
            for id_, needed in needs.items()
        ]
        dispatcher = Dispatcher(Scheduler(jobs, slots=slots, memory_mb=budget_mb), engine)
        if stop_with is not None:
            Thread(target=_when_there, args=(stop_with, dispatcher.stop), daemon=True).start()
        return dispatcher.run(self)

    def call(self, id_: str) -> Call:
        return self.instead.get(id_) or Call(noted, (str(self.notes), id_), _LIMIT_S)

    def settle(self, id_: str, answer: Future[Any]) -> Verdict:
        if (error := answer.exception()) is not None:
            self.errors[id_] = error
            return Verdict.FAILED
        self.results[id_] = answer.result()
        if id_ in self.again:
            self.again.remove(id_)
            return Verdict.AGAIN
        return Verdict.DONE

    def blocked(self, id_: str, culprit: str) -> None:
        self.culprits[id_] = culprit


def _submit(engine: Engine, function: Callable[[Any], Any], argument: object) -> Future[Any]:
    return engine.submit(function, argument, time_limit_s=_LIMIT_S)


def _result(answer: Future[Any]) -> Any:
    return answer.result(_PATIENCE_S)


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        pytest.fail(f"expected {wanted}, found {found}")


def _lines(path: str | Path) -> list[str]:
    return Path(path).read_text("utf-8").split()


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not path.exists():
        if time.monotonic() > deadline:
            pytest.fail(f"{path.name} never came")
        time.sleep(0.01)


def _when_there(path: Path, then: Callable[[], None]) -> None:
    _wait_for(path)
    then()


def _expect_silence(beats: Path) -> None:
    """Fail if whoever adds to a file is still alive."""
    before = beats.stat().st_size
    _expect(before > 0, True)
    time.sleep(0.3)
    _expect(beats.stat().st_size, before)
