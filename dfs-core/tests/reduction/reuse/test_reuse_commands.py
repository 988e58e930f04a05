"""``dfs reduce --stale``, ``--force`` and ``dfs prune`` as a shell sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dfs.host import Host
from dfs.organiser.model import Organisation
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def dfs(dfs_environment: Callable[..., dict[str, str]], tmp_path: Path) -> Run:
    def run(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "dfs", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=dfs_environment(),
            cwd=tmp_path,
        )
        assert done.returncode == code, done.stderr
        return done

    return run


@pytest.fixture
def frames(raw: Mapping[str, list[str]]) -> Path:
    return Path(raw["demo"][0]).parent


def told(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_a_night_is_reduced_once_and_told_why_it_would_be_again(
    dfs: Run, frames: Path, tmp_path: Path
) -> None:
    before = told(dfs("reduce", frames, "--stale", "--json"))
    assert [[r["cause"] for r in block["reasons"]] for block in before] == [["never"]] * 4
    assert not (tmp_path / "dfs-out").exists()
    first = told(dfs("reduce", frames, "--json"))
    assert {block["reused"] for block in first["blocks"]} == {False}
    second = told(dfs("reduce", frames, "--json"))
    assert {block["reused"] for block in second["blocks"]} == {True}
    assert second["report"] == first["report"]
    assert [b["report"] for b in second["blocks"]] == [b["report"] for b in first["blocks"]]

    bias = next(b for b in first["blocks"] if b["block"]["recipe"] == "demo_bias")
    product = tmp_path / "dfs-out" / bias["folder"] / Path(bias["products"][0]["path"]).name
    product.unlink()
    (reason,) = told(dfs("reduce", frames, "--stale", "--json"))[0]["reasons"]
    assert reason == {"cause": "damaged", "detail": f"{product.name} is gone"}

    # Nothing that is superseded may take space here.
    (tmp_path / "dfs.toml").write_text("[reduction]\nsuperseded_gb = 0\n")
    forced = told(dfs("reduce", frames, "--force", "--json"))
    assert {block["reused"] for block in forced["blocks"]} == {False}
    kept = {path.name for path in (tmp_path / "dfs-out" / "results").glob("demo/*/*")}
    assert kept == {Path(block["folder"]).name for block in forced["blocks"]}


def test_what_is_superseded_is_pruned_and_the_rest_only_if_asked_for(
    dfs: Run, host: Host, cascade: Organisation, tmp_path: Path
) -> None:
    with Workspace.open(tmp_path / "dfs-out") as workspace:
        for _ in range(2):
            reduce_blocks(
                host, cascade, workspace, jobs=1, engine=InlineEngine(), reports=False, force=True
            )
    results = tmp_path / "dfs-out" / "results"
    would = told(dfs("prune", "--budget", "0", "--dry-run", "--json", code=1))
    assert len(would["removed"]) == 3
    assert len(list(results.glob("demo/*/*"))) == 6
    done = dfs("prune", "--budget", "0", code=1)
    assert "--current" in done.stderr
    assert len(list(results.glob("demo/*/*"))) == 3
    dfs("prune", "--budget", "0", "--current")
    assert list(results.glob("demo/*/*")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("prune", "--budget", "much"), 2, "usage.size"),
        (("prune", "--budget", "1GB"), 1, "reduce.no-workspace"),
        (("reduce", ".", "--out", "out", "--engine", "cloud"), 1, "engine.unknown"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    dfs: Run, frames: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    words = [str(frames) if word == "." else word for word in arguments]
    said = dfs(*words, code=code)
    assert message in said.stderr
