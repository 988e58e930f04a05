"""What the engine costs a block that runs a real CPL recipe, and what a second worker gains.

Each block makes a small master bias with the recipe of UVES' own pipeline. The peer is
esorex called by hand on the same set of frames, one call after the other, with a folder of
plugins that holds the one recipe; with all plugins installed, as people call it, it is
slower. Ours includes everything that ``dfs reduce`` does for a block: its folder and log,
the checks, the cards of provenance, fsync, digests, publication and the book.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from common import Figure, parser, report

from dfs.execution.simulation import simulate_night
from dfs.foundation.errors import UserError
from dfs.foundation.fits.headers import read_header
from dfs.host import Host
from dfs.organiser.model import BlockInput, Organisation, ReductionBlock
from dfs.plugin import SimulationRequest
from dfs.reduction.cpl.discovery import show_only
from dfs.reduction.runners import Preference, Runners
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace
from dfs.ui import console

RECIPE = "uves_cal_mbias"
TAG = "BIAS_BLUE"
LIMIT_MS = 30.0
SPEED_UP = 1.8


def frames(host: Host, folder: Path, rows: int) -> list[Path]:
    """Give the biases of the blue arm."""
    request = SimulationRequest(night=dt.date(2026, 11, 22), seed=1, window_rows=rows)
    with console.progress("simulating") as bar:
        paths = simulate_night(host, "uves", request, folder, bar)
    kinds = [read_header(path, {"DPR.TYPE", "INS.PATH"}) for path in paths]
    wanted = {"DPR.TYPE": "BIAS", "INS.PATH": "BLUE"}
    return [path for path, kind in zip(paths, kinds, strict=True) if kind == wanted]


def blocks(raw: list[Path], count: int) -> Organisation:
    inputs = tuple(BlockInput(TAG, str(path)) for path in raw)
    return Organisation(
        frames=(),
        blocks=tuple(
            ReductionBlock(
                id=f"b{number}",
                instrument="uves",
                action="ACTION_BIAS_BLUE",
                recipe=RECIPE,
                name=f"b{number}",
                inputs=inputs,
            )
            for number in range(count)
        ),
    )


def ours(host: Host, runners: Runners, raw: list[Path], count: int, jobs: int) -> float:
    """Reduce so many blocks in a new workspace; give the time, s."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.open(Path(folder) / "out") as workspace,
    ):
        begin = time.perf_counter()
        done = reduce_blocks(
            host, blocks(raw, count), workspace, jobs=jobs, runners=runners, reports=False
        )
        seconds = time.perf_counter() - begin
    assert done.all_done, next(r for r in done.results if r.code)
    return seconds


def by_hand(program: str, library: Path, raw: list[Path], count: int) -> float:
    """Call esorex so often, as a script would."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plugins = show_only(library, folder)
        (folder / "x.sof").write_text("".join(f"{path} {TAG}\n" for path in raw))
        command = [program, f"--recipe-dir={plugins}", RECIPE, "x.sof"]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        begin = time.perf_counter()
        for _ in range(count):
            subprocess.run(
                command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
            )
        return time.perf_counter() - begin


def overhead(host: Host, runners: Runners, options: Namespace) -> None:
    """Compare small blocks with calls by hand."""
    installation, count = runners.installation(), options.blocks
    library = installation.pipeline("uves").library(RECIPE)
    with tempfile.TemporaryDirectory() as folder:
        raw = frames(host, Path(folder), options.small)
        rounds = [  # side by side, so that each sees the same machine
            (
                by_hand(str(installation.program), library, raw, count),
                ours(host, runners, raw, count, 1),
                ours(host, runners, raw, 1, 1),
            )
            for _ in range(options.repeats)
        ]
    # The shortest of each is the one that others on this machine disturbed least.
    hand, many, one = map(min, zip(*rounds, strict=True))
    report(
        f"{count} blocks of {len(raw)} frames of {options.small} rows, one worker",
        "blocks",
        [
            Figure("dfs reduce, with its start", many, count),
            Figure("dfs reduce, once it runs", many - one, count - 1),
            Figure("esorex by hand", hand, count),
        ],
        as_json=options.json,
    )
    cost_ms = 1000 * ((many - one) / (count - 1) - hand / count)
    say(f"≤ {LIMIT_MS:g} ms a block over esorex", f"{cost_ms:.1f} ms", cost_ms <= LIMIT_MS, options)


def speed_up(host: Host, runners: Runners, options: Namespace) -> None:
    """Compare two workers with one, once they run, on larger blocks."""
    count = options.blocks // 2
    with tempfile.TemporaryDirectory() as folder:
        raw = frames(host, Path(folder), options.large)
        rounds = [
            [
                ours(host, runners, raw, blocks_, jobs)
                for blocks_, jobs in ((count, 1), (1, 1), (count, 2), (2, 2))
            ]
            for _ in range(options.repeats)
        ]
    one, one_start, two, two_start = map(min, zip(*rounds, strict=True))
    report(
        f"{count} blocks of {len(raw)} frames of {options.large} rows, once they run",
        "blocks",
        [
            Figure("dfs reduce, two workers", two - two_start, count - 2),
            Figure("dfs reduce, one worker", one - one_start, count - 1),
        ],
        as_json=options.json,
    )
    gain = ((one - one_start) / (count - 1)) / ((two - two_start) / (count - 2))
    say(f"≥ {SPEED_UP:g} × with two workers", f"{gain:.2f} ×", gain >= SPEED_UP, options)


def say(goal: str, figure: str, is_met: bool, options: Namespace) -> None:
    if not options.json:
        print(f"goal: {goal}: {figure}, {'met' if is_met else 'MISSED'}")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--blocks", type=int, default=24)
    arguments.add_argument("--small", type=int, default=400, help="rows of a frame, overhead")
    arguments.add_argument("--large", type=int, default=1500, help="rows of a frame, speed-up")
    arguments.add_argument("--repeats", type=int, default=4)
    options = arguments.parse_args()
    host = Host.load()
    runners = Runners(Preference.ESOREX)
    try:
        runners.installation().pipeline("uves")
    except UserError as error:
        raise SystemExit(f"not measured: {error}") from None
    overhead(host, runners, options)
    speed_up(host, runners, options)


if __name__ == "__main__":
    main()
