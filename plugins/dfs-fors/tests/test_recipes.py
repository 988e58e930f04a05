"""What went into the simulated frames comes out of the recipes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dfs.algorithms.image import QualityFlag
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import BadConfiguration, SimulationRequest, UnprocessableData
from dfs.testkit.recipes import RecipeRun, run_recipe
from dfs_fors.catalogue import RECIPES
from dfs_fors.headers import NX, OVERSCAN_ROWS, PRESCAN_ROWS
from dfs_fors.simulate import (
    CHIPS,
    INSENSITIVE_RESPONSE,
    READOUT_S,
    RESPONSE_SIGMA,
    TWILIGHT_FADES_S,
    Chip,
    Detector,
    calibration_day,
    stars,
)

ROWS = 128
NIGHT = dt.date(2026, 11, 22)
BY_NAME = {recipe.name: recipe for recipe in RECIPES}
TAGS = {
    "BIAS": "BIAS",
    "DARK": "DARK",
    "FLAT,LAMP": "SCREEN_FLAT_IMG",
    "FLAT,SKY": "SKY_FLAT_IMG",
}

Files = dict[str, list[Path]]
Reduce = Callable[..., RecipeRun]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """Frames of a day by chip and tag."""
    folder = tmp_path_factory.mktemp("raw")
    found: dict[str, Files] = {chip.output.chip: {} for chip in CHIPS}
    for frame in calibration_day(SimulationRequest(night=NIGHT, seed=3, window_rows=ROWS)):
        path = folder / frame.filename
        write_fits(path, frame.units, fsync=False)
        tag = TAGS[str(frame.units[0].header["DPR.TYPE"])]
        found[frame.truth["chip"]].setdefault(tag, []).append(path)
    return found


@pytest.fixture(scope="module", params=CHIPS, ids=lambda chip: chip.output.chip)
def chip(request: pytest.FixtureRequest) -> Chip:
    return request.param


@pytest.fixture(scope="module")
def detector(chip: Chip) -> Detector:
    return Detector.of(chip, ROWS)


@pytest.fixture(scope="module")
def frames(chip: Chip, days: dict[str, Files]) -> Files:
    return days[chip.output.chip]


@pytest.fixture(scope="module")
def bias(frames: Files) -> RecipeRun:
    return run_recipe(BY_NAME["fors_bias"], {"BIAS": frames["BIAS"]})


@pytest.fixture(scope="module")
def reduce(frames: Files, bias: RecipeRun, tmp_path_factory: pytest.TempPathFactory) -> Reduce:
    """Run a recipe on the chip's frames of a class and its master bias."""
    master = bias.products["MASTER_BIAS"].save(tmp_path_factory.mktemp("masters") / "bias.fits")

    def run(name: str, tag: str, **parameters: str | int) -> RecipeRun:
        inputs = {tag: frames[tag], "MASTER_BIAS": [master]}
        return run_recipe(BY_NAME[name], inputs, **parameters)

    return run


def flagged(run: RecipeRun, category: str, flag: QualityFlag) -> np.ndarray:
    quality = run.products[category].quality
    assert quality is not None
    return (quality & flag).astype(bool)


class TestBias:
    def test_the_master_bias_is_the_structure_above_the_overscan(self, chip, detector, bias):
        master = bias.products["MASTER_BIAS"]
        difference = master.data - (detector.bias_adu - chip.bias_adu)
        ron_adu = chip.output.ron_e / chip.output.conad_e_per_adu
        assert abs(difference.mean()) < 0.05
        # Five values without the lowest and highest: 0.2271 of the variance of one
        # (Sarhan & Greenberg 1962, trimmed means).
        assert difference.std() == pytest.approx(np.sqrt(0.2271) * ron_adu, rel=0.02)
        assert master.header["BUNIT"] == "ADU"

    def test_the_reference_pixel_moves_with_the_rows_that_are_cut_off(self, frames, bias):
        raw = read_header(frames["BIAS"][0])
        moved = bias.products["MASTER_BIAS"].header["CRPIX2"]
        assert moved == float(raw["CRPIX2"]) - PRESCAN_ROWS

    def test_level_and_read_noise_are_measured(self, chip, bias):
        # Raw values are whole ADU, which adds a twelfth to the variance.
        ron_adu = np.hypot(chip.output.ron_e / chip.output.conad_e_per_adu, np.sqrt(1 / 12))
        assert bias.metrics["", "QC.BIAS.LEVEL"] == pytest.approx(chip.bias_adu, abs=1.0)
        assert bias.metrics["", "QC.RON"] == pytest.approx(ron_adu, rel=0.01)
        assert bias.metrics["", "QC.DET.OUT1.RON"] == pytest.approx(ron_adu, rel=0.02)
        assert bias.metrics["", "QC.MBIAS.LEVEL"] == pytest.approx(0.0, abs=0.1)

    def test_the_noise_of_the_master_is_as_expected(self, bias):
        expected = bias.metrics["", "QC.RON"] / np.sqrt(5)
        assert bias.metrics["", "QC.MBIAS.RONEXP"] == pytest.approx(expected)
        assert bias.metrics["", "QC.MBIAS.NRATIO"] == pytest.approx(1.05, abs=0.03)

    def test_bad_columns_are_flagged_and_nothing_else(self, detector, bias):
        bad = flagged(bias, "MASTER_BIAS", QualityFlag.CALIBRATION_DEFECT)
        assert bad[:, detector.bad_columns].mean() > 0.99
        assert np.delete(bad, detector.bad_columns, axis=1).mean() < 1e-5

    @pytest.mark.parametrize("method", ["mean", "median", "minmax", "ksigma"])
    def test_every_way_of_stacking_gives_the_level(self, method, detector, chip, frames):
        run = run_recipe(BY_NAME["fors_bias"], {"BIAS": frames["BIAS"]}, stack_method=method)
        difference = run.products["MASTER_BIAS"].data - (detector.bias_adu - chip.bias_adu)
        assert abs(difference.mean()) < 0.05


