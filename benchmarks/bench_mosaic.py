"""Darks of a mosaic of sixteen detectors, combined detector by detector: ours beside CASU's.

Ten frames of 16 × 2048², 134 MB each, are read, combined by the median, searched for hot
pixels and written, with errors, flags and checksums, through the context of a recipe. Only
one detector is ever in memory. The peer is the dark recipe of the HAWK-I pipeline, of the
family that reduces such mosaics, on ten frames of 4 × 2048²: rates are by the pixel.
"""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from common import Figure, best_of, in_child, parser, read_once, report
from peers import CplPeer, fastest

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import DetectorImage, Header, Recipe, RecipeContext, RecipeInput, RecipeProduct

FRAMES, SIDE_PX = 10, 2048
MEMORY_LIMIT_MB = 500
READ_NOISE_ADU = 6.0
OURS = ["dfs.algorithms.combine", "dfs.algorithms.badpixels", "dfs.reduction.context"]
RECIPE = Recipe(
    name="mosaic_dark",
    title="Combine the darks of each detector",
    function="bench_mosaic:dark",
    inputs=(RecipeInput(tag="DARK"),),
    products=(RecipeProduct(category="MASTER_DARK"),),
)


def names(detectors: int) -> list[str]:
    return [f"CHIP{number}.INT1" for number in range(1, detectors + 1)]


def frames(folder: Path, detectors: int) -> list[Path]:
    """Write darks with the keywords that the peer's recipe reads; noise is drawn once."""
    noise = np.random.default_rng(1).normal(20.0, READ_NOISE_ADU, (2 * SIDE_PX, SIDE_PX))
    noise = np.clip(np.rint(noise), 0, 65535).astype(np.uint16)
    paths = []
    for number in range(FRAMES):
        units = [Hdu(primary_keywords(number, detectors))]
        for place, name in enumerate(names(detectors)):
            first = (97 * number + 211 * place) % SIDE_PX
            pixels = noise[first : first + SIDE_PX]
            units.append(Hdu(detector_keywords(place + 1), pixels, name))
        paths.append(folder / f"dark_{detectors}_{number}.fits")
        write_fits(paths[-1], units, fsync=False)
    return paths


def primary_keywords(number: int, detectors: int) -> Header:
    start = dt.datetime(2026, 11, 22, 8, number, tzinfo=dt.UTC)
    began = f"{start:%Y-%m-%dT%H:%M:%S}.000"
    days = (start - dt.datetime(1858, 11, 17, tzinfo=dt.UTC)) / dt.timedelta(days=1)
    return {
        "ORIGIN": "ESO-PARANAL", "TELESCOP": "ESO-VLT-U4", "INSTRUME": "HAWKI", "OBJECT": "DARK",
        "RA": 83.82, "DEC": -5.39, "EQUINOX": 2000.0, "EXPTIME": 10.0, "MJD-OBS": days,
        "DATE-OBS": began, "UTC": 28800.0 + 60 * number, "LST": 3600.0,
        "ARCFILE": f"HAWKI.{began}.fits",
        "OBS.ID": 200000001, "OBS.NAME": "Dark", "OBS.PROG.ID": "60.A-9999(A)",
        "OBS.START": began, "OBS.TARG.NAME": "Dark",
        "TPL.ID": "HAWKI_img_cal_Darks", "TPL.NAME": "Darks", "TPL.START": began,
        "TPL.NEXP": FRAMES, "TPL.EXPNO": number + 1,
        "DPR.CATG": "CALIB", "DPR.TYPE": "DARK", "DPR.TECH": "IMAGE",
        "TEL.AIRM.START": 1.0, "TEL.AIRM.END": 1.0,
        "INS.FILT1.NAME": "OPEN", "INS.FILT2.NAME": "Ks",
        "DET.DIT": 10.0, "DET.NDIT": 1, "DET.CHIPS": detectors,
        "DET.NCORRS.NAME": "Double", "DET.READ.CURNAME": "Double",
    }  # fmt: skip


