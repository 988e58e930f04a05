"""The real esorex and its pipelines, as a user meets them: by the commands."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits

from dfs.foundation.errors import UserError
from dfs.plugin import Parameter
from dfs.reduction.cpl.discovery import describe
from dfs.reduction.cpl.tags import tags_in_text
from dfs.reduction.runners import Runners

pytestmark = pytest.mark.cpl

Sets = Callable[..., Path]


@pytest.fixture(scope="module", autouse=True)
def _esorex() -> None:
    """Skip where esorex or a pipeline that the tests need is not installed."""
    try:
        installation = Runners().installation()
        for pipeline in ("uves", "vimos"):
            installation.pipeline(pipeline)
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def sets(dfs, tmp_path_factory: pytest.TempPathFactory) -> Sets:
    """Write a set of simulated frames of one class, so many of them."""
    folder = tmp_path_factory.mktemp("frames")

    def write(instrument: str, tag: str, most: int = 99) -> Path:
        raw = folder / instrument
        if not raw.exists():
            rows = ("--rows", "512") if instrument == "uves" else ()
            dfs("simulate", instrument, "--out", raw, "--night", "2026-11-22", *rows)
        told = json.loads(dfs("classify", raw, "--json").stdout)
        paths = [frame["path"] for frame in told["frames"] if frame["tag"] == tag][:most]
        assert paths
        sof = folder / f"{instrument}-{tag}-{most}.sof"
        sof.write_text("".join(f"{path} {tag}\n" for path in paths))
        return sof

    return write


def test_every_installed_recipe_tells_its_parameters() -> None:
    installation = Runners().installation()
    for pipeline in installation.pipelines:
        for library in pipeline.libraries:
            recipe = describe(installation, pipeline, library.stem)
            names = [found.parameter.name for found in recipe.parameters]
            assert recipe.synopsis
            assert len(set(names)) == len(names)
            assert all(isinstance(found.parameter, Parameter) for found in recipe.parameters)
            tags_in_text(recipe.description)


def test_a_master_is_made_by_the_real_recipe_with_all_that_ours_have(
    dfs, sets: Sets, tmp_path: Path
) -> None:
    sof = sets("uves", "BIAS_RED")
    arguments = ("recipe", "run", "uves.uves_cal_mbias", sof, "--out", tmp_path)
    told = json.loads(
        dfs(*arguments, "--runner", "esorex", "--param", "stack_method=mean", "--json").stdout
    )
    assert [p["category"] for p in told["products"]] == ["MASTER_BIAS_REDL", "MASTER_BIAS_REDU"]
    path = tmp_path / told["products"][0]["path"]
    header = fits.getheader(path)
    assert header["ESO PRO REC1 PIPE ID"].startswith("uves/")
    assert header["ESO PRO DFS RUNNER"] == "esorex"
    assert header["ESO PRO REC1 PARAM5 VALUE"] == "MEAN"
    assert told["measurements"]
    with fits.open(path) as hdus:
        assert (hdus[0].verify_checksum(), hdus[0].verify_datasum()) == (1, 1)
    if verifier := shutil.which("fitsverify"):
        said = subprocess.run([verifier, "-q", path], capture_output=True, text=True, check=False)
        assert said.stdout.startswith("verification OK"), said.stdout


def test_a_recipe_that_crashes_is_told_so(dfs, sets: Sets, tmp_path: Path) -> None:
    # This one wants all four quadrants, and dereferences the ones that are not there.
    one_quadrant = sets("vimos", "BIAS", 2)
    arguments = ("recipe", "run", "vimos.vimos_ima_bias", one_quadrant, "--out", tmp_path)
    said = dfs(*arguments, "--runner", "esorex", code=1)
    assert "killed by SIGSEGV [recipe.crashed]" in said.stderr
    assert [path.suffix for path in tmp_path.iterdir()] == [".log"]


def test_a_table_that_is_missing_is_named(dfs, sets: Sets, tmp_path: Path) -> None:
    sof = sets("uves", "FLAT_BLUE", 1)
    arguments = ("recipe", "run", "uves.uves_cal_mflat", sof, "--out", tmp_path)
    said = dfs(*arguments, "--runner", "esorex", code=1)
    assert "[cpl.missing-input]" in said.stderr
    assert "ORDER_TABLE_BLUE" in said.stderr


def test_what_is_not_installed_is_named(dfs) -> None:
    said = dfs("recipe", "discover", "nosuch", code=1)
    assert "[cpl.no-pipeline]" in said.stderr
    said = dfs("recipe", "discover", "uves.nosuch", code=1)
    assert "[reduce.no-runner]" in said.stderr
