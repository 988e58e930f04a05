from __future__ import annotations

from pathlib import Path

import pytest

from dfs.host import Host


@pytest.fixture(scope="session")
def demo(plugin_modules: Path) -> Host:
    import dfs_demo.plugin

    return Host.from_modules({"demo": dfs_demo.plugin})
