"""What went into the simulated frames comes out of the functions, chip by chip."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from dfs.algorithms.frames import open_image
from dfs.foundation.fits.headers import read_header
from dfs.host import Host
from dfs.plugin import BadConfiguration, SimulationRequest, UnprocessableData
from dfs.testkit.bench import Bench
from dfs.testkit.foreign import look
from dfs.testkit.recipes import run_recipe
from dfs_vimos.catalogue import RECIPES
from dfs_vimos.headers import NX, OVERSCAN_PX, PRESCAN_PX
from dfs_vimos.names import CHIPS, of_chip
from dfs_vimos.quality import FIGURES
from dfs_vimos.simulate import QUADRANTS, Detector, Quadrant

ROWS = 128
NIGHT = dt.date(2026, 11, 22)
BY_NAME = {recipe.name: recipe for recipe in RECIPES}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    host = Host.load()
    request = SimulationRequest(night=NIGHT, seed=3, window_rows=ROWS)
    return Bench(host, host.resolve("vimos"), request, tmp_path_factory.mktemp("vimos"))


@pytest.fixture(scope="module", params=QUADRANTS, ids=lambda quadrant: quadrant.output.chip)
def quadrant(request: pytest.FixtureRequest) -> Quadrant:
    return request.param


@pytest.fixture(scope="module")
def detector(quadrant: Quadrant) -> Detector:
    return Detector.of(quadrant, ROWS)


@pytest.fixture(scope="module")
def raw(bench: Bench) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in bench.raw:
        found.setdefault(str(read_header(path)["DPR.TYPE"]), []).append(path)
    return found


def pixels(bench: Bench, category: str, quadrant: Quadrant) -> np.ndarray:
    (path,) = bench.made(category)
    return open_image(path, quadrant.output.chip).read()


def measured(bench: Bench, quadrant: Quadrant, name: str) -> float:
    (value,) = bench.measured(of_chip(quadrant.output.chip, name))
    return value


def ron_adu(quadrant: Quadrant) -> float:
    # Raw values are whole ADU, which adds a twelfth to the variance.
    return float(np.hypot(quadrant.output.ron_e / quadrant.output.conad_e_per_adu, 12**-0.5))


def test_masters_have_a_unit_a_chip_in_the_order_that_the_pipeline_expects(bench):
    for category in ("MASTER_BIAS", "MASTER_DARK", "MASTER_TWILIGHT_FLAT", "MASTER_BPM"):
        (path,) = bench.made(category)
        assert [open_image(path, unit).name for unit in range(1, 5)] == list(CHIPS)


def test_every_figure_of_every_chip_is_measured(bench):
    names = [of_chip(chip, figure.name) for figure in FIGURES for chip in CHIPS]
    assert all(len(bench.measured(name)) == 1 for name in names)


def test_a_unit_bears_the_keywords_and_figures_of_its_own_chip(bench, quadrant):
    (path,) = bench.made("MASTER_BIAS")
    header = look(path).headers[CHIPS.index(quadrant.output.chip) + 1]
    assert header["ESO OCS CON QUAD"] == quadrant.output.quadrant
    assert header["ESO DET CHIP1 ID"] == quadrant.output.chip
    assert header["ESO QC OSCAN_MED"] == measured(bench, quadrant, "OSCAN_MED")


def test_the_master_bias_is_the_level_of_each_column_overscan_and_all(bench, quadrant, detector):
    master = pixels(bench, "MASTER_BIAS", quadrant)
    assert master.shape == (ROWS, PRESCAN_PX + NX + OVERSCAN_PX)
    difference = master[:, PRESCAN_PX:-OVERSCAN_PX] - detector.bias_adu
    assert abs(difference.mean()) < 0.05
    # The median of five normal values has 0.2868 of the variance of one (Teichroew 1956).
    expected = np.sqrt(0.2868) * ron_adu(quadrant)
    assert difference.std() == pytest.approx(expected, rel=0.02)
    assert measured(bench, quadrant, "BIASMED") == pytest.approx(quadrant.bias_adu, abs=1.0)
    assert measured(bench, quadrant, "USCAN_RMS") == pytest.approx(expected, rel=0.05)
    assert measured(bench, quadrant, "OSCAN_RMS") == pytest.approx(expected, rel=0.05)


def test_the_master_dark_is_the_current_with_its_hot_pixels(bench, quadrant, detector):
    master = pixels(bench, "MASTER_DARK", quadrant)
    assert master.shape == (ROWS, NX)
    current = quadrant.dark_e_per_h / 3600.0 / quadrant.output.conad_e_per_adu
    good = master[~detector.hot]
    # The median of three Poisson values of few electrons lies below their mean.
    assert good.mean() == pytest.approx(current, abs=2e-4)
    assert measured(bench, quadrant, "DARKMED") == pytest.approx(current, abs=4e-4)
    assert measured(bench, quadrant, "NHOTPIX") == pytest.approx(detector.hot.sum(), abs=3)


def test_the_flat_is_what_each_pixel_sees_of_an_even_sky(bench, quadrant, detector):
    master = pixels(bench, "MASTER_TWILIGHT_FLAT", quadrant)
    good = np.delete(np.arange(NX), detector.insensitive_columns)
    ratio = (master / (detector.flat / np.median(detector.flat)))[:, good]
    assert ratio.mean() == pytest.approx(1.0, abs=0.001)
    noise = 1.0 / measured(bench, quadrant, "TWISNRATIO")
    # A median of five is noisier than the mean, for which the figure is: by √(5 × 0.2868).
    assert ratio.std() == pytest.approx(noise * np.sqrt(5 * 0.2868), rel=0.05)


def test_insensitive_columns_are_bad_and_have_no_weight(bench, quadrant, detector):
    bad = pixels(bench, "MASTER_BPM", quadrant)
    weight = pixels(bench, "MASTER_CONF", quadrant)
    assert np.flatnonzero(bad.all(axis=0)).tolist() == sorted(detector.insensitive_columns)
    assert measured(bench, quadrant, "NBAD") == bad.sum() == 3 * ROWS
    assert not weight[bad != 0].any()
    assert np.median(weight) == 100


def test_levels_and_photon_noise_of_the_flats_are_measured(bench, quadrant, detector):
    conad = quadrant.output.conad_e_per_adu
    levels_e = [t["level_e"] for t in bench.truth if t["chip"] == quadrant.output.chip]
    light_adu = np.array([e for e in levels_e if e]) * np.median(detector.flat) / conad
    for name, value in (
        ("FLATMIN", light_adu.min()),
        ("FLATMAX", light_adu.max()),
        ("FLATAVG", light_adu.mean()),
    ):
        assert measured(bench, quadrant, name) == pytest.approx(
            value + quadrant.bias_adu, rel=0.002
        )
    photon_adu = np.sqrt(light_adu[0] / conad)
    assert measured(bench, quadrant, "TWIPHOT") == pytest.approx(photon_adu, rel=0.03)


class TestRefused:
    def test_a_chip_that_nobody_knows(self, raw, tmp_path):
        strange = tmp_path / "strange.fits"
        strange.write_bytes(raw["BIAS"][0].read_bytes().replace(b"'DAVID   '", b"'GOLIATH '"))
        with pytest.raises(BadConfiguration, match="GOLIATH"):
            run_recipe(BY_NAME["vimos_ima_bias"], {"BIAS": [strange]})

    def test_a_dark_without_its_bias(self, raw):
        with pytest.raises(BadConfiguration, match="MASTER_BIAS is needed"):
            run_recipe(BY_NAME["vimos_ima_dark"], {"DARK": raw["DARK"]})

    def test_darks_of_two_exposure_times(self, raw):
        mixed = [raw["DARK"][0], raw["FLAT,SKY"][0]]
        with pytest.raises(BadConfiguration, match="one exposure time"):
            run_recipe(BY_NAME["vimos_ima_dark"], {"DARK": mixed})

    def test_flats_that_are_all_too_faint(self, raw):
        with pytest.raises(UnprocessableData, match="two flats between 4000 and 60000"):
            run_recipe(BY_NAME["vimos_ima_twilight_flat"], {"FLAT_TWILIGHT": raw["DARK"]})
