"""Fixtures of the whole system's tests: the commands as a user runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def dfs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run ``dfs …`` in a fresh shell with no settings; fails unless it exits as expected."""
    command = shutil.which("dfs", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.fail("the dfs command is not installed beside this Python")
    home = tmp_path_factory.mktemp("home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DFS_")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}

    def run(*arguments: str | Path, code: int = 0, cwd: Path | None = None):
        done = subprocess.run(
            [command, *map(str, arguments)],
            cwd=cwd or home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run
