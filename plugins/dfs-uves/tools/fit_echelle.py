"""Describe the echelle formats of the simulated settings by two polynomials a chip.

Usage: fit_echelle.py (needs esorex and the instrument's CPL pipeline; writes
src/dfs_uves/data/echelle.json)

The pipeline's physical model says where the lines of the catalogue fall. The recipe moves
its prediction towards the lines that it finds on the frame, so it is run on frames of
noise, in which it finds none, and the mean of several is taken. What is kept are facts: of
each line where it falls, in polynomials of the position along the dispersion and the order.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.polynomial.polynomial import polyval2d, polyvander2d

from dfs.foundation.fits.write import write_fits
from dfs.plugin import RawImage
from dfs_uves.headers import (
    EXTENSIONS,
    OVERSCAN_PX,
    PRESCAN_PX,
    Exposure,
    frame_keywords,
    output_keywords,
)

DATA = Path(__file__).parent.parent / "src" / "dfs_uves" / "data"
SETTINGS = {"BLUE": (390.0, {"BLUE": 3000}), "RED": (580.0, {"REDU": 4096, "REDL": 4096})}
"""By arm: central wavelength in nanometre, chips in the order of their units with their rows."""
COLUMNS = 2048
REALISATIONS = 12
DEGREES = {"wavelength": (4, 3), "position": (3, 4)}
"""Along the dispersion and in the order number."""
START = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)


def noise_frame(arm: str, seed: int) -> list[RawImage]:
    """Make the units of a format check in which no line is to be seen."""
    wavelength_nm, chips = SETTINGS[arm]
    rng = np.random.default_rng(seed)
    exposure = Exposure("FMTCHK", arm, START, START, 1, 1, 60.0, wavelength_nm)
    units = []
    for index, (chip, rows) in enumerate(chips.items(), start=1):
        pixels = rng.normal(160.0, 4.0, (rows, COLUMNS + PRESCAN_PX + OVERSCAN_PX))
        keywords = output_keywords(chip, index, rows, conad_e_per_adu=1.6, ron_e=6.0)
        units.append(RawImage(keywords, pixels.astype(np.uint16), EXTENSIONS.get(chip, "")))
    primary = frame_keywords(exposure, max(chips.values()))
    if arm == "BLUE":
        return [RawImage({**primary, **units[0].header}, units[0].data)]
    return [RawImage(primary), *units]


def predicted(arm: str, seed: int, work: Path) -> dict[str, np.ndarray]:
    """Run the physical model once: rows order, wavelength, x, y of each chip's lines."""
    raw = work / "raw.fits"
    write_fits(raw, noise_frame(arm, seed), fsync=False)
    table = DATA / "line_refer_table.fits"
    sof = work / "predict.sof"
    sof.write_text(f"{raw} ARC_LAMP_FORM_{arm}\n{table} LINE_REFER_TABLE\n")
    command = [shutil.which("esorex") or "esorex", "uves_cal_predict", sof.name]
    subprocess.run(command, cwd=work, check=True, stdout=subprocess.DEVNULL)
    found = {}
    for chip in SETTINGS[arm][1]:
        lines = fits.getdata(work / f"lineguesstable_{chip.lower()}.fits")
        columns = [np.asarray(lines[c], float) for c in ("Order", "Ident", "X", "YNEW")]
        found[chip] = np.array(columns)
    return found


def describe(lines: np.ndarray, nx: int, ny: int) -> dict[str, object]:
    """Fit one chip's polynomials to its lines: rows order, wavelength, x, y."""
    order, wavelength, x, y = lines
    first, last = int(order.min()), int(order.max())
    along = (x - (nx + 1) / 2) / (nx / 2)
    across = (order - (first + last) / 2) / ((last - first) / 2)
    made: dict[str, object] = {"nx": nx, "ny": ny, "orders": [first, last]}
    for name, values in (("wavelength", order * wavelength), ("position", y)):
        degrees = DEGREES[name]
        terms = polyvander2d(along, across, degrees)
        coefficients, *_ = np.linalg.lstsq(terms, values, rcond=None)
        shaped = coefficients.reshape(degrees[0] + 1, degrees[1] + 1)
        rms = np.std(polyval2d(along, across, shaped) - values)
        sys.stdout.write(f"orders {first} to {last}, {name}: {rms:.4g} rms\n")
        made[name] = [[float(f"{c:.9g}") for c in row] for row in shaped]
    return made


def main() -> None:
    """Fit every chip and write the description."""
    chips: dict[str, object] = {}
    for arm, (_, its_chips) in SETTINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            runs = [predicted(arm, seed, Path(folder)) for seed in range(REALISATIONS)]
        for chip, rows in its_chips.items():
            lines = np.mean([run[chip] for run in runs], axis=0)
            chips[chip] = describe(lines, rows, COLUMNS)
    source = (
        "Fitted to line positions that uves_cal_predict (CPL pipeline uves 6.1.8) computes "
        "from its physical model; see tools/fit_echelle.py. wavelength: order times air "
        "wavelength in angstrom; position: pixel across the dispersion; both polynomials of "
        "x/(nx/2) about the centre (rows) and of the order scaled to -1 ... 1 (columns), "
        "pixels counted from 1 in the orientation of the pipeline's products."
    )
    text = json.dumps({"source": source, "chips": chips}, indent=1)
    (DATA / "echelle.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
