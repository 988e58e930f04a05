"""Engines: where blocks run. Here, in processes of this machine, or within our own."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from dfs.plugin import CallTimedOut, WorkerDied
from dfs.reduction.worker import prepare_worker

_Argument = TypeVar("_Argument")
_Answer = TypeVar("_Answer")


class InlineEngine:
    """Runs each call at once, in this process: no limits, no isolation."""

    is_isolated = False

    def submit(
        self,
        function: Callable[[_Argument], _Answer],
        argument: _Argument,
        *,
        time_limit_s: float,  # noqa: ARG002
    ) -> Future[_Answer]:
        """Run a function now."""
        future: Future[_Answer] = Future()
        try:
            future.set_result(function(argument))
        except Exception as error:  # noqa: BLE001 - it is the future's to tell
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing is left to end."""


@dataclass(slots=True)
class _Sent:
    function: Callable[[Any], Any]
    argument: object
    time_limit_s: float
    answer: Future[Any]
    was_lost: bool = False


class LocalEngine:
    """Runs calls in worker processes of this machine; they survive each other's death.

    Parameters
    ----------
    jobs : so many workers.
    """

    is_isolated = True

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        # Not fork: our threads' locks would be inherited in whatever state they are.
        self._context = multiprocessing.get_context(
            "forkserver" if sys.platform == "linux" else "spawn"
        )
        self._lock = Lock()
        self._pools = [self._new_pool()]
        self._is_closed = False

    def submit(
        self,
        function: Callable[[_Argument], _Answer],
        argument: _Argument,
        *,
        time_limit_s: float,
    ) -> Future[_Answer]:
        """Send a call to a worker."""
        sent = _Sent(function, argument, time_limit_s, Future())
        self._send(sent)
        return sent.answer

    def close(self) -> None:
        """End the workers, by force if they do not listen."""
        with self._lock:
            self._is_closed = True
        for pool in self._pools:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _send(self, sent: _Sent) -> None:
        with self._lock:
            if self._is_closed:
                sent.answer.cancel()
                return
            if not self._pools[-1].active:
                self._pools.append(self._new_pool())
            inner = self._pools[-1].schedule(
                sent.function, args=(sent.argument,), timeout=sent.time_limit_s
            )
        inner.add_done_callback(lambda done: self._receive(sent, done))

    def _receive(self, sent: _Sent, done: Future[Any]) -> None:
        if done.cancelled():
            sent.answer.cancel()
            return
        error = done.exception()
        if error is None:
            sent.answer.set_result(done.result())
        elif isinstance(error, BrokenProcessPool) and not sent.was_lost:
            # The pool cannot say whose worker died; who is innocent gets another go.
            sent.was_lost = True
            self._send(sent)
        elif isinstance(error, ProcessExpired):
            sent.answer.set_exception(WorkerDied(error.exitcode))
        elif isinstance(error, BrokenProcessPool):
            sent.answer.set_exception(WorkerDied(None))
        elif isinstance(error, TimeoutError):
            sent.answer.set_exception(CallTimedOut())
        else:
            sent.answer.set_exception(error)

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._jobs, initializer=prepare_worker, context=self._context
        )
