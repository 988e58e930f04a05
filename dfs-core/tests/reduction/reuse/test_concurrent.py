"""Two reductions of one folder into one workspace: each block is run once, for both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dfs.reduction.provenance.record import read_record


def test_two_commands_share_the_work(
    dfs_environment: Callable[..., dict[str, str]], raw: Mapping[str, list[str]], tmp_path: Path
) -> None:
    frames = Path(raw["demo"][0]).parent
    command = [sys.executable, "-m", "dfs", "reduce", str(frames), "--out", "out", "--json"]
    both = [
        subprocess.Popen(
            [*command, "--jobs", "1"],
            env=dfs_environment(),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told: list[dict[str, Any]] = []
    for process in both:
        said, warned = process.communicate(timeout=120)
        assert process.returncode == 0, warned
        told.append(json.loads(said))
    blocks = [block for one in told for block in one["blocks"]]
    assert {block["state"] for block in blocks} == {"done"}
    results = sorted((tmp_path / "out" / "results" / "demo").glob("*/*"))
    assert len(results) == len(blocks) // 2 == 4
    assert sum(not block["reused"] for block in blocks) == 4
    for one, other in zip(*(one["blocks"] for one in told), strict=True):
        assert one["products"] == other["products"]
        assert one["measurements"] == other["measurements"]
    assert all(read_record(folder).products for folder in results)
    assert list((tmp_path / "out" / "work").iterdir()) == []