def detector_keywords(number: int) -> Header:
    return {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 83.8, "CRVAL2": -5.4,
        "CRPIX1": 2163.0 if number in (1, 4) else -37.0,
        "CRPIX2": 2164.0 if number < 3 else -42.0,
        "CD1_1": -2.96e-5, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 2.96e-5,
        "DET.CHIP.NO": number, "DET.CHIP.LIVE": True, "DET.CHIP.ID": f"Hawaii2RG-{number}",
        "DET.CHIP.NX": SIDE_PX, "DET.CHIP.NY": SIDE_PX,
    }  # fmt: skip


def dark(context: RecipeContext, detectors: int) -> None:
    """Combine the darks of each detector; what a recipe of such an instrument is."""
    context.write_detectors("MASTER_DARK", masters(context, detectors), header={"BUNIT": "ADU"})


def masters(context: RecipeContext, detectors: int) -> Iterator[DetectorImage]:
    from dfs.algorithms.badpixels import deviating_pixels
    from dfs.algorithms.combine import Median, combine
    from dfs.algorithms.frames import open_image
    from dfs.algorithms.image import QualityFlag, flags
    from dfs.algorithms.noise import NoiseModel

    model = NoiseModel(READ_NOISE_ADU)
    for name in names(detectors):
        raw = [open_image(frame.path, name) for frame in context.frames("DARK")]
        stack = combine(raw, Median(), variance=model.variance)
        _, hot = deviating_pixels(stack.data, kappa=10.0)
        yield DetectorImage(name, stack.data, stack.error, flags(hot, QualityFlag.HOT))
        del stack, hot  # before the next detector's


def ours(paths: list[Path], folder: Path, detectors: int) -> None:
    """Run the recipe in the context in which it runs in a worker."""
    from dfs.foundation.clock import system_clock
    from dfs.reduction.context import NativeContext
    from dfs.reduction.model import RecipeTask, TaskFrame

    task = RecipeTask(
        id="mosaic",
        stem="mosaic",
        recipe=RECIPE,
        frames=tuple(TaskFrame(str(path), "DARK", is_raw=True) for path in paths),
        parameters={},
        quality_parameters={},
        pipeline="benchmark/1",
        system="dfs",
        dictionary="BENCHMARK",
    )
    dark(NativeContext(task, folder, logging.getLogger("mosaic"), system_clock), detectors)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--detectors", type=int, default=16)
    arguments.add_argument("--repeats", type=int, default=3)
    options = arguments.parse_args()
    count = options.detectors
    peer = CplPeer.find("hawki", "hawki_dark_combine")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = [(path, "DARK") for path in frames(folder, 4)]
        many = frames(folder, count)
        mine, theirs = [], []
        for _ in range(options.repeats):  # alternately, so that both see the same machine
            mine.append(in_child(ours, many, folder, count, imports=OURS))
            if isinstance(peer, CplPeer):
                theirs.append(peer.run(few, folder / "theirs"))
        pixels = FRAMES * SIDE_PX**2
        figures = [fastest(f"ours, {count} detectors", mine, pixels * count)]
        if theirs:
            figures.append(fastest("CPL hawki_dark_combine, 4", theirs, pixels * 4))
        floor_s = best_of(2, lambda: read_once(many))
        figures.append(Figure("reading the raw bytes once", floor_s, pixels * count))
        title = f"Dark of {FRAMES} frames of {count} × {SIDE_PX}²"
        report(title, "pixels", figures, as_json=options.json)
    if options.json:
        return
    if isinstance(peer, str):
        print(f"not measured: {peer}")
    else:
        scaled_s = figures[1].seconds * count / 4
        print(f"the peer's time for as many pixels would be {scaled_s:.0f} s")
    peak = figures[0].peak_mb or 0.0
    is_met = "met" if peak <= MEMORY_LIMIT_MB else "MISSED"
    print(f"goal: peak memory ≤ {MEMORY_LIMIT_MB} MB: {peak:.0f} MB, {is_met}")


if __name__ == "__main__":
    main()
