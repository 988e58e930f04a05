"""What the benchmarks share: timing, peak memory in a process of its own, ratios, files to read.

Figures are ratios to peers in one run on one machine, so that they mean something elsewhere.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One line of a result: how long a number of items took."""

    name: str
    seconds: float
    items: int
    peak_mb: float | None = None
    note: str = ""

    @property
    def rate(self) -> float:
        return self.items / self.seconds


@dataclass(frozen=True)
class Goal:
    """Ours must reach this many times the rate of a peer."""

    peer: str
    ratio: float


def best_of(repeats: int, function: Callable[[], Any]) -> float:
    """Give the shortest wall-clock time, s: the one least disturbed by others."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


def read_once(paths: Sequence[Path]) -> None:
    """Read all bytes of files and add them up: the floor of whatever looks at each pixel."""
    for path in paths:
        np.add.reduce(np.fromfile(path, np.uint8), dtype=np.uint64)


def in_child(
    function: Callable[..., Any], *arguments: Any, imports: Sequence[str]
) -> tuple[float, float]:
    """Run a module's function in a fresh process; give wall-clock s and peak memory MB.

    The time is that of the call, without starting the process and importing the
    modules named; the memory is that of the whole process.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(theirs, function, arguments, imports))
    process.start()
    theirs.close()
    try:
        seconds, peak_mb = ours.recv()
    except EOFError:
        raise SystemExit(f"{function.__name__} died") from None
    finally:
        process.join()
    return seconds, peak_mb


def _measure(
    pipe: Any,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    imports: Sequence[str],
) -> None:
    for module in imports:
        importlib.import_module(module)
    begin = time.perf_counter()
    function(*arguments)
    pipe.send((time.perf_counter() - begin, peak_memory_mb()))


def peak_memory_mb() -> float:
    """Give the largest resident set of this process so far, MB (10⁶ bytes)."""
    # ru_maxrss of a child also counts what its parent held at the fork; VmHWM does not.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def parser(description: str | None) -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return arguments


def report(
    title: str, unit: str, figures: Sequence[Figure], goals: Sequence[Goal] = (), *, as_json: bool
) -> None:
    """Print figures, the first of which is ours, and whether the goals are met."""
    ours = figures[0]
    ratios = {f.name: ours.rate / f.rate for f in figures[1:]}
    met = {g.peer: ratios[g.peer] >= g.ratio for g in goals if g.peer in ratios}
    if as_json:
        document = {
            "title": title,
            "unit": unit,
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "figures": [{**asdict(f), "rate": f.rate} for f in figures],
            "ratios": ratios,
            "goals": [{**asdict(g), "met": met.get(g.peer)} for g in goals],
        }
        print(json.dumps(document, indent=2))
        return
    print(f"\n{title}")
    print(f"{'':34}{'s':>9}{unit + '/s':>14}{'peak MB':>9}{'ours is':>9}")
    for figure in figures:
        peak = f"{figure.peak_mb:.0f}" if figure.peak_mb is not None else ""
        ratio = f"{ratios[figure.name]:.1f} ×" if figure.name in ratios else ""
        print(
            f"{figure.name:34}{figure.seconds:9.3f}{figure.rate:14,.0f}{peak:>9}{ratio:>9}"
            f"  {figure.note}".rstrip()
        )
    for goal in goals:
        state = {True: "met", False: "MISSED", None: "peer not installed"}[met.get(goal.peer)]
        print(f"goal: ≥ {goal.ratio:g} × {goal.peer}: {state}")


WANTED = (
    "INSTRUME",
    "MJD-OBS",
    "DATE-OBS",
    "EXPTIME",
    "OBJECT",
    "ARCFILE",
    "RA",
    "DEC",
    "DPR.CATG",
    "DPR.TYPE",
    "DPR.TECH",
    "TPL.ID",
    "TPL.START",
    "TPL.NEXP",
    "TPL.EXPNO",
    "OBS.ID",
    "OBS.NAME",
    "OBS.PROG.ID",
    "DET.CHIPS",
    "DET.WIN1.BINX",
    "DET.WIN1.BINY",
    "DET.READ.SPEED",
    "INS.MODE",
    "INS.PATH",
    "INS.GRAT1.WLEN",
    "INS.SLIT1.NAME",
    "INS.FILT1.NAME",
)
"""27 keywords that rules of a spectrograph ask for."""


def header_of(number: int, cards: int) -> dict[str, Any]:
    """Make up a header like a real one: what is wanted lies scattered among the rest."""
    header: dict[str, Any] = {}
    for index, keyword in enumerate(WANTED):
        numeric = keyword.endswith(("NEXP", "EXPNO", "ID", "BINX", "BINY", "CHIPS"))
        header[keyword] = (number if numeric else f"{keyword} {number % 7}", "one of the wanted")
        for filler in range((cards - len(WANTED)) // len(WANTED) + 1):
            if len(header) < cards - (len(WANTED) - 1 - index):
                name = f"{('INS', 'DET', 'TEL')[filler % 3]}.SENSOR{index}.VALUE{filler}"
                header[name] = (filler * 1.5, "a value that nobody asks for")
    header["MJD-OBS"] = (55871.0 + number / 1000, "start of the exposure")
    header["EXPTIME"] = (0.0, "s")
    return header


def bias_frames(folder: Path, count: int, shape: tuple[int, int]) -> list[Path]:
    """Write raw bias frames with noise, uint16."""
    from dfs.foundation.fits.write import Hdu, write_fits

    generator = np.random.default_rng(1)
    paths = []
    for number in range(count):
        noise = generator.standard_normal(shape, dtype=np.float32)
        pixels = np.rint(noise * 4 + 200).astype(np.uint16)
        path = folder / f"bias_{number}.fits"
        write_fits(path, [Hdu(header_of(number, 100), pixels)], fsync=False)
        paths.append(path)
    return paths
