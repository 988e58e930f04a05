"""The instrument's own pipeline takes the simulated frames, by way of our rules and runner.

Its recipes measure in fixed regions of the whole imaging window, so the frames are whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from dfs.algorithms.frames import open_image
from dfs.foundation.errors import UserError
from dfs.foundation.fits.write import write_fits
from dfs.host import Host
from dfs.organiser.service import organise
from dfs.plugin import RawFrame, SimulationRequest, Verdict
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.runners import Preference, Runners
from dfs.reduction.service import reduce_blocks
from dfs.reduction.workspace import Workspace
from dfs.testkit.foreign import look
from dfs_vimos.catalogue import RECIPES
from dfs_vimos.names import CHIPS, of_chip
from dfs_vimos.quality import FIGURES
from dfs_vimos.simulate import QUADRANTS, calibration_day

pytestmark = pytest.mark.cpl

NIGHT = dt.date(2026, 11, 22)
FRAMES = 3
"""So many exposures of each template are enough."""

Results = dict[str, BlockResult]
Reduce = Callable[..., tuple[Path, Results]]


@pytest.fixture(scope="module", autouse=True)
def _pipeline() -> None:
    """Skip where esorex or the instrument's pipeline is not installed."""
    try:
        Runners(Preference.ESOREX).choose(RECIPES[0])
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first exposures of each template of a day."""
    folder = tmp_path_factory.mktemp("raw")
    for frame in calibration_day(SimulationRequest(night=NIGHT)):
        if frame.units[0].header["TPL.EXPNO"] <= FRAMES:
            write(frame, folder)
    return folder


@pytest.fixture(scope="module")
def reduce(tmp_path_factory: pytest.TempPathFactory) -> Reduce:
    """Reduce files; give the folder of the products' paths, and the results by recipe."""
    host = Host.load()

    def run(files: Sequence[Path], preference: Preference) -> tuple[Path, Results]:
        organisation = organise(host, list(files), instrument="vimos")
        assert not organisation.problems
        out = tmp_path_factory.mktemp("reduced")
        with Workspace.open(out) as workspace:
            report = reduce_blocks(
                host,
                organisation,
                workspace,
                jobs=1,
                runners=Runners(preference),
                reports=False,
            )
        return out, {result.block.recipe: result for result in report.results}

    return run


@pytest.fixture(scope="module")
def reduced(raw: Path, reduce: Reduce) -> tuple[Path, Results]:
    """The day, by the CPL recipes."""
    return reduce([raw], Preference.ESOREX)


def write(frame: RawFrame, folder: Path) -> None:
    write_fits(folder / frame.filename, frame.units, fsync=False)


def product(reduced: tuple[Path, Results], recipe: str, category: str) -> Path:
    folder, results = reduced
    (path,) = (p.path for p in results[recipe].products if p.category == category)
    return folder / path


def files_of(raw: Path, kind: str, quadrants: Sequence[int] = (1, 2, 3, 4)) -> list[Path]:
    """Give the files of a class; the millisecond in a file's name is its quadrant less one."""
    found = []
    for path in sorted(raw.iterdir()):
        header = look(path).headers[0]
        if header["ESO DPR TYPE"] == kind and header["ESO OCS CON QUAD"] in quadrants:
            found.append(path)
    return found


def test_a_day_goes_through_every_recipe(reduced):
    _, results = reduced
    assert set(results) == {recipe.name for recipe in RECIPES}
    for result in results.values():
        assert result.state is BlockState.DONE, result.detail


def test_the_pipeline_finds_the_chips_where_we_think(reduced):
    for recipe, category in (
        ("vimos_ima_bias", "MASTER_BIAS"),
        ("vimos_ima_dark", "MASTER_DARK"),
        ("vimos_ima_twilight_flat", "MASTER_TWILIGHT_FLAT"),
    ):
        path = product(reduced, recipe, category)
        assert [open_image(path, unit).name for unit in range(1, 5)] == list(CHIPS)


