"""What went into the simulated frames comes out of the recipes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from dfs.algorithms.image import QualityFlag
from dfs.foundation.fits.write import write_fits
from dfs.plugin import BadConfiguration, SimulationRequest, UnprocessableData
from dfs.testkit.recipes import RecipeRun, run_recipe
from dfs_uves.catalogue import RECIPES
from dfs_uves.simulate import ARMS, BLUE, REDL, REDU, Chip, Detector, calibration_day

ROWS = 128
BY_NAME = {recipe.name: recipe for recipe in RECIPES}
Files = Mapping[str, Sequence[Path]]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Frames of a day by tag."""
    folder = tmp_path_factory.mktemp("raw")
    request = SimulationRequest(night=dt.date(2026, 11, 22), seed=3, window_rows=ROWS)
    frames: dict[str, list[Path]] = {}
    for frame in calibration_day(request):
        header = frame.units[0].header
        kind = str(header["DPR.TYPE"]).removeprefix("LAMP,")
        path = folder / frame.filename
        write_fits(path, frame.units, fsync=False)
        frames.setdefault(f"{kind}_{header['INS.PATH']}", []).append(path)
    return frames


@pytest.fixture(scope="module")
def bias(day: Files) -> dict[str, RecipeRun]:
    return {arm: run_recipe(BY_NAME["uves_cal_mbias"], {f"BIAS_{arm}": day[f"BIAS_{arm}"]})
            for arm in ARMS}  # fmt: skip


