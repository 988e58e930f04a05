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
    """Reduce so many blocks; a first one, not counted, starts the workers and the database."""
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


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--blocks", type=int, default=40)
    arguments.add_argument("--rows", type=int, default=400, help="of each frame")
    arguments.add_argument("--repeats", type=int, default=5)
    options = arguments.parse_args()
    host = Host.load()
    runners = Runners(Preference.ESOREX)
    try:
        installation = runners.installation()
        library = installation.pipeline("uves").library(RECIPE)
    except UserError as error:
        raise SystemExit(f"not measured: {error}") from None
    count = options.blocks
    with tempfile.TemporaryDirectory() as folder:
        raw = frames(host, Path(folder), options.rows)
        rounds = []
        for _ in range(options.repeats):  # side by side, so that each sees the same machine
            hand = by_hand(str(installation.program), library, raw, count)
            one, none = ours(host, runners, raw, count, 1), ours(host, runners, raw, 1, 1)
            two = ours(host, runners, raw, count, 2)
            rounds.append((hand, none, one, two))
    # The shortest of each is the one that others on this machine disturbed least.
    hand, none, one, two = map(min, zip(*rounds, strict=True))
    report(
        f"{count} blocks of {len(raw)} frames of {options.rows} rows, {RECIPE}",
        "blocks",
        [
            Figure("dfs reduce, one worker", one, count),
            Figure("dfs reduce, two workers", two, count),
            Figure("esorex by hand", hand, count),
        ],
        as_json=options.json,
    )
    if not options.json:
        cost_ms = 1000 * ((one - none) / (count - 1) - hand / count)
        gain = one / two
        for what, figure, is_met in (
            (f"≤ {LIMIT_MS:g} ms a block over esorex", f"{cost_ms:.1f} ms", cost_ms <= LIMIT_MS),
            (f"≥ {SPEED_UP:g} × with two workers", f"{gain:.2f} ×", gain >= SPEED_UP),
        ):
            print(f"goal: {what}: {figure}, {'met' if is_met else 'MISSED'}")


if __name__ == "__main__":
    main()
