"""Frames of the test instruments, and blocks made of them by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from dfs.execution.simulation import simulate_night
from dfs.foundation.fits.headers import read_header
from dfs.host import Host
from dfs.organiser.model import BlockInput, Organisation, ReductionBlock
from dfs.plugin import SimulationRequest
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.workspace import Workspace
from dfs.ui import console

NIGHT = dt.date(2026, 11, 22)


@pytest.fixture(scope="session")
def host(plugin_modules: Path) -> Host:
    return Host.from_modules(
        {name: import_module(f"dfs_{name}.plugin") for name in ("demo", "faulty")}
    )


@pytest.fixture(scope="session")
def raw(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """Give the simulated frames of each test instrument, in order of time."""
    frames = {}
    for name in ("demo", "faulty"):
        request = SimulationRequest(night=NIGHT, seed=1, window_rows=32)
        folder = tmp_path_factory.mktemp(f"raw-{name}")
        with console.progress("") as bar:
            paths = simulate_night(host, name, request, folder, bar)
        frames[name] = [str(path) for path in paths]
    return frames


@pytest.fixture(scope="session")
def faulty(raw: Mapping[str, list[str]]) -> Callable[..., ReductionBlock]:
    """Make a block of the faulty instrument, of the kind that is named."""

    def block(kind: str, *needs: str, priority: int = 0) -> ReductionBlock:
        return ReductionBlock(
            id=kind,
            instrument="faulty",
            action=f"ACTION_{kind.upper()}",
            recipe=f"faulty_{kind}",
            name=f"faulty-{kind}",
            inputs=(
                BlockInput(kind.upper(), f"{Path(raw['faulty'][0]).parent}/FAULTY.{kind}.fits"),
            ),
            calibrations=tuple(
                BlockInput(f"MASTER_{n.upper()}", block=n, category=f"MASTER_{n.upper()}")
                for n in needs
            ),
            time_mjd=61000.0,
            priority=priority,
        )

    return block


@pytest.fixture(scope="session")
def cascade(raw: Mapping[str, list[str]]) -> Organisation:
    """Give bias, dark and flat of the demonstration camera, each on those before."""
    frames: dict[str, list[BlockInput]] = {}
    for path in raw["demo"]:
        tag = str(read_header(path)["DPR.TYPE"]).partition(",")[0]
        frames.setdefault(tag, []).append(BlockInput(tag, path))

    def block(kind: str, *needs: str) -> ReductionBlock:
        return ReductionBlock(
            id=f"id-of-{kind}",
            instrument="demo",
            action=f"ACTION_{kind.upper()}",
            recipe=f"demo_{kind}",
            name=f"demo-{kind}",
            inputs=tuple(frames[kind.upper()]),
            calibrations=tuple(
                BlockInput(
                    f"MASTER_{n.upper()}", block=f"id-of-{n}", category=f"MASTER_{n.upper()}"
                )
                for n in needs
            ),
            time_mjd=61366.5,
        )

    return Organisation(
        frames=(), blocks=(block("bias"), block("dark", "bias"), block("flat", "bias", "dark"))
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "out") as opened:
        yield opened


@pytest.fixture(scope="session")
def workers() -> Callable[[], LocalEngine]:
    """Make an engine of two worker processes; a reduction closes its engine."""
    return lambda: LocalEngine(2)


@pytest.fixture(scope="session")
def organised() -> Callable[..., Organisation]:
    return lambda *blocks: Organisation(frames=(), blocks=blocks)