def test_the_dark_signal_and_the_hot_pixels_are_found(chip, detector, frames, reduce):
    run = reduce("fors_dark", "DARK")
    exposure_h = float(read_header(frames["DARK"][0])["EXPTIME"]) / 3600.0
    expected = chip.dark_e_per_h * exposure_h / chip.output.conad_e_per_adu
    assert reduce("fors_dark", "DARK", stack_method="average").metrics[
        "", "QC.DARK.MEAN"
    ] == pytest.approx(expected, abs=0.1)
    # The median of three Poisson values of few electrons lies below their mean.
    assert run.metrics["", "QC.DARK.MEDIAN"] == pytest.approx(expected, abs=1.0)
    hot = flagged(run, "MASTER_DARK", QualityFlag.HOT)
    assert hot[detector.hot].all()
    assert hot[~detector.hot].mean() < 1e-4
    assert run.metrics["", "QC.DARK.RAW.NBADPX"] == pytest.approx(detector.hot.sum(), abs=5)


def test_the_screen_flat_is_the_response_without_illumination(detector, reduce):
    run = reduce("fors_img_screen_flat", "SCREEN_FLAT_IMG")
    master = run.products["MASTER_SCREEN_FLAT_IMG"]
    good = np.delete(np.arange(NX), detector.insensitive_columns)
    difference = (master.data - detector.response)[:, good]
    error = np.median(master.error)
    assert abs(np.median(difference)) < 0.001
    assert difference.std() == pytest.approx(error, rel=0.1)
    assert error < RESPONSE_SIGMA / 2
    dim = flagged(run, "MASTER_SCREEN_FLAT_IMG", QualityFlag.LOW_EFFICIENCY)
    assert dim[:, detector.insensitive_columns].all()
    assert not dim[:, good].any()


def test_the_lamp_and_the_conversion_factor_are_measured(chip, detector, reduce):
    run = reduce("fors_img_screen_flat", "SCREEN_FLAT_IMG")
    conad = chip.output.conad_e_per_adu
    rate = chip.lamp_e_per_s * float(np.median(detector.vignetting)) / conad
    assert run.metrics["", "QC.FLAT.EFF"] == pytest.approx(rate, rel=0.005)
    assert run.metrics["", "QC.FLAT.CONAD"] == pytest.approx(conad, rel=0.01)
    assert run.metrics["", "QC.FLAT.FPN.REL"] == pytest.approx(RESPONSE_SIGMA, rel=0.05)
    centre_adu = rate * 8.0 * float(detector.vignetting[64, 1024] / np.median(detector.vignetting))
    assert run.metrics["", "QC.FLAT.PHN"] == pytest.approx(
        np.sqrt(centre_adu / conad / 4), rel=0.03
    )


def test_the_sky_flat_is_response_and_illumination_without_stars(detector, reduce):
    run = reduce("fors_img_sky_flat", "SKY_FLAT_IMG")
    master = run.products["MASTER_SKY_FLAT_IMG"]
    truth = detector.response * detector.vignetting
    ratio = master.data / (truth / np.median(truth))
    assert np.median(ratio) == pytest.approx(1.0, abs=0.002)
    good = np.delete(ratio, detector.insensitive_columns, axis=1)
    # The median of four is not as sharp as the mean, and of a star a little may stay.
    assert good.std() == pytest.approx(np.median(master.error), rel=0.2)
    assert np.mean(good > 1.05) < 2e-4
    dim = flagged(run, "MASTER_SKY_FLAT_IMG", QualityFlag.LOW_EFFICIENCY)
    assert np.flatnonzero(dim.all(axis=0)).tolist() == sorted(detector.insensitive_columns)


