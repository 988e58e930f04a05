"""Headers organised into blocks, by number; and a second scan beside a bare walk of the folder."""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import WANTED, Figure, Goal, best_of, header_of, parser, report

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.host import Host
from dfs.organiser.index import open_index
from dfs.organiser.model import ScannedFile
from dfs.organiser.scan import Wanted, scan
from dfs.organiser.service import organise_scanned

CARDS = 322
STRUCTURAL_CARDS = 4  # SIMPLE, BITPIX, NAXIS, END
FRAMES_A_TEMPLATE = 5
FRAMES_A_FOLDER = 1000
GOAL_SECONDS = 2.0

DEMONSTRATION = Path(__file__).parent.parent / "dfs-core" / "tests" / "plugins" / "dfs-demo" / "src"


def demonstration() -> Host:
    sys.path.insert(0, str(DEMONSTRATION))
    import dfs_demo.plugin

    return Host.from_modules({"demo": dfs_demo.plugin})


def night(number: int) -> Iterator[dict[str, Any]]:
    """Calibrations of a day at two read speeds: bias, dark and flats in three filters."""
    minute = 0
    for speed in ("100kHz", "400kHz"):
        for kind, filters, count in (("BIAS", 1, 5), ("DARK", 1, 5), ("FLAT,LAMP", 3, 5)):
            for setting in range(filters):
                for _ in range(count):
                    minute += 1
                    time_mjd = 61000.6 + number + minute / 1440
                    yield {
                        "INSTRUME": "DEMO",
                        "DPR.CATG": "CALIB",
                        "DPR.TYPE": kind,
                        "DPR.TECH": "IMAGE",
                        "MJD-OBS": time_mjd,
                        "ARCFILE": f"DEMO.{time_mjd:.6f}.fits",
                        "DET.READ.SPEED": speed,
                        "DET.WIN1.NY": 4096,
                        "EXPTIME": 0.0 if kind == "BIAS" else 60.0,
                        "INS.FILT1.NAME": f"F{setting}",
                    }


def frames(count: int) -> list[ScannedFile]:
    made: list[ScannedFile] = []
    number = 0
    while len(made) < count:
        made += (ScannedFile(f"/raw/{h['ARCFILE']}", h) for h in night(number))
        number += 1
    return made[:count]


def organising(host: Host, sizes: list[int]) -> tuple[list[Figure], list[str]]:
    figures, verdicts = [], []
    for size in sizes:
        files = frames(size)
        organised = organise_scanned(host, files)
        assert not organised.problems
        blocks = len(organised.blocks)
        seconds = best_of(3, lambda files=files: organise_scanned(host, files))
        figures.append(Figure(f"{size:,} frames", seconds, size, note=f"{blocks:,} blocks"))
    first, last = figures[0], figures[-1]
    met = "met" if first.seconds <= GOAL_SECONDS else "MISSED"
    verdicts.append(f"goal: {first.items:,} frames in ≤ {GOAL_SECONDS:g} s: {met}")
    growth = last.seconds / first.seconds
    allowed = last.items * math.log(last.items) / (first.items * math.log(first.items))
    met = "met" if growth <= allowed else "MISSED"
    verdicts.append(f"goal: grows no faster than n·log n: {growth:.1f} ≤ {allowed:.1f}: {met}")
    return figures, verdicts


def make(folder: Path, count: int) -> None:
    """Frames of one template share all but a few keywords, as those of a real night do."""
    for number in range(count):
        header = header_of(number // FRAMES_A_TEMPLATE, CARDS - STRUCTURAL_CARDS)
        header["MJD-OBS"] = (55871.0 + number / 1000, "start of the exposure")
        header["ARCFILE"] = (f"DEMO.{number:06}.fits", "name in the archive")
        header["TPL.EXPNO"] = (number % FRAMES_A_TEMPLATE + 1, "exposure of the template")
        inside = folder / f"night_{number // FRAMES_A_FOLDER:03}"
        inside.mkdir(exist_ok=True)
        path = inside / f"DEMO.{number:06}.fits"
        write_fits(path, [Hdu(header)], checksum=False, fsync=False)


def walk(folder: str) -> int:
    """What any look at the files costs: each folder listed, each file's status read."""
    count = 0
    for entry in os.scandir(folder):
        if entry.is_dir():
            count += walk(entry.path)
        else:
            entry.stat()
            count += 1
    return count


def scanning(count: int) -> list[Figure]:
    wanted = Wanted(frozenset(WANTED))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "raw"
        folder.mkdir()
        make(folder, count)
        index = open_index(Path(name) / "index.sqlite")
        first = best_of(1, lambda: scan([folder], wanted, index))
        second = best_of(7, lambda: scan([folder], wanted, index))
        files, problems = scan([folder], wanted, index)
        assert len(files) == count and not problems and files[0].header.keys() == wanted.keywords
        bare = best_of(7, lambda: walk(str(folder)))
    return [
        Figure("second scan, from the index", second, count),
        Figure("first scan, index written", first, count),
        Figure("bare os.scandir and stat", bare, count),
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--frames", type=int, nargs="+", default=[10_000, 100_000])
    options = arguments.parse_args()
    figures, verdicts = organising(demonstration(), options.frames)
    report("Headers in memory organised into blocks", "frames", figures, as_json=options.json)
    if not options.json:
        print("\n".join(verdicts))
    goals = [Goal("first scan, index written", 10), Goal("bare os.scandir and stat", 1 / 3)]
    title = f"{options.files} files of {CARDS} cards, {len(WANTED)} keywords, warm cache"
    report(title, "files", scanning(options.files), goals, as_json=options.json)


if __name__ == "__main__":
    main()