@pytest.mark.parametrize("quadrant", QUADRANTS, ids=lambda quadrant: quadrant.output.chip)
def test_the_master_bias_has_the_true_level(reduced, quadrant):
    path = product(reduced, "vimos_ima_bias", "MASTER_BIAS")
    master = open_image(path, quadrant.output.chip).read()
    assert np.median(master) == pytest.approx(quadrant.bias_adu, abs=1.0)


def test_read_noise_and_gain_are_the_true_ones(reduced):
    path = product(reduced, "vimos_ima_det_noise", "MASTER_READGAIN")
    table = look(path).planes[""]
    found = {str(row["EXTNAME"]).strip(): (row["READNOISE"], row["GAIN"]) for row in table}
    for quadrant in QUADRANTS:
        output = quadrant.output
        ron_adu, gain_e_per_adu = found[output.chip]
        expected_adu = np.hypot(output.ron_e / output.conad_e_per_adu, 12**-0.5)
        assert ron_adu == pytest.approx(expected_adu, rel=0.03)
        assert gain_e_per_adu == pytest.approx(output.conad_e_per_adu, rel=0.02)


def test_every_figure_of_every_chip_is_measured_and_none_is_bad(reduced):
    _, results = reduced
    measured = {m.name for result in results.values() for m in result.measurements}
    assert measured == {of_chip(chip, figure.name) for figure in FIGURES for chip in CHIPS}
    scores = [score for result in results.values() for score in result.scores]
    assert not [score for score in scores if score.verdict is Verdict.BAD]


def test_figures_are_those_of_the_chip_that_they_name(reduced):
    _, results = reduced
    found = {m.name: m.value for m in results["vimos_ima_bias"].measurements}
    for quadrant in QUADRANTS:
        value = found[of_chip(quadrant.output.chip, "BIASMED")]
        assert value == pytest.approx(quadrant.bias_adu, abs=1.0)


@pytest.mark.parametrize(
    ("first", "then"),
    [(Preference.NATIVE, Preference.ESOREX), (Preference.ESOREX, Preference.NATIVE)],
)
def test_either_kind_of_dark_follows_either_kind_of_bias(first, then, raw, reduce, reduced):
    darks = files_of(raw, "DARK")
    bias = reduce(files_of(raw, "BIAS"), first)
    _, results = mixed = reduce([*darks, product(bias, "vimos_ima_bias", "MASTER_BIAS")], then)
    assert results["vimos_ima_dark"].state is BlockState.DONE, results["vimos_ima_dark"].detail
    for quadrant in QUADRANTS:
        ours, theirs = (
            open_image(product(r, "vimos_ima_dark", "MASTER_DARK"), quadrant.output.chip).read()
            for r in (mixed, reduced)
        )
        # ADU/s: of the current, 1e-3, a tenth is the most that two ways of stacking differ by.
        assert np.mean(ours, dtype=float) == pytest.approx(np.mean(theirs, dtype=float), abs=1e-4)


class TestFramesOfOneQuadrant:
    def test_the_crash_of_the_cpl_recipe_is_a_failure_of_its_block_alone(self, raw, reduce):
        files = [*files_of(raw, "BIAS", [1]), *files_of(raw, "DARK", [1])]
        _, results = reduce(files, Preference.ESOREX)
        bias = results["vimos_ima_bias"]
        assert (bias.state, bias.code) == (BlockState.FAILED, "recipe.crashed")
        assert "SIGSEGV" in bias.detail
        assert bias.products == ()
        assert results["vimos_ima_dark"].state is BlockState.BLOCKED

    def test_a_product_that_the_crash_left_half_written_is_not_taken(self, raw, reduce):
        # It dies at quadrant 1, the last, with the units of the other three written.
        folder, results = reduce(files_of(raw, "BIAS", [2, 3, 4]), Preference.ESOREX)
        assert results["vimos_ima_bias"].code == "recipe.crashed"
        assert not list(folder.rglob("*.fits"))

    def test_the_function_reduces_the_quadrants_that_there_are(self, raw, reduce):
        made = reduce(files_of(raw, "BIAS", [1]), Preference.NATIVE)
        path = product(made, "vimos_ima_bias", "MASTER_BIAS")
        assert [str(h.get("EXTNAME", "")) for h in look(path).headers] == ["", "DAVID"]
