"""``dfs reduce`` and ``dfs recipe`` as a shell sees them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(dfs_environment: Callable[..., dict[str, str]]) -> dict[str, str]:
    return dfs_environment()


@pytest.fixture
def dfs(environment: Mapping[str, str], tmp_path: Path) -> Run:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dfs", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=tmp_path,
        )

    return run


@pytest.fixture
def frames(raw: Mapping[str, list[str]]) -> Mapping[str, Path]:
    return {name: Path(paths[0]).parent for name, paths in raw.items()}


def test_a_folder_is_reduced_with_one_command(
    dfs: Run, frames: Mapping[str, Path], tmp_path: Path
) -> None:
    before = sorted(frames["demo"].iterdir())
    said = dfs("reduce", frames["demo"], "--json")
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert {block["state"] for block in told["blocks"]} == {"done"}
    products = [product for block in told["blocks"] for product in block["products"]]
    assert all((tmp_path / "dfs-out" / product["path"]).is_file() for product in products)
    assert (tmp_path / "dfs-out" / told["report"]).is_file()
    assert sorted(frames["demo"].iterdir()) == before


def test_a_dry_run_writes_nothing(dfs: Run, frames: Mapping[str, Path], tmp_path: Path) -> None:
    said = dfs("reduce", frames["demo"], "--dry-run")
    assert said.returncode == 0, said.stderr
    assert [line.split("\t")[4] for line in said.stdout.splitlines()[1:]] == ["waiting"] * 4
    plan = json.loads(dfs("reduce", frames["demo"], "--dry-run", "--json").stdout)
    assert {planned["memory_mb"] for planned in plan} == {512}
    assert not (tmp_path / "dfs-out").exists()


def test_failures_show_in_the_table_and_in_the_exit_code(
    dfs: Run, frames: Mapping[str, Path], tmp_path: Path
) -> None:
    said = dfs("reduce", frames["faulty"], "--out", "out", "--instrument", "FAULTY", "--jobs", "2")
    assert said.returncode == 1, said.stderr
    for code in ("recipe.crashed", "recipe.timeout", "recipe.memory", "reduce.blocked"):
        assert f"[{code}]" in said.stdout
    assert "\tdone\t" in said.stdout
    assert list((tmp_path / "out" / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("reduce", "nowhere"), 2, "does not exist"),
        (("reduce", "empty", "--out", "out"), 1, "reduce.nothing"),
        (("reduce", ".", "--out", "out"), 2, "usage.workspace-inside-input"),
        (("reduce", "empty", "--jobs", "0"), 2, "jobs"),
        (("reduce", "empty", "--instrument", "sky"), 1, "plugin.unknown"),
        (("recipe", "show", "demo.sky"), 1, "recipe.unknown"),
        (("recipe", "run", "demo.demo_bias", "x.sof", "--param", "kappa"), 2, "usage.parameter"),
        (("recipe", "run", "demo.demo_bias", "x.sof"), 1, "storage.not-readable"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    dfs: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    said = dfs(*arguments)
    assert said.returncode == code
    assert message in said.stderr
    assert "Traceback" not in said.stderr


def test_recipes_are_listed_shown_and_run(
    dfs: Run, frames: Mapping[str, Path], tmp_path: Path
) -> None:
    assert "demo.demo_bias\tMaster bias\tMASTER_BIAS" in dfs("recipe", "list", "demo").stdout
    listed = json.loads(dfs("recipe", "list", "demo", "--json").stdout)
    assert [entry["id"] for entry in listed][:1] == ["demo.demo_bias"]
    shown = dfs("recipe", "show", "demo.demo_bias").stdout
    assert "BIAS\t3…" in shown
    assert "kappa\tfloat\t4.0\t1…" in shown
    sof = tmp_path / "x.sof"
    sof.write_text("".join(f"{path} BIAS\n" for path in sorted(frames["demo"].iterdir())[:3]))
    said = dfs("recipe", "run", "demo.demo_bias", sof, "--param", "kappa=3", "--json")
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["block"]["parameters"] == {"kappa": "3"}
    assert (tmp_path / told["products"][0]["path"]).is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_its_workers(
    environment: Mapping[str, str],
    frames: Mapping[str, Path],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.fits").write_bytes((frames["faulty"] / "FAULTY.hang.fits").read_bytes())
    process = subprocess.Popen(
        [sys.executable, "-m", "dfs", "reduce", "raw"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("dfs-out/work/*/*/products/*.fits")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    said, warned = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"cancelled" in said
    assert b"nothing half-written stays" in warned
    assert list((tmp_path / "dfs-out" / "work").iterdir()) == []
    assert list((tmp_path / "dfs-out" / "products").iterdir()) == []
    wait_until_gone(process.pid)


def wait_until_gone(group: int) -> None:
    """Wait until no process of a group lives; helpers of multiprocessing end a little later."""
    deadline = time.monotonic() + 10
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.05)
