"""Engines: the same calls, in this process and in workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from dfs.plugin import CallTimedOut, Engine, WorkerDied
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.engines.local import LocalEngine

OWN_PID = "__import__('os').getpid()"  # workers can import no function of this file


@pytest.fixture
def local() -> Iterator[LocalEngine]:
    engine = LocalEngine(2)
    yield engine
    engine.close()


@pytest.fixture(params=["inline", "local"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made: Engine = InlineEngine() if request.param == "inline" else LocalEngine(2)
    yield made
    made.close()


def test_an_engine_gives_what_a_function_returns_or_raises(engine: Engine) -> None:
    assert engine.submit(abs, -3, time_limit_s=30).result() == 3
    with pytest.raises(TypeError):
        engine.submit(abs, "three", time_limit_s=30).result()  # type: ignore[arg-type]


def test_a_dead_worker_is_reported_and_the_next_call_runs(local: LocalEngine) -> None:
    with pytest.raises(WorkerDied) as caught:
        local.submit(os._exit, 7, time_limit_s=30).result()
    assert caught.value.exit_code == 7
    assert local.submit(abs, -1, time_limit_s=30).result() == 1


def test_a_killed_worker_is_reported_with_its_signal(local: LocalEngine) -> None:
    with pytest.raises(WorkerDied) as caught:
        local.submit(signal.raise_signal, signal.SIGKILL, time_limit_s=30).result()
    assert caught.value.exit_code == -signal.SIGKILL


def test_a_call_that_hangs_is_ended(local: LocalEngine) -> None:
    with pytest.raises(CallTimedOut):
        local.submit(time.sleep, 60, time_limit_s=0.3).result()
    assert local.submit(abs, -1, time_limit_s=30).result() == 1


def test_an_idle_worker_that_is_killed_harms_no_call(local: LocalEngine) -> None:
    worker = local.submit(eval, OWN_PID, time_limit_s=30).result()
    os.kill(worker, signal.SIGKILL)  # an idle one, which no call can be blamed for
    time.sleep(0.3)
    assert local.submit(abs, -1, time_limit_s=30).result() == 1


def test_a_closed_engine_ends_what_it_runs_and_takes_no_more(tmp_path: Path) -> None:
    engine = LocalEngine(1)
    worker = engine.submit(eval, OWN_PID, time_limit_s=30).result()
    engine.submit(time.sleep, 60, time_limit_s=60)
    started = time.monotonic()
    engine.close()
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    with pytest.raises(CancelledError):
        engine.submit(abs, -1, time_limit_s=30).result()


def test_an_engine_that_was_never_used_closes() -> None:
    LocalEngine(1).close()


def test_a_call_that_workers_cannot_import_is_refused(local: LocalEngine) -> None:
    with pytest.raises(ImportError):
        local.submit(_only_here, None, time_limit_s=30).result(timeout=30)


def _only_here(_: None) -> None:
    """Cannot be imported by a worker."""
