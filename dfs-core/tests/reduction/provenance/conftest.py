"""A cascade of the demonstration camera, reduced once, and copies of it to damage."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dfs.host import Host
from dfs.organiser.model import Organisation
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace
from dfs.ui import console


@pytest.fixture(scope="session")
def reduced(host: Host, cascade: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the workspace of a cascade: bias, dark on bias, flat on both."""
    root = tmp_path_factory.mktemp("traced") / "out"
    with Workspace.open(root) as workspace, console.progress("") as bar:
        report = reduce_blocks(
            host, cascade, workspace, jobs=1, memory_mb=8192, engine=InlineEngine(), progress=bar
        )
    assert report.all_done, report
    return root


@pytest.fixture
def workspace_copy(reduced: Path, tmp_path: Path) -> Path:
    """Give a copy of the workspace that a test may harm."""
    shutil.copytree(reduced, tmp_path / "out", symlinks=True)
    return tmp_path / "out"


@pytest.fixture
def flat(workspace_copy: Path) -> Path:
    """Give the master flat of the copy."""
    return next((workspace_copy / "products" / "demo" / "id-of-flat").glob("*.fits"))


@pytest.fixture
def shell(dfs_environment: Callable[..., dict[str, str]], tmp_path: Path) -> Mapping[str, str]:
    """Give the environment of a shell in which ``dfs`` is the one under test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "dfs"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dfs "$@"\n')
    program.chmod(0o755)
    environment = dfs_environment()
    return environment | {"PATH": f"{folder}:{environment['PATH']}"}
