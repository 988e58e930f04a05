"""An instrument made on the spot, and one product of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.host import Host
from dfs.plugin import (
    Detector,
    Instrument,
    Limits,
    Measurement,
    QualityParameter,
    Recipe,
    RecipeInput,
    RecipeProduct,
    TrendLimits,
    hookimpl,
)

LEVEL = QualityParameter(
    name="QC.BIAS.LEVEL",
    unit="ADU",
    help="Level of the master bias.",
    recipes=("demo_bias",),
    reference=200.0,
    warning=Limits(low=195.0, high=205.0),
    limits=Limits(low=180.0, high=220.0),
)
STRUCT = QualityParameter(
    name="QC.BIAS.STRUCT", unit="ADU", help="Structure of the master bias.", recipes=("demo_bias",)
)

NOISE = QualityParameter(
    name="QC.BIAS.RON",
    unit="e-",
    help="Read noise.",
    recipes=("demo_bias",),
    limits=Limits(low=0.0, high=10.0),
    trend=TrendLimits(length=10, minimum=4, floor=0.01),
)


@pytest.fixture
def make_host() -> Callable[..., Host]:
    """Make a host with one instrument; its scoring is a function, if any."""

    def make(score: Callable[..., Any] | None = None) -> Host:
        module = ModuleType("quality_demo")
        recipe = Recipe(
            name="demo_bias",
            title="Master bias",
            function="quality_demo:run",
            inputs=(RecipeInput(tag="BIAS"),),
            products=(RecipeProduct(category="MASTER_BIAS"),),
        )
        flat = recipe.model_copy(update={"name": "demo_flat"})
        ccd = Detector(
            id="CCD",
            title="CCD",
            size_x_px=64,
            size_y_px=64,
            pixel_size_um=15.0,
            gain_e_per_adu=1.0,
            read_noise_e=3.0,
        )

        @hookimpl
        def dfs_instrument() -> Instrument:
            return Instrument(title="Demonstration camera", instrume=("DEMO",), detectors=(ccd,))

        @hookimpl
        def dfs_recipes() -> Sequence[Recipe]:
            return (recipe, flat)

        @hookimpl
        def dfs_quality_parameters() -> Sequence[QualityParameter]:
            return (LEVEL, STRUCT, NOISE)

        hooks: dict[str, Any] = {
            "DFS_API": "0.1",
            "run": lambda context: None,
            "dfs_instrument": dfs_instrument,
            "dfs_recipes": dfs_recipes,
            "dfs_quality_parameters": dfs_quality_parameters,
        }
        if score is not None:

            @hookimpl
            def dfs_score_quality(
                measurements: Sequence[Measurement], history: Sequence[Measurement]
            ) -> Any:
                return score(measurements, history)

            hooks["dfs_score_quality"] = dfs_score_quality
        for name, value in hooks.items():
            setattr(module, name, value)
        host = Host.from_modules({"demo": module})
        assert "demo" in host.instruments, host.plugins[0].reason
        return host

    return make


def measured(name: str, value: float, time_mjd: float | None = None) -> Measurement:
    return Measurement(
        name=name,
        value=value,
        category="MASTER_BIAS",
        product="block.MASTER_BIAS",
        time_mjd=time_mjd,
    )


@pytest.fixture
def level() -> Callable[..., Measurement]:
    """Measure the bias level."""
    return lambda value, time_mjd=None: measured("QC.BIAS.LEVEL", value, time_mjd)


@pytest.fixture
def struct() -> Callable[..., Measurement]:
    """Measure the bias structure, which has no limits."""
    return lambda value, time_mjd=None: measured("QC.BIAS.STRUCT", value, time_mjd)


@pytest.fixture
def noise() -> Callable[..., Measurement]:
    """Measure the read noise, which is judged by its trend too."""
    return lambda value, time_mjd=None: measured("QC.BIAS.RON", value, time_mjd)


@pytest.fixture
def level_parameter() -> QualityParameter:
    return LEVEL


@pytest.fixture
def master_bias(tmp_path: Path) -> Path:
    """Write a product of 60 × 80 pixels with error and quality planes and some faults."""
    generator = np.random.default_rng(1)
    data = generator.normal(200.0, 1.0, (60, 80)).astype(np.float32)
    data[10:12, 20:30] = np.nan
    data[40, 40] = 5000.0
    quality = np.zeros((60, 80), np.int32)
    quality[10:12, 20:30] = 1 << 30
    path = tmp_path / "night_master_bias.fits"
    write_fits(
        path,
        [
            Hdu({}, data, ""),
            Hdu({}, np.full((60, 80), 0.5, np.float32), "ERROR"),
            Hdu({}, quality, "QUALITY"),
        ],
    )
    return path
