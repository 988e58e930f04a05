"""A master bias from raw frames to the product on disk: ours beside ccdproc's.

Ours is everything a recipe does: read, combine, measure QC1 parameters, write data,
error and quality with checksums, fsync. ccdproc's is the combination of the same
files and writing the result without checksums.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from common import Figure, Goal, best_of, bias_frames, in_child, parser, report

MEMORY_LIMIT_MB = 300
OURS = ["dfs.algorithms.combine", "dfs.algorithms.statistics", "dfs.foundation.fits.write"]


def ours(paths: list[Path], out: Path, method_name: str) -> None:
    from dfs.algorithms import combine, noise, statistics
    from dfs.algorithms.frames import open_image
    from dfs.foundation.fits.write import Hdu, write_fits

    frames = [open_image(path) for path in paths]
    read_noise_adu = noise.read_noise(frames[0].read(), frames[1].read())
    method = {"median": combine.Median(), "κ-σ": combine.KappaSigma()}[method_name]
    model = noise.NoiseModel(read_noise_adu)
    master = combine.combine(frames, method, variance=model.variance)
    level = statistics.clipped(master.data)
    qc = {
        "QC.RON": read_noise_adu,
        "QC.LEVEL": level.mean,
        "QC.MEDIAN": level.median,
        "QC.SIGMA": level.sigma,
        "QC.STRUCT.X": statistics.structure(master.data, axis=1).sigma,
        "QC.STRUCT.Y": statistics.structure(master.data, axis=0).sigma,
    }
    quality = np.zeros(master.data.shape, np.int32)
    planes = [Hdu(qc, master.data), Hdu({}, master.error, "ERROR"), Hdu({}, quality, "QUALITY")]
    write_fits(out, planes)


def ours_combination_only(paths: list[Path]) -> None:
    from dfs.algorithms import combine, noise
    from dfs.algorithms.frames import open_image

    frames = [open_image(path) for path in paths]
    combine.combine(frames, combine.Median(), variance=noise.NoiseModel(4.0).variance)


def sorting_only(cube: np.ndarray, sort: Callable[[np.ndarray], object]) -> None:
    """Sort a stack in strips of the size that the combination uses."""
    for strip in range(0, cube.shape[1], 1 << 16):
        sort(cube[:, strip : strip + (1 << 16)].copy())


def with_ccdproc(paths: list[Path], out: Path) -> None:
    import ccdproc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = [str(path) for path in paths]
        master = ccdproc.combine(names, method="median", unit="adu", dtype=np.float32)
        master.write(out)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--frames", type=int, default=10)
    arguments.add_argument("--rows", type=int, default=4096)
    arguments.add_argument("--columns", type=int, default=2048)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = bias_frames(folder, options.frames, (options.rows, options.columns))
        pixels = options.frames * options.rows * options.columns
        out = folder / "master.fits"

        def best(label: str, repeats: int, function: Callable[..., None], *args: object) -> Figure:
            imports = ["ccdproc"] if function is with_ccdproc else OURS
            runs = []
            for _ in range(repeats):
                out.unlink(missing_ok=True)
                runs.append(in_child(function, paths, *args, imports=imports))
            return Figure(label, min(r[0] for r in runs), pixels, max(r[1] for r in runs))

        figures = [
            best("ours, median, everything", 3, ours, out, "median"),
            best("ours, κ-σ, everything", 3, ours, out, "κ-σ"),
            best("ours, median, no QC, no writing", 3, ours_combination_only),
            best("ccdproc.combine median, written", 1, with_ccdproc, out),
        ]
        goals = [Goal("ccdproc.combine median, written", 5)]
        title = f"Master bias of {options.frames} × {options.rows}×{options.columns} uint16"
        report(title, "pixels", figures, goals, as_json=options.json)
        if not options.json:
            state = "met" if (figures[0].peak_mb or 0) <= MEMORY_LIMIT_MB else "MISSED"
            print(f"goal: peak memory ≤ {MEMORY_LIMIT_MB} MB: {state}")
            report_sorting(options.frames)


def report_sorting(frames: int) -> None:
    from dfs.algorithms.sorting import sorted_stack

    cube = np.random.default_rng(2).integers(0, 65535, (frames, 1 << 20)).astype(np.uint16)
    ranks = frozenset({(frames - 1) // 2, frames // 2})
    sorts: dict[str, Callable[[np.ndarray], object]] = {
        "network, median only": lambda strip: sorted_stack(strip, ranks),
        "network, all ranks": sorted_stack,
        "np.sort(axis=0)": lambda strip: np.sort(strip, axis=0),
        "np.partition(axis=0)": lambda strip: np.partition(strip, frames // 2, axis=0),
    }
    figures = [
        Figure(name, best_of(5, lambda sort=sort: sorting_only(cube, sort)), cube.size)
        for name, sort in sorts.items()
    ]
    report(f"Sorting stacks of {frames} uint16", "pixels", figures, as_json=False)


if __name__ == "__main__":
    main()
