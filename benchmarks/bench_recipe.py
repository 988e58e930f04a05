"""The master bias recipe of an instrument plugin, run as a user does, beside ccdproc.

``dfs recipe run`` on ten raw frames of one 4096×2048 chip: reading, combining, QC1
parameters, product with data, error, quality and checksums, log and SHA-256. Beside it
ccdproc combines the same pixels and writes the result without checksums.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_combine import MEMORY_LIMIT_MB, with_ccdproc
from common import Figure, Goal, in_child, parser, report

ROWS, COLUMNS, FRAMES = 4096, 2048, 10


def raw_frames(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write bias frames of the red arm, and for ccdproc one chip's pixels by themselves."""
    from dfs.foundation.fits.write import Hdu, write_fits
    from dfs.plugin import SimulationRequest
    from dfs_uves.simulate import calibration_day

    raw, plain = [], []
    for seed in (1, 2):
        request = SimulationRequest(night=dt.date(2026, 11, 20 + seed), seed=seed)
        for frame in calibration_day(request):
            header = frame.units[0].header
            if (header["DPR.TYPE"], header["INS.PATH"]) != ("BIAS", "RED"):
                continue
            raw.append(folder / frame.filename)
            write_fits(raw[-1], frame.units, fsync=False)
            plain.append(folder / f"plain_{len(raw)}.fits")
            chip = frame.units[1].data
            write_fits(plain[-1], [Hdu({}, chip[:, 50:-50])], fsync=False)
            if len(raw) == FRAMES:
                return raw, plain
    raise SystemExit("the simulator made too few bias frames")


def ours(raw: list[Path], folder: Path) -> tuple[float, float]:
    sof = folder / "bias.sof"
    sof.write_text("".join(f"{path} BIAS_RED\n" for path in raw))
    command = [
        sys.executable, "-m", "dfs", "recipe", "run", "uves.uves_cal_mbias", str(sof),
        "--param", "process_chip=redl", "--out", str(folder / "out"), "--json",
    ]  # fmt: skip
    answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer["seconds"], answer["peak_memory_mb"]


def main() -> None:
    options = parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw, plain = raw_frames(folder)
        pixels = FRAMES * ROWS * COLUMNS
        runs = [ours(raw, folder) for _ in range(3)]
        seconds, peak = min(r[0] for r in runs), max(r[1] for r in runs)
        theirs = in_child(with_ccdproc, plain, folder / "theirs.fits", imports=["ccdproc"])
        figures = [
            Figure("uves_cal_mbias, one chip", seconds, pixels, peak, "process start excluded"),
            Figure("ccdproc.combine median, written", theirs[0], pixels, theirs[1]),
        ]
        goals = [Goal("ccdproc.combine median, written", 5)]
        title = f"Master bias recipe, {FRAMES} × {ROWS}×{COLUMNS} uint16"
        report(title, "pixels", figures, goals, as_json=options.json)
        if not options.json:
            state = "met" if peak <= MEMORY_LIMIT_MB else "MISSED"
            print(f"goal: peak memory ≤ {MEMORY_LIMIT_MB} MB: {state}")


if __name__ == "__main__":
    main()
