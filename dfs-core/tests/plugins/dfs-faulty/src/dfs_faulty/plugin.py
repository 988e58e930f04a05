"""A frame, an action and a recipe for each fault; CHILD needs the product of SEGFAULT."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from dfs.plugin import (
    Detector,
    HeaderCards,
    Instrument,
    QualityParameter,
    RawFrame,
    RawImage,
    Recipe,
    RecipeInput,
    RecipeProduct,
    Resource,
    Rules,
    SimulationRequest,
    hookimpl,
)

DFS_API = "0.1"
FAULTS = (
    "segfault",
    "exits",
    "system_exit",
    "hang",
    "memory",
    "misconfigured",
    "unprocessable",
    "retryable",
    "flaky",
    "bug",
    "late",
    "nothing",
    "category",
    "metric",
    "planes",
)
KINDS = ("good", *FAULTS, "child")
TIME_LIMIT_S = 2.0
MEMORY_MB = 512


@hookimpl
def dfs_instrument() -> Instrument:
    ccd = Detector(
        id="CCD",
        title="A small CCD",
        size_x_px=16,
        size_y_px=16,
        pixel_size_um=15.0,
        gain_e_per_adu=1.0,
        read_noise_e=1.0,
    )
    return Instrument(title="Faulty camera", instrume=("FAULTY",), detectors=(ccd,))


@hookimpl
def dfs_rules() -> Rules:
    return Rules(files=(Resource(package="dfs_faulty", path="rules/faulty.oca"),))


@hookimpl
def dfs_recipes() -> Sequence[Recipe]:
    segfault = RecipeInput(tag="MASTER_SEGFAULT")
    return [
        Recipe(
            name=f"faulty_{kind}",
            title=f"Recipe with the fault {kind}",
            function=f"dfs_faulty.recipes:{kind}",
            inputs=(RecipeInput(tag=kind.upper()), *((segfault,) if kind == "child" else ())),
            products=(RecipeProduct(category=f"MASTER_{kind.upper()}"),),
            memory_mb=MEMORY_MB,
            time_limit_s=TIME_LIMIT_S if kind == "hang" else 30.0,
        )
        for kind in KINDS
    ]


@hookimpl
def dfs_quality_parameters() -> Sequence[QualityParameter]:
    help_ = "Number of frames."
    return [QualityParameter(name="QC.FAULTY.NUMBER", help=help_, recipes=("faulty_good",))]


@hookimpl
def dfs_simulate(request: SimulationRequest) -> Iterator[RawFrame]:
    import numpy as np

    noise = np.random.default_rng(request.seed)
    midnight = dt.datetime.combine(request.night, dt.time(), dt.UTC)
    for minute, kind in enumerate(KINDS):
        start = midnight + dt.timedelta(minutes=minute)
        since_epoch = start - dt.datetime(1858, 11, 17, tzinfo=dt.UTC)
        header: HeaderCards = {
            "INSTRUME": "FAULTY",
            "DATE-OBS": start.strftime("%Y-%m-%dT%H:%M:%S"),
            "MJD-OBS": since_epoch / dt.timedelta(days=1),
            "EXPTIME": 1.0,
            "ARCFILE": f"FAULTY.{kind}.fits",
            "DPR.CATG": "CALIB",
            "DPR.TYPE": kind.upper(),
            "DPR.TECH": "IMAGE",
        }
        data = noise.integers(100, 200, (16, 16)).astype(np.uint16)
        yield RawFrame(f"FAULTY.{kind}.fits", (RawImage(header, data),))
