"""Fifty kills at random moments lose nothing, and nothing that is finished runs again."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of processes"),
]

KILLS = 50
SEED = 20261122
BLOCKS = 28


class Killer:
    """Strikes a reduction at random, first its workers, then itself.

    A block during which two workers have died is left alone for good, so none is struck
    a second time.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.kills: list[str] = []
        self.struck: set[tuple[Path, str]] = set()

    def strike(self, reduction) -> None:
        enough = count_results(reduction.out) + 3
        for _ in range(self.random.choice([0, 0, 1, 2])):
            self.kill_worker(reduction, enough)
        if self.random.random() < 0.3:
            time.sleep(self.random.uniform(0.0, 1.0))  # at the start, or wherever that is
        else:
            self.await_results(reduction, self.random.randint(0, 2))
            time.sleep(self.random.uniform(0.0, 0.1))
        if reduction.is_at_work:
            number = self.random.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
            reduction.end(number)
            self.kills.append(number.name)

    def kill_worker(self, reduction, enough: int) -> None:
        """Kill one, unless there are enough results before that comes about."""
        idle_will_do = self.random.random() < 0.3
        while reduction.is_at_work and count_results(reduction.out) < enough:
            time.sleep(self.random.uniform(0.0, 0.02))
            for worker in reduction.workers():
                with suppress(ProcessLookupError, FileNotFoundError):
                    os.kill(worker, signal.SIGSTOP)  # so that what it is at stays what it is
                    folder = Path(f"/proc/{worker}/cwd").readlink()
                    is_idle = reduction.out not in folder.parents
                    if idle_will_do if is_idle else (reduction.out, folder.name) not in self.struck:
                        os.kill(worker, signal.SIGKILL)
                        self.struck.add((reduction.out, folder.name))
                        self.kills.append("idle worker" if is_idle else "worker")
                        return
                    os.kill(worker, signal.SIGCONT)

    def await_results(self, reduction, number: int) -> None:
        before = count_results(reduction.out)
        while reduction.is_at_work and count_results(reduction.out) < before + number:
            time.sleep(0.005)


def count_results(out: Path) -> int:
    return len(list(out.glob("results/*/*/*")))


def test_fifty_random_kills_lose_nothing(shell, check, week: Path, tmp_path: Path) -> None:
    killer, results, outs = Killer(SEED), {}, []
    while len(killer.kills) < KILLS:
        if not outs or len(results) == BLOCKS:  # all is done: begin anew
            outs.append(tmp_path / f"out-{len(outs)}")
            results = {}
        killer.strike(shell.reduce(week, outs[-1]))
        before, results = results, check(outs[-1])
        assert before.items() <= results.items()
    assert set(killer.kills) >= {"SIGKILL", "SIGTERM", "worker", "idle worker"}

    expected = tmp_path / "undisturbed"
    assert shell.reduce(week, expected).wait() == 0
    for out in outs:
        before = check(out)
        last = shell.reduce(week, out)
        assert {block["state"] for block in last.report()["blocks"]} == {"done"}
        assert last.wait() == 0
        results = check(out)
        assert before.items() <= results.items()
        assert len(results) == BLOCKS
        assert list((out / "work").iterdir()) == []
        assert_equal_pixels(out, expected)


def assert_equal_pixels(out: Path, expected: Path) -> None:
    def products(workspace: Path) -> dict[str, Path]:
        found = (workspace / "products").glob("*/*/*.fits")
        return {f"{path.parent.name}/{path.name}": path for path in found}

    ours, theirs = products(out), products(expected)
    assert ours.keys() == theirs.keys()
    assert len(ours) == BLOCKS
    for name, path in ours.items():
        with fits.open(path) as first, fits.open(theirs[name]) as second:
            assert len(first) == len(second)
            for one, other in zip(first, second, strict=True):
                np.testing.assert_array_equal(one.data, other.data, err_msg=name)


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.15, 0.2])
def test_a_run_that_is_killed_while_it_makes_the_database_harms_no_later_one(
    shell, check, one_night: Path, tmp_path: Path, delay_s: float
) -> None:
    reduction = shell.reduce(one_night, tmp_path / "out")
    while reduction.is_at_work and not (tmp_path / "out/dfs.sqlite").exists():
        time.sleep(0.001)
    time.sleep(delay_s)
    reduction.end()
    check(tmp_path / "out")


def test_what_a_killed_run_left_is_swept(shell, check, three_nights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shell.reduce(three_nights, out).wait()
    orphans = [out / "work/dead/bias", out / "reports/.half", out / "products/demo/.link.1"]
    for orphan in orphans[:2]:
        orphan.mkdir(parents=True)
        (orphan / "half.fits").write_bytes(b"SIMPLE")
    orphans[2].symlink_to("../../results/demo/bias/nowhere")
    assert shell.reduce(three_nights, out).wait() == 0
    assert not [orphan for orphan in orphans if orphan.exists() or orphan.is_symlink()]
    assert len(check(out)) == 12


def test_two_reductions_of_one_folder_share_the_work(
    shell, check, three_nights: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    both = [shell.reduce(three_nights, out) for _ in range(2)]
    reports = [reduction.report() for reduction in both]
    assert [reduction.process.returncode for reduction in both] == [0, 0]
    assert len(check(out)) == 12
    for report in reports:
        assert {block["state"] for block in report["blocks"]} == {"done"}


@pytest.mark.parametrize("seed", range(3))
def test_one_of_two_reductions_is_killed_and_the_other_does_it_all(
    shell, check, three_nights: Path, tmp_path: Path, seed: int
) -> None:
    out = tmp_path / "out"
    one, other = (shell.reduce(three_nights, out) for _ in range(2))
    killer = Killer(seed)
    killer.await_results(one, 1 + 3 * seed)
    one.process.kill()
    one.wait()
    assert other.wait() == 0
    assert len(check(out)) == 12
