"""Engines: each passes the suite, and is found by its name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.plugin import WorkerDied
from dfs.reduction import limits
from dfs.reduction.engines import engine_names, open_engine
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.limits import KilledForMemory
from dfs.testkit.engines import EngineConformance
from dfs.testkit.faults import children, leaving, slow

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of processes")


class TestLocal(EngineConformance):
    name = "local"


class TestInline(EngineConformance):
    name = "inline"


# ── Found by name ───────────────────────────────────────────────────────────


@pytest.fixture
def brings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install a distribution that brings engines."""

    def install(distribution: str, source: str, **engines: str) -> None:
        site = tmp_path / distribution
        info = site / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{distribution}_engine.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = [f"{name} = {distribution}_engine:{what}" for name, what in engines.items()]
        (info / "entry_points.txt").write_text("\n".join(["[dfs.engines]", *lines, ""]))
        monkeypatch.syspath_prepend(site)

    return install


def test_the_core_brings_two_engines() -> None:
    assert set(engine_names()) >= {"inline", "local"}


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UserError, match="inline, local") as caught:
        open_engine("cluster", 2)
    assert caught.value.code.name == "engine.unknown"


def test_only_the_engine_that_is_named_is_imported(brings: Callable[..., None]) -> None:
    brings("bad", "raise SystemExit('imported')", bad="Engine")
    assert open_engine("inline", 2).submit(abs, -1, time_limit_s=1).result() == 1
    assert "bad_engine" not in sys.modules


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise SystemExit('no licence')", "SystemExit: no licence"),
        ("def make(jobs): raise ConnectionError('no scheduler at 8786')", "no scheduler at 8786"),
        ("make = 3", "cannot be called"),
        ("def make(jobs): return object()", "has no is_isolated and no submit and no close"),
        ("", "no attribute 'make'"),
    ],
)
def test_an_engine_that_cannot_be_used_is_refused(
    brings: Callable[..., None], source: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "site_engine", raising=False)
    brings("site", source, farm="make")
    with pytest.raises(UserError, match=reason) as caught:
        open_engine("farm", 2)
    assert caught.value.code.name == "engine.broken"
    assert "'farm' of site 1.0" in caught.value.detail
    sys.modules.pop("site_engine", None)


def test_two_engines_of_one_name_are_not_told_apart(brings: Callable[..., None]) -> None:
    brings("north", "", farm="make")
    brings("south", "", farm="make")
    with pytest.raises(UserError, match=r"claimed by north 1\.0 and south 1\.0") as caught:
        open_engine("farm", 2)
    assert caught.value.code.name == "engine.broken"


# ── Worker processes of this machine ────────────────────────────────────────


@pytest.fixture
def workers() -> Callable[[], set[int]]:
    """Give the processes that were started since, not those of tests before."""
    before = set(children(os.getpid()))
    return lambda: set(children(os.getpid())) - before


@pytest.fixture
def local() -> Iterator[LocalEngine]:
    engine = LocalEngine(2)
    yield engine
    engine.close()


@linux_only
def test_an_idle_worker_that_is_killed_harms_no_call(local: LocalEngine, workers) -> None:
    for _ in range(5):
        assert local.submit(abs, -1, time_limit_s=30).result() == 1
        (worker,) = workers()
        os.kill(worker, signal.SIGKILL)
        assert local.submit(abs, -2, time_limit_s=30).result() == 2


@linux_only
def test_a_worker_is_used_again(local: LocalEngine, workers) -> None:
    pids = {
        local.submit(eval, "__import__('os').getpid()", time_limit_s=30).result() for _ in "abc"
    }
    assert pids == workers()


@linux_only
def test_workers_are_ended_with_the_engine(local: LocalEngine, workers) -> None:
    local.submit(slow, 60.0, time_limit_s=60)
    local.submit(abs, -1, time_limit_s=30).result()
    assert len(workers()) == 2
    local.close()
    assert workers() == set()


ORPHANS = """
import sys
from dfs.reduction.engines.local import LocalEngine
from dfs.testkit.faults import beating_child
LocalEngine(1).submit(beating_child, sys.argv[1], time_limit_s=600).result()
"""


@linux_only
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_and_what_they_started_die_with_a_parent_that_is_killed(
    tmp_path: Path, number: signal.Signals
) -> None:
    beats = tmp_path / "beats"
    with subprocess.Popen([sys.executable, "-c", ORPHANS, str(beats)]) as parent:
        deadline = time.monotonic() + 30
        while not beats.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        (worker,) = children(parent.pid)
        (child,) = children(worker)
        parent.send_signal(number)
    time.sleep(0.2)
    assert not {worker, child} & {int(p.name) for p in Path("/proc").glob("[0-9]*") if _lives(p)}


def _lives(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_death_for_want_of_memory_is_told_as_such(
    local: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([7, 8, 8, 8])
    monkeypatch.setattr("dfs.reduction.engines.local.kernel_oom_kills", lambda: next(counts))
    with pytest.raises(KilledForMemory):
        local.submit(leaving, -signal.SIGKILL, time_limit_s=30).result()
    with pytest.raises(WorkerDied) as caught:
        local.submit(leaving, -signal.SIGKILL, time_limit_s=30).result()
    assert not isinstance(caught.value, KilledForMemory)


def test_the_kernel_counts_whom_it_killed_for_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "linux":
        assert limits.kernel_oom_kills() >= 0
    counters = tmp_path / "vmstat"
    counters.write_text("nr_free_pages 12\noom_kill 3\nnuma_hit 4\n")
    monkeypatch.setattr(limits, "_IS_LINUX", True)
    monkeypatch.setattr(limits, "_COUNTERS", counters)
    assert limits.kernel_oom_kills() == 3
    counters.write_text("nr_free_pages 12\n")
    assert limits.kernel_oom_kills() == 0
