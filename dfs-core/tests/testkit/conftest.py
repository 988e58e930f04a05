from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dfs.host import Host
from dfs.plugin import SimulationRequest
from dfs.testkit.bench import Bench

REQUEST = SimulationRequest(night=dt.date(2026, 11, 22), window_rows=16)


@pytest.fixture(scope="session")
def host(plugin_modules: Path) -> Host:
    import dfs_demo.plugin
    import dfs_faulty.plugin

    return Host.from_modules({"demo": dfs_demo.plugin, "faulty": dfs_faulty.plugin})


@pytest.fixture
def demo(host: Host, tmp_path: Path) -> Bench:
    return Bench(host, host.resolve("demo"), REQUEST, tmp_path)
