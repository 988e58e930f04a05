"""Fixtures shared by the core's, the plugins' and the whole system's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real rule files, headers and dictionaries that lie beside the repository.

    They are not ours to ship, so a person with only the repository skips these
    tests; ``DFS_SHARED_DATA`` names another place.
    """
    default = Path(__file__).resolve().parent.parent / "shared" / "data"
    folder = Path(os.environ.get("DFS_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"real data are absent: {folder} (set DFS_SHARED_DATA)")
    return folder