@pytest.fixture(scope="module")
def masters(bias: dict[str, RecipeRun], tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("masters")
    return {
        category: [product.save(folder / f"{category}.fits")]
        for run in bias.values()
        for category, product in run.products.items()
    }


def arm_of(chip: Chip) -> str:
    return "BLUE" if chip is BLUE else "RED"


@pytest.mark.parametrize("chip", [BLUE, REDL, REDU], ids=lambda c: c.id)
class TestMasters:
    def test_the_master_bias_has_the_level_and_structure_of_the_chip(self, chip, bias) -> None:
        master = bias[arm_of(chip)].products[f"MASTER_BIAS_{chip.id}"]
        truth = Detector.of(chip, ROWS).bias_adu
        assert master.data.shape == truth.shape
        difference = master.data - truth
        noise_adu = chip.ron_e / chip.conad_e_per_adu
        assert abs(difference.mean()) < 0.02
        # The median of five frames: σ of the mean, times √(π/2), which is slightly
        # less for so few.
        assert difference.std() == pytest.approx(1.2 * noise_adu / np.sqrt(5), rel=0.06)
        assert np.median(master.error) == pytest.approx(difference.std(), rel=0.08)

    def test_the_read_noise_is_measured_within_two_percent(self, chip, bias) -> None:
        measured = bias[arm_of(chip)].metrics[f"MASTER_BIAS_{chip.id}", "QC.OUT1.RON.RAW"]
        # Raw values are whole ADU, which adds a twelfth to the variance.
        expected = np.hypot(chip.ron_e / chip.conad_e_per_adu, np.sqrt(1 / 12))
        assert measured == pytest.approx(expected, rel=0.02)

    def test_bad_columns_are_flagged_in_the_master_bias(self, chip, bias) -> None:
        quality = bias[arm_of(chip)].products[f"MASTER_BIAS_{chip.id}"].quality
        assert quality is not None
        bad = Detector.of(chip, ROWS).bad_columns
        flagged = (quality & QualityFlag.CALIBRATION_DEFECT).astype(bool)
        assert flagged[:, bad].mean() > 0.999
        assert np.delete(flagged, bad, axis=1).mean() < 1e-5

    def test_the_structure_is_the_slope_of_the_chip_without_its_bad_columns(self, chip, bias):
        metrics = bias[arm_of(chip)].metrics
        category = f"MASTER_BIAS_{chip.id}"
        # The profile of a slope is spread evenly over its range; noise adds a little.
        slope_adu = abs(chip.slope_adu) / np.sqrt(12)
        noise_adu = metrics[category, "QC.OUT1.RON.MASTER"] / np.sqrt(ROWS)
        expected = np.hypot(slope_adu, noise_adu)
        assert metrics[category, "QC.OUT1.STRUCTX"] == pytest.approx(expected, rel=0.05)
        assert metrics[category, "QC.OUT1.STRUCTY"] < 0.08

    def test_the_dark_current_and_the_hot_pixels_are_found(self, chip, day, masters) -> None:
        arm = arm_of(chip)
        run = run_recipe(BY_NAME["uves_cal_mdark"], {f"DARK_{arm}": day[f"DARK_{arm}"], **masters})
        category = f"MASTER_DARK_{chip.id}"
        expected = chip.dark_e_per_h / chip.conad_e_per_adu
        assert run.metrics[category, "QC.REG.AVG.AVG"] == pytest.approx(expected, abs=0.1)
        assert run.metrics[category, "QC.REG.AVG.RMS"] < 0.1
        hot = Detector.of(chip, ROWS).hot
        flagged = (run.products[category].quality & QualityFlag.HOT).astype(bool)
        assert flagged[hot].all()
        assert flagged[~hot].mean() < 1e-4

    def test_the_flat_has_the_light_of_the_lamp(self, chip, day, masters) -> None:
        arm = arm_of(chip)
        run = run_recipe(
            BY_NAME["uves_cal_mflat"],
            {f"FLAT_{arm}": day[f"FLAT_{arm}"], **masters},
            stack_method="mean",
        )
        category = f"MASTER_FLAT_{chip.id}"
        lamp = Detector.of(chip, ROWS).lamp * chip.lamp_e_per_s * 25.0 / chip.conad_e_per_adu
        ratio = run.products[category].data / lamp
        assert np.median(ratio) == pytest.approx(1.0, abs=0.005)
        rate = float(lamp.mean()) / 25.0
        assert run.metrics[category, "QC.CNTRATE"] == pytest.approx(rate, rel=0.005)
        measured = run.metrics[category, "QC.OUT1.CONADAVG"]
        assert measured == pytest.approx(chip.conad_e_per_adu, rel=0.03)


def test_one_chip_of_the_red_arm_can_be_reduced_alone(day: Files) -> None:
    run = run_recipe(BY_NAME["uves_cal_mbias"], {"BIAS_RED": day["BIAS_RED"]}, process_chip="redl")
    assert set(run.products) == {"MASTER_BIAS_REDL"}


def test_frames_of_both_arms_are_refused(day: Files) -> None:
    both = {tag: day[tag] for tag in ("BIAS_BLUE", "BIAS_RED")}
    with pytest.raises(BadConfiguration, match="one arm"):
        run_recipe(BY_NAME["uves_cal_mbias"], both)


def test_a_dark_without_its_bias_is_refused(day: Files) -> None:
    with pytest.raises(BadConfiguration, match="MASTER_BIAS_BLUE is needed"):
        run_recipe(BY_NAME["uves_cal_mdark"], {"DARK_BLUE": day["DARK_BLUE"]})


def test_a_flat_without_light_is_unprocessable(day: Files, masters: Files) -> None:
    with pytest.raises(UnprocessableData, match="lamp"):
        run_recipe(BY_NAME["uves_cal_mflat"], {"FLAT_BLUE": day["BIAS_BLUE"], **masters})


def test_the_same_request_gives_the_same_frames() -> None:
    request = SimulationRequest(night=dt.date(2026, 11, 22), seed=3, window_rows=16)
    for one, two in zip(calibration_day(request), calibration_day(request), strict=True):
        assert one.filename == two.filename
        for first, second in zip(one.units, two.units, strict=True):
            assert first.header == second.header
            assert first.data is second.data or np.array_equal(first.data, second.data)