def test_the_levels_of_the_fading_sky_are_measured(chip, detector, frames, reduce):
    run = reduce("fors_img_sky_flat", "SKY_FLAT_IMG")
    levels_adu, since_s = [], 0.0
    for path in frames["SKY_FLAT_IMG"]:
        exposure_s = float(read_header(path)["EXPTIME"])
        sky_e = chip.sky_e_per_s * exposure_s * np.exp(-since_s / TWILIGHT_FADES_S)
        levels_adu.append(sky_e * np.median(detector.vignetting) / chip.output.conad_e_per_adu)
        since_s += exposure_s + READOUT_S
    assert run.metrics["", "QC.SKYFLAT.FLUX.MIN"] == pytest.approx(min(levels_adu), rel=0.01)
    assert run.metrics["", "QC.SKYFLAT.FLUX.MAX"] == pytest.approx(max(levels_adu), rel=0.01)


def test_a_sky_flat_has_stars():
    light = stars(ROWS, 1000.0, np.random.default_rng(1))
    assert light.shape == (ROWS, NX)
    assert 0 < np.mean(light > 10.0) < 0.01


class TestRefused:
    def test_frames_of_both_chips(self, days):
        both = [path for files in days.values() for path in files["BIAS"]]
        with pytest.raises(BadConfiguration, match="one chip"):
            run_recipe(BY_NAME["fors_bias"], {"BIAS": both})

    def test_a_single_bias(self, frames):
        with pytest.raises(UnprocessableData, match="two bias frames"):
            run_recipe(BY_NAME["fors_bias"], {"BIAS": frames["BIAS"][:1]})

    def test_a_rejection_of_every_value(self, frames):
        with pytest.raises(BadConfiguration, match="leave nothing of 5 frames"):
            run_recipe(BY_NAME["fors_bias"], {"BIAS": frames["BIAS"]}, minrejection=4)

    def test_a_dark_without_its_bias(self, frames):
        with pytest.raises(BadConfiguration, match="MASTER_BIAS is needed"):
            run_recipe(BY_NAME["fors_dark"], {"DARK": frames["DARK"]})

    def test_darks_of_two_exposure_times(self, frames, bias, tmp_path):
        master = bias.products["MASTER_BIAS"].save(tmp_path / "bias.fits")
        mixed = [frames["DARK"][0], frames["SCREEN_FLAT_IMG"][0]]
        with pytest.raises(BadConfiguration, match="one exposure time"):
            run_recipe(BY_NAME["fors_dark"], {"DARK": mixed, "MASTER_BIAS": [master]})

    @pytest.mark.parametrize(
        ("recipe", "tag"),
        [("fors_img_screen_flat", "SCREEN_FLAT_IMG"), ("fors_img_sky_flat", "SKY_FLAT_IMG")],
    )
    def test_flats_without_light(self, recipe, tag, frames, tmp_path):
        too_high = np.full((ROWS, NX), 50.0, np.float32)
        write_fits(tmp_path / "bias.fits", [Hdu(data=too_high)], fsync=False)
        inputs = {tag: frames["DARK"], "MASTER_BIAS": [tmp_path / "bias.fits"]}
        with pytest.raises(UnprocessableData, match="dark"):
            run_recipe(BY_NAME[recipe], inputs)


class TestSimulation:
    def test_the_same_request_gives_the_same_frames(self):
        request = SimulationRequest(night=NIGHT, seed=3, window_rows=16)
        for one, two in zip(calibration_day(request), calibration_day(request), strict=True):
            assert one.filename == two.filename
            assert one.units[0].header == two.units[0].header
            assert np.array_equal(one.units[0].data, two.units[0].data)

    def test_the_chips_of_an_exposure_are_a_millisecond_apart(self):
        frames = list(calibration_day(SimulationRequest(night=NIGHT, window_rows=16)))
        assert len({frame.filename for frame in frames}) == len(frames) == 32
        upper, lower = (frame.units[0] for frame in frames[:2])
        assert (upper.name, lower.name) == ("CHIP1", "CHIP2")
        assert upper.header["DATE-OBS"] == "2026-11-22T09:00:00.000"
        assert lower.header["DATE-OBS"] == "2026-11-22T09:00:00.001"
        assert upper.header["TPL.START"] == lower.header["TPL.START"]

    @pytest.mark.parametrize(("window", "rows"), [(16, 16), (None, 1024), (5000, 1024)])
    def test_headers_tell_the_window(self, window, rows):
        frame = next(calibration_day(SimulationRequest(night=NIGHT, window_rows=window)))
        unit = frame.units[0]
        assert unit.data.shape == (PRESCAN_ROWS + rows + OVERSCAN_ROWS, NX)
        assert unit.header["DET.WIN1.NY"] == len(unit.data)
        assert unit.header["DET.OUT1.NY"] == rows

    def test_an_insensitive_column_sees_less(self, detector):
        dim = detector.response[:, detector.insensitive_columns]
        assert dim.mean() == pytest.approx(INSENSITIVE_RESPONSE, rel=0.01)
