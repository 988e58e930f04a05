"""The engine of worker processes of this machine."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar

from dfs.plugin import CallTimedOut, WorkerDied
from dfs.reduction.engines.process import NotTaken, WorkerProcess
from dfs.reduction.limits import KilledForMemory, kernel_oom_kills

_Argument = TypeVar("_Argument")
_Answer = TypeVar("_Answer")

_MOST_STARTS: Final = 3
"""So many fresh workers may die before they take a call, until the call is given up."""


class LocalEngine:
    """Runs calls in worker processes of this machine; each death concerns one call only.

    A thread a slot talks to one worker at a time, which has a pipe to itself and says
    when it has taken a call. So it is certain whose call a dead worker was at; a call
    that was not taken goes to another worker, one that was is never run twice.

    Parameters
    ----------
    jobs : at most so many workers; they are started when they are needed.
    """

    is_isolated = True

    def __init__(self, jobs: int) -> None:
        self._slots = ThreadPoolExecutor(jobs, thread_name_prefix="dfs-engine")
        self._lock = Lock()
        self._workers: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._is_closed = False

    def submit(
        self,
        function: Callable[[_Argument], _Answer],
        argument: _Argument,
        *,
        time_limit_s: float,
    ) -> Future[_Answer]:
        """Send a call to a worker."""
        answer: Future[_Answer] = Future()
        with self._lock:
            if self._is_closed:
                answer.cancel()
            else:
                self._slots.submit(self._serve, answer, (function, argument), time_limit_s)
        return answer

    def close(self) -> None:
        """End the workers by force; what did not end is cancelled."""
        with self._lock:
            self._is_closed = True
            for worker in self._workers:
                worker.kill()
        self._slots.shutdown()
        while self._idle:
            self._end(self._idle.pop())

    def _serve(
        self, answer: Future[Any], call: tuple[Callable[[Any], Any], object], time_limit_s: float
    ) -> None:
        if answer.cancelled():
            return
        try:
            went_well, result = pickle.loads(self._run(pickle.dumps(call), time_limit_s))
        except _Closed:
            answer.cancel()
            return
        except Exception as error:  # noqa: BLE001 - it is the answer's to tell
            went_well, result = False, error
        with suppress(InvalidStateError):  # whoever asked has cancelled it meanwhile
            if went_well:
                answer.set_result(result)
            else:
                answer.set_exception(result)

    def _run(self, packed: bytes, time_limit_s: float) -> bytes:
        starts = 0
        while True:
            worker, is_fresh = self._worker()
            starts += is_fresh
            oom_kills = kernel_oom_kills()
            try:
                reply = worker.call(packed, time_limit_s)
            except NotTaken:
                exit_code = self._end(worker)
                if starts == _MOST_STARTS:
                    raise WorkerDied(exit_code) from None
            except EOFError:
                exit_code = self._end(worker)
                if self._is_closed:
                    raise _Closed from None
                if exit_code == -signal.SIGKILL and kernel_oom_kills() > oom_kills:
                    raise KilledForMemory(exit_code) from None
                raise WorkerDied(exit_code) from None
            except TimeoutError:
                self._end(worker)
                raise CallTimedOut from None
            else:
                with self._lock:
                    self._idle.append(worker)
                return reply

    def _worker(self) -> tuple[WorkerProcess, bool]:
        with self._lock:
            if self._is_closed:
                raise _Closed
            if self._idle:
                return self._idle.pop(), False
            # Within the lock, so that close() knows of every worker.
            worker = WorkerProcess()
            self._workers.add(worker)
            return worker, True

    def _end(self, worker: WorkerProcess) -> int:
        with self._lock:
            self._workers.discard(worker)
        return worker.end()


class _Closed(Exception):  # noqa: N818
    """The engine was closed while a call waited or ran."""
