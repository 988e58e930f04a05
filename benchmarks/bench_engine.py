"""What the machinery costs a block that does nothing, in this process and through a worker.

Through a worker is everything that ``dfs reduce`` does for a block: folder, log, memory
limit, one product of 64 × 64 pixels with checksums, fsync and SHA-256, its publication,
and the book-keeping transaction. Peers are floors: the standard library's sorter and
process pool on calls that do nothing, and a fresh interpreter a block.

The local engine alone is compared with the standard library's pool, which cannot say whose
worker died, has no time limits, and is of no more use after a death.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ProcessPoolExecutor
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
from common import Figure, best_of, parser, report

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.host import Host
from dfs.organiser.model import BlockInput, Organisation, ReductionBlock
from dfs.plugin import (
    Detector,
    Instrument,
    Recipe,
    RecipeContext,
    RecipeInput,
    RecipeProduct,
    WorkerDied,
    hookimpl,
)
from dfs.reduction.dispatch import Call, Dispatcher, Verdict
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.graph import Job, Scheduler
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace

IN_PROCESS_LIMIT_MS = 1.0
WORKER_LIMIT_MS = 15.0
PIXELS = np.ones((64, 64), np.float32)
JOBS = 2


def no_op(context: RecipeContext) -> None:
    """What every block runs."""
    context.write("NOTHING", PIXELS)


class Plugin:
    DFS_API = "0.1"

    @hookimpl
    def dfs_instrument(self) -> Instrument:
        ccd = Detector(
            id="CCD",
            title="CCD",
            size_x_px=64,
            size_y_px=64,
            pixel_size_um=15,
            gain_e_per_adu=1,
            read_noise_e=1,
        )
        return Instrument(title="Benchmark", instrume=("BENCH",), detectors=(ccd,))

    @hookimpl
    def dfs_recipes(self) -> list[Recipe]:
        inputs = (RecipeInput(tag="RAW"), RecipeInput(tag="NOTHING", minimum=0))
        return [
            Recipe(
                name="no_op",
                title="Do nothing",
                function="bench_engine:no_op",
                inputs=inputs,
                products=(RecipeProduct(category="NOTHING"),),
                memory_mb=100,
            )
        ]


def levels(count: int) -> dict[str, frozenset[str]]:
    """Give a cascade of four levels: each block needs one of the level above."""
    size = count // 4
    needs = {}
    for number in range(count):
        level, place = divmod(number, size)
        above = frozenset({f"b{(min(level, 3) - 1) * size + place % size}"}) if level else ()
        needs[f"b{number}"] = frozenset(above)
    return needs


class NoOps:
    """Jobs that call a function that does nothing."""

    def call(self, id_: str) -> Call:
        return Call(str, id_, 60.0)

    def settle(self, id_: str, answer: Future[Any]) -> Verdict:
        return Verdict.DONE if answer.result() == id_ else Verdict.FAILED

    def blocked(self, id_: str, culprit: str) -> None:
        raise AssertionError(f"{id_} waits for {culprit}")


def in_process(needs: dict[str, frozenset[str]]) -> None:
    jobs = [Job(id_, depends_on, memory_mb=100) for id_, depends_on in needs.items()]
    scheduler = Scheduler(jobs, slots=JOBS, memory_mb=1000)
    assert Dispatcher(scheduler, InlineEngine()).run(NoOps())


def sorted_only(needs: dict[str, frozenset[str]]) -> None:
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    while sorter.is_active():
        for id_ in sorter.get_ready():
            str(id_)
            sorter.done(id_)


def through_workers(needs: dict[str, frozenset[str]], folder: Path) -> None:
    raw = folder / "raw.fits"
    write_fits(raw, [Hdu({"INSTRUME": "BENCH", "MJD-OBS": 61000.0}, PIXELS)])
    blocks = tuple(
        ReductionBlock(
            id=id_,
            instrument="bench",
            action="ACTION",
            recipe="no_op",
            name=id_,
            inputs=(BlockInput("RAW", str(raw)),),
            calibrations=tuple(
                BlockInput("NOTHING", block=other, category="NOTHING") for other in depends_on
            ),
        )
        for id_, depends_on in needs.items()
    )
    host = Host.from_modules({"bench": Plugin()})
    with Workspace.open(folder / "out") as workspace:
        done = reduce_blocks(
            host, Organisation((), blocks), workspace, jobs=JOBS, memory_mb=1000, reports=False
        )
    assert done.all_done, next(r for r in done.results if r.code)


def pool_only(count: int) -> None:
    with ProcessPoolExecutor(JOBS) as pool:
        for future in [pool.submit(str, number) for number in range(count)]:
            future.result()


def engine_only(count: int) -> None:
    engine = LocalEngine(JOBS)
    for future in [engine.submit(str, number, time_limit_s=60.0) for number in range(count)]:
        future.result()
    engine.close()


def deaths(count: int) -> None:
    engine = LocalEngine(1)
    for _ in range(count):
        assert isinstance(engine.submit(os._exit, 1, time_limit_s=60.0).exception(), WorkerDied)
    engine.close()


def interpreters(count: int) -> None:
    for _ in range(count):
        subprocess.run([sys.executable, "-c", "pass"], check=True)


def timed(needs: dict[str, frozenset[str]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        through_workers(needs, Path(folder))
        return time.perf_counter() - begin


def verdict(what: str, seconds: float, count: int, limit_ms: float) -> str:
    cost_ms = 1000 * seconds / count
    state = "met" if cost_ms <= limit_ms else "MISSED"
    return f"goal: ≤ {limit_ms:g} ms a block {what}: {cost_ms:.3f} ms, {state}"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--blocks", type=int, default=10_000)
    arguments.add_argument("--worker-blocks", type=int, default=1_000)
    options = arguments.parse_args()
    needs = levels(options.blocks)
    inline = best_of(3, lambda: in_process(needs))
    floor = best_of(3, lambda: sorted_only(needs))
    few = options.worker_blocks
    workers = timed(levels(few))
    pool = best_of(1, lambda: pool_only(few))
    fresh = best_of(1, lambda: interpreters(100))
    report(
        "Blocks that do nothing, in this process",
        "blocks",
        [
            Figure("scheduler and inline engine", inline, options.blocks),
            Figure("graphlib.TopologicalSorter", floor, options.blocks, note="order only"),
        ],
        as_json=options.json,
    )
    report(
        "Blocks that do nothing, through workers",
        "blocks",
        [
            Figure("dfs reduce, with product and book", workers, few),
            Figure("ProcessPoolExecutor", pool, few, note="calls only"),
            Figure("a fresh interpreter a block", fresh, 100, note="python -c pass"),
        ],
        as_json=options.json,
    )
    many = 10 * few
    death = best_of(1, lambda: deaths(20)) / 20
    report(
        "Calls that do nothing, with the start of the workers",
        "calls",
        [
            Figure("local engine", best_of(1, lambda: engine_only(many)), many),
            Figure("ProcessPoolExecutor", best_of(1, lambda: pool_only(many)), many),
        ],
        as_json=options.json,
    )
    if not options.json:
        print(f"a call that kills its worker, and the start of the next: {1000 * death:.0f} ms")
        print(verdict("in this process", inline, options.blocks, IN_PROCESS_LIMIT_MS))
        print(verdict("through a worker", workers, few, WORKER_LIMIT_MS))


if __name__ == "__main__":
    main()
