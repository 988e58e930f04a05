"""The loop that joins scheduler and engine: what may run is sent, what ended is settled."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Final, Protocol

from dfs.plugin import Engine
from dfs.reduction.graph import Scheduler

HELD_S: Final = 0.2
"""How long a job is left alone that another process is at, s."""


class Verdict(Enum):
    """What the end of a call means for its job."""

    DONE = auto()
    FAILED = auto()
    AGAIN = auto()
    HELD = auto()
    """Another process is at it; ask again in a while."""


@dataclass(frozen=True, slots=True)
class Call:
    """What an engine is to run.

    Parameters
    ----------
    function : of a module, with one argument.
    argument : survives pickling.
    time_limit_s : after this many seconds the call is ended.
    """

    function: Callable[[Any], Any]
    argument: Any
    time_limit_s: float


class Jobs(Protocol):
    """What the loop asks about jobs."""

    def call(self, id_: str) -> Call | Verdict:
        """Give what a job runs, or what became of it if nothing need run."""

    def settle(self, id_: str, answer: Future[Any]) -> Verdict:
        """Take what came of the call."""

    def blocked(self, id_: str, culprit: str) -> None:
        """Learn that a job can never run, because of another one's failure."""


class Dispatcher:
    """Runs the jobs of a scheduler in an engine, to the last, or until it is stopped."""

    def __init__(self, scheduler: Scheduler, engine: Engine) -> None:
        self._scheduler = scheduler
        self._engine = engine
        # Holds what ended; None asks to stop. Its put() may be called by signal handlers.
        self._ended: SimpleQueue[tuple[str, Future[Any]] | None] = SimpleQueue()

    def stop(self) -> None:
        """Ask the loop to end."""
        self._ended.put(None)

    def run(self, jobs: Jobs) -> bool:
        """Run until every job is in a final state.

        Returns
        -------
        bool
            Whether it came so far; False if it was stopped. What still ran is then
            for the caller to end, with the engine.
        """
        running = 0
        ask_again = 0.0
        while not self._scheduler.is_finished:
            running += self._start(jobs)
            patience = None
            if self._scheduler.has_held:
                if (patience := ask_again - time.monotonic()) <= 0:
                    self._scheduler.resume()
                    ask_again = time.monotonic() + HELD_S
                    continue
            elif not running:
                continue
            try:
                ended = self._ended.get(timeout=patience)
            except Empty:
                continue
            if ended is None:
                return False
            id_, answer = ended
            self._scheduler.vacate(id_)
            running += self._start(jobs) - 1  # the worker goes on while this one is settled
            self._settle(jobs, id_, jobs.settle(id_, answer))
        return True

    def _start(self, jobs: Jobs) -> int:
        """Send what may run to the engine; say how many calls that are."""
        sent = 0
        for job in self._scheduler.start():
            call = jobs.call(job.id)
            if isinstance(call, Verdict):
                self._settle(jobs, job.id, call)
                continue
            sent += 1
            answer = self._engine.submit(
                call.function, call.argument, time_limit_s=call.time_limit_s
            )
            answer.add_done_callback(partial(self._note, job.id))
        return sent

    def _settle(self, jobs: Jobs, id_: str, verdict: Verdict) -> None:
        match verdict:
            case Verdict.DONE:
                self._scheduler.done(id_)
            case Verdict.AGAIN:
                self._scheduler.again(id_)
            case Verdict.HELD:
                self._scheduler.hold(id_)
            case Verdict.FAILED:
                for blocked in self._scheduler.failed(id_):
                    jobs.blocked(blocked, id_)

    def _note(self, id_: str, answer: Future[Any]) -> None:
        self._ended.put((id_, answer))


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM ask for an orderly end; a second one ends at once.

    Only the main thread of a process can do so; in others this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(_number: int, _frame: FrameType | None) -> None:
        restore()
        stop()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()


@contextmanager
def interrupted_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, by a KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
