"""Nights of many small blocks, `dfs reduce` as a process, and what must hold after it."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dfs.execution.simulation import simulate_night
from dfs.foundation.files import sha256_file
from dfs.host import Host
from dfs.plugin import SimulationRequest
from dfs.reduction.locks import Claim
from dfs.reduction.model import BlockState
from dfs.reduction.provenance.model import RECORD_NAME
from dfs.reduction.provenance.record import read_record
from dfs.reduction.tables import BlockRow
from dfs.reduction.workspace import Workspace
from dfs.testkit.faults import children
from dfs.ui import console

PATIENCE_S = 120.0


def simulate(folder: Path, nights: int) -> Path:
    """Write the calibration frames of several nights, four blocks each."""
    host = Host.from_modules({"demo": import_module("dfs_demo.plugin")})
    for night in range(nights):
        date = dt.date(2026, 11, 1) + dt.timedelta(days=night)
        with console.progress("") as bar:
            request = SimulationRequest(night=date, seed=1, window_rows=32)
            simulate_night(host, "demo", request, folder, bar)
    return folder


@pytest.fixture(scope="session")
def week(plugin_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the frames of 28 blocks."""
    return simulate(tmp_path_factory.mktemp("week"), nights=7)


@pytest.fixture(scope="session")
def one_night(plugin_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the frames of four blocks."""
    return simulate(tmp_path_factory.mktemp("one-night"), nights=1)


@pytest.fixture(scope="session")
def three_nights(plugin_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the frames of twelve blocks."""
    return simulate(tmp_path_factory.mktemp("three-nights"), nights=3)


@dataclass
class Reduction:
    """A run of ``dfs reduce``."""

    process: subprocess.Popen[bytes]
    out: Path
    said: Path

    def workers(self) -> list[int]:
        return [pid for pid, line in children(self.process.pid).items() if "engines.serve" in line]

    @property
    def is_at_work(self) -> bool:
        return self.process.poll() is None

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)

    def report(self) -> dict[str, Any]:
        """Wait for the end, and give what was written to standard output."""
        self.wait()
        document: dict[str, Any] = json.loads(self.said.read_text("utf-8"))
        return document

    def errors(self) -> str:
        """Wait for the end, and give what was written to standard error."""
        self.wait()
        return self.said.with_suffix(".stderr").read_text("utf-8")

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill it; nothing of it may be alive a moment later."""
        self.process.send_signal(number)
        self.wait()
        deadline = time.monotonic() + 5.0
        while at_work_in(self.out):
            assert time.monotonic() < deadline, f"alive: {at_work_in(self.out)}"
            time.sleep(0.01)


@dataclass
class Shell:
    """Starts ``dfs reduce`` in the environment of an observer who has the demo plugin."""

    environment: dict[str, str]
    folder: Path
    started: list[Reduction] = field(default_factory=list)

    def reduce(
        self, raw: Path, out: Path, *, before: Callable[[], object] | None = None
    ) -> Reduction:
        command = [sys.executable, "-m", "dfs", "reduce", str(raw), "--out", str(out)]
        said = self.folder / f"said-{len(self.started)}"
        with said.open("wb") as stdout, said.with_suffix(".stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [*command, "--jobs", "2", "--json"],
                env=self.environment,
                stdout=stdout,
                stderr=stderr,
                preexec_fn=before,  # noqa: PLW1509 - no thread is there
            )
        self.started.append(Reduction(process, out, said))
        return self.started[-1]


@pytest.fixture
def shell(dfs_environment: Callable[..., dict[str, str]], tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(dfs_environment(), tmp_path)
    yield opened
    for reduction in opened.started:
        reduction.end()


def at_work_in(folder: Path) -> list[int]:
    """Give the processes whose working folder is below a folder, as a worker's is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if folder in (process / "cwd").readlink().parents:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def finished(out: Path) -> dict[str, str]:
    """Check that a workspace at rest is consistent; give the result of each finished block.

    Each result is whole and as its record says, no block has two, links lead to results,
    the database is sound and agrees, no claim is stuck.
    """
    results: dict[str, str] = {}
    for folder in sorted(out.glob("results/*/*/*")):
        record = read_record(folder)
        assert {p.name for p in folder.iterdir()} == {
            RECORD_NAME,
            *(product.filename for product in record.products),
        }
        for product in record.products:
            assert sha256_file(folder / product.filename) == product.sha256
        assert folder.parent.name not in results, f"{folder.parent.name} was run again"
        results[folder.parent.name] = folder.name
    for link in out.glob("products/*/[!.]*"):
        assert link.resolve().parent == out / "results" / link.parent.name / link.name
        assert link.resolve().is_dir()
    for path in out.glob("work/claims/*"):
        claim = Claim.take(path)
        assert claim is not None, f"{path.name} is still claimed"
        claim.release()
    if (out / "dfs.sqlite").exists():
        _check_database(out, results)
    return results


def _check_database(out: Path, results: dict[str, str]) -> None:
    with Workspace.read(out) as workspace, Session(workspace.database) as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        for row in session.scalars(select(BlockRow).where(BlockRow.state == BlockState.DONE)):
            assert results[row.id] == Path(row.folder).name


@pytest.fixture(scope="session")
def check() -> Callable[[Path], dict[str, str]]:
    return finished
