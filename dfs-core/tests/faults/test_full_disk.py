"""A disk that fills up somewhere: a code that says so, nothing half-written, and it goes on."""

from __future__ import annotations

import re
import resource
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults

BLOCKS = 4
ENOUGH_KB = 100_000
FULL = {"storage.disk-full", "scan.index", "reduce.not-recorded"}
"""What names a full disk: a file, the index of headers, the book."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Give a disk of so many kB, which may be made larger."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def sized(size_kb: int) -> Path:
        again = "remount," if folder.is_mount() else ""
        options = f"{again}size={size_kb}k"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no disk of a given size can be mounted: {done.stderr.strip()}")
        return folder

    yield sized
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", folder], check=True)


def codes(reduction) -> set[str]:
    """Give every code that a run reports, be it of a block, of a report or of the whole."""
    said = reduction.errors()
    assert "unexpected" not in said
    found = set(re.findall(r"\[([a-z]+\.[a-z-]+)\]", said))
    if reduction.said.stat().st_size:
        found |= {block["code"] for block in reduction.report()["blocks"]} - {""}
    return found


# From where not even the database finds room to where only the last reports do not.
@pytest.mark.parametrize("size_kb", [1, 280, 400, 550, 700, 900, 1200])
def test_a_full_disk_is_named_and_the_work_goes_on_when_there_is_space(
    shell, check, disk: Callable[[int], Path], one_night: Path, size_kb: int
) -> None:
    out = disk(size_kb) / "out"
    found = codes(shell.reduce(one_night, out))
    assert found & FULL
    assert found <= FULL | {"reduce.blocked"}
    disk(ENOUGH_KB)
    results = check(out)
    again = shell.reduce(one_night, out)
    assert again.wait() == 0
    assert codes(again) == set()
    assert results.items() <= check(out).items()
    assert len(check(out)) == BLOCKS
    assert len(list(out.glob("reports/*/report.html"))) == BLOCKS


@pytest.mark.parametrize("size_kb", [1, 100, 200])
def test_files_that_may_not_grow_are_as_a_full_disk(
    shell, check, one_night: Path, tmp_path: Path, size_kb: int
) -> None:
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size_kb << 10,) * 2)
    limited = shell.reduce(one_night, tmp_path / "out", before=limit)
    # SQLite cannot tell such a limit from a disk that is broken.
    assert codes(limited) & (FULL | {"storage.database"})
    results = check(tmp_path / "out")
    assert shell.reduce(one_night, tmp_path / "out").wait() == 0
    assert results.items() <= check(tmp_path / "out").items()
    assert len(check(tmp_path / "out")) == BLOCKS
