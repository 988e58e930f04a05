from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

Install = Callable[[Path], dict[str, str]]


@pytest.fixture
def install(
    lay_out_plugin: Callable[[Path, Path], None],
    tmp_path_factory: pytest.TempPathFactory,
    dfs_environment: Callable[..., dict[str, str]],
) -> Install:
    """Install one plugin and nothing else; give the environment of a shell that sees it."""
    sites = (tmp_path_factory.mktemp(f"site{number}") for number in itertools.count())

    def installed(plugin: Path) -> dict[str, str]:
        site = next(sites)
        lay_out_plugin(plugin, site)
        kept = os.environ.get("PYTHONPATH", "")
        return dfs_environment(PYTHONPATH=os.pathsep.join(filter(None, (str(site), kept))))

    return installed
