"""A CPL installation without CPL: a program that speaks like esorex, and plugins for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.host import Host
from dfs.plugin import (
    CplRecipe,
    Detector,
    Instrument,
    Parameter,
    QualityParameter,
    Recipe,
    RecipeInput,
    RecipeProduct,
    hookimpl,
)
from dfs.reduction.runners import Preference, Runners

FAKE = Path(__file__).with_name("fake_esorex.py")

MANUAL = """
NAME
  demo_bias -- Combines frames without light

SYNOPSIS
  esorex [esorex-options] demo_bias [demo_bias-options] sof

DESCRIPTION
  Makes a master.

  Input files:

    DO category:  Type:   Explanation:    Required:
    BIAS          Raw     Raw frame           Y
    STATIC_TABLE  Calib   A table             .

  Output files:

    DO category:  Data type:  Explanation:
    MASTER_BIAS   FITS image  Mean frame

OPTIONS
  --level
"""

PARAMETERS: tuple[Mapping[str, Any], ...] = (
    {
        "name": "demo.bias.level",
        "display_name": "level",
        "valtype": "double",
        "partype": "range",
        "value": 100,
        "valmin": 0.0,
        "valmax": 1.7976931348623157e308,
        "description": "Level  to expect",
    },
    {
        "name": "demo.bias.fault",
        "display_name": "fault",
        "valtype": "string",
        "partype": "value",
        "value": "none",
        "description": "What goes wrong",
    },
    {
        "name": "demo.bias.keep-temp",
        "display_name": "keep-temp",
        "valtype": "bool",
        "partype": "value",
        "value": False,
        "description": "Keep what lies about",
    },
)

BIAS = Recipe(
    name="demo_bias",
    title="Master bias",
    cpl=CplRecipe(pipeline="demo", memory_mb=500, time_limit_s=30.0),
    inputs=(RecipeInput(tag="BIAS"),),
    products=(RecipeProduct(category="MASTER_BIAS"),),
    parameters=(Parameter(name="level", type="float", default=1.0, help="level of the bias"),),
)


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """Give a folder of pipelines: ``demo`` in two versions, with one recipe."""
    folder = tmp_path / "plugins"
    for version in ("1.9.0", "1.10.0"):
        pipeline = folder / f"demo-{version}"
        pipeline.mkdir(parents=True)
        told = {"parameters": PARAMETERS, "manual": MANUAL}
        (pipeline / "demo_bias.so").write_text(json.dumps(told))
    return folder


@pytest.fixture
def make_esorex(tmp_path: Path, plugins: Path) -> Callable[..., Path]:
    """Make an esorex that finds these pipelines by itself."""

    def make(version: str = "3.13.6", name: str = "esorex") -> Path:
        text = FAKE.read_text("utf-8").replace('VERSION = "3.13.6"', f"VERSION = {version!r}")
        text = text.replace('DEFAULT_FOLDERS = ""', f"DEFAULT_FOLDERS = {str(plugins)!r}")
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable} -IS\n{text}")
        program.chmod(0o755)
        return program

    return make


@pytest.fixture
def esorex(make_esorex: Callable[..., Path]) -> Path:
    return make_esorex()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is remembered out of the user's home."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ESOREX_PLUGIN_DIR", raising=False)
    return tmp_path / "cache" / "dfs" / "cpl"


@pytest.fixture
def runners(esorex: Path) -> Runners:
    return Runners(Preference.BEST, esorex=esorex)


@pytest.fixture
def bias_host() -> Callable[..., Host]:
    """Make a host of one instrument with one recipe, a CPL recipe unless said otherwise."""

    def host(recipe: Recipe = BIAS) -> Host:
        ccd = Detector(
            id="CCD",
            title="CCD",
            size_x_px=8,
            size_y_px=8,
            pixel_size_um=15,
            gain_e_per_adu=1,
            read_noise_e=1,
        )

        class Plugin:
            DFS_API = "0.3"

            @hookimpl
            def dfs_instrument(self) -> Instrument:
                setup = ("INS.MODE",)
                return Instrument(
                    title="Demo", instrume=("DEMO",), detectors=(ccd,), setup_keywords=setup
                )

            @hookimpl
            def dfs_recipes(self) -> list[Recipe]:
                return [recipe]

            @hookimpl
            def dfs_quality_parameters(self) -> list[QualityParameter]:
                return [
                    QualityParameter(name=name, help="a level", recipes=(recipe.name,))
                    for name in (
                        *("QC.BIAS.LEVEL", "QC.BIAS.NOTE", "QC.MASTER.LEVEL"),
                        *("QC.CHIP1.LEVEL", "QC.CHIP2.LEVEL"),
                    )
                ]

        return Host.from_modules({"demo": Plugin()})

    return host


@pytest.fixture
def sof(tmp_path: Path) -> Path:
    """Give a set of two raw frames, one in a folder with a space in its name."""
    lines = []
    for number, name in enumerate(("raw/a.fits", "raw frames/b c.fits")):
        path = tmp_path / name
        path.parent.mkdir()
        cards = {"INSTRUME": "DEMO", "INS.MODE": "BIN", "MJD-OBS": 61000.0 + number}
        write_fits(path, [Hdu(cards, np.zeros((2, 2), np.uint16))])
        lines.append(f"{path} BIAS\n")
    path = tmp_path / "bias.sof"
    path.write_text("".join(lines))
    return path
