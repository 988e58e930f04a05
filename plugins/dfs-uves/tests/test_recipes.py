"""What went into the simulated frames comes out of the recipes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from dfs.algorithms.frames import as_frame, open_image
from dfs.algorithms.image import QualityFlag
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import BadConfiguration, SimulationRequest, UnprocessableData
from dfs.testkit.recipes import RecipeRun, run_recipe
from dfs_uves.catalogue import RECIPES
from dfs_uves.recipes.chips import ChipFrames
from dfs_uves.recipes.mbias import at_one_level
from dfs_uves.recipes.mflat import unresponsive
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


def turned(chip: Chip, pixels: np.ndarray) -> np.ndarray:
    """Show what a chip was simulated with as it lies in a product."""
    return ChipFrames(chip.id, []).orientation.of_product(pixels)


def output(chip: Chip) -> str:
    return ChipFrames(chip.id, []).output


@pytest.mark.parametrize("chip", [BLUE, REDL, REDU], ids=lambda c: c.id)
class TestMasters:
    def test_the_master_bias_has_the_level_and_structure_of_the_chip(self, chip, bias) -> None:
        master = bias[arm_of(chip)].products[f"MASTER_BIAS_{chip.id}"]
        truth = turned(chip, Detector.of(chip, ROWS).bias_adu)
        assert master.data.shape == truth.shape
        difference = master.data - truth
        noise_adu = chip.ron_e / chip.conad_e_per_adu
        assert abs(difference.mean()) < 0.02
        # The median of five frames: σ of the mean, times √(π/2), which is slightly
        # less for so few.
        assert difference.std() == pytest.approx(1.2 * noise_adu / np.sqrt(5), rel=0.06)
        assert np.median(master.error) == pytest.approx(difference.std(), rel=0.08)

    def test_the_read_noise_is_measured_within_two_percent(self, chip, bias) -> None:
        measured = bias[arm_of(chip)].metrics[
            f"MASTER_BIAS_{chip.id}", f"QC.{output(chip)}.RON.RAW"
        ]
        # Raw values are whole ADU, which adds a twelfth to the variance.
        expected = np.hypot(chip.ron_e / chip.conad_e_per_adu, np.sqrt(1 / 12))
        assert measured == pytest.approx(expected, rel=0.02)

    def test_bad_columns_are_flagged_in_the_master_bias(self, chip, bias) -> None:
        quality = bias[arm_of(chip)].products[f"MASTER_BIAS_{chip.id}"].quality
        assert quality is not None
        bad = Detector.of(chip, ROWS).bad_columns
        flagged = (quality & QualityFlag.CALIBRATION_DEFECT).astype(bool)
        columns = turned(chip, np.zeros((ROWS, 2048), bool) | np.isin(np.arange(2048), bad))
        assert flagged[columns].mean() > 0.999
        assert flagged[~columns].mean() < 1e-5

    def test_the_structure_is_the_slope_of_the_chip_without_its_bad_columns(self, chip, bias):
        metrics = bias[arm_of(chip)].metrics
        category = f"MASTER_BIAS_{chip.id}"
        # The profile of a slope is spread evenly over its range; noise adds a little.
        slope_adu = abs(chip.slope_adu) / np.sqrt(12)
        noise_adu = metrics[category, f"QC.{output(chip)}.RON.MASTER"] / np.sqrt(ROWS)
        expected = np.hypot(slope_adu, noise_adu)
        # The chip's columns are the product's rows.
        assert metrics[category, f"QC.{output(chip)}.STRUCTY"] == pytest.approx(expected, rel=0.05)
        assert metrics[category, f"QC.{output(chip)}.STRUCTX"] < 0.08

    def test_the_dark_signal_and_the_hot_pixels_are_found(self, chip, day, masters) -> None:
        arm = arm_of(chip)
        run = run_recipe(BY_NAME["uves_cal_mdark"], {f"DARK_{arm}": day[f"DARK_{arm}"], **masters})
        category = f"MASTER_DARK_{chip.id}"
        dark = run.products[category]
        hot = turned(chip, Detector.of(chip, ROWS).hot)
        # One hour of dark current, ADU; whole ADU make the median coarse, not the mean.
        expected = chip.dark_e_per_h / chip.conad_e_per_adu
        assert dark.data[~hot].mean() == pytest.approx(expected, abs=0.1)
        assert dark.header["EXPTIME"] == (3600.0, "[s] of the first frame")
        # The regions hold hot pixels too, of a few thousand e-/h, as one in ten thousand.
        assert expected - 0.3 < run.metrics[category, "QC.REG.AVG.AVG"] < expected + 2.0
        assert run.metrics[category, "QC.REG.AVG.RMS"] < 2.0
        flagged = (dark.quality & QualityFlag.HOT).astype(bool)
        assert run.metrics[category, "QC.NHOTPIX"] == flagged.sum()
        assert flagged[hot].all()
        assert flagged[~hot].mean() < 1e-4

    def test_the_flat_has_the_light_of_the_lamp_per_second(self, chip, day, masters) -> None:
        arm = arm_of(chip)
        run = run_recipe(BY_NAME["uves_cal_mflat"], {f"FLAT_{arm}": day[f"FLAT_{arm}"], **masters})
        category = f"MASTER_FLAT_{chip.id}"
        lamp = Detector.of(chip, ROWS).lamp * chip.lamp_e_per_s / chip.conad_e_per_adu
        lit = turned(chip, lamp) > 0.1 * lamp.max()
        flat = run.products[category].data
        assert np.median(flat[lit] / turned(chip, lamp)[lit]) == pytest.approx(1.0, abs=0.005)
        rate = float(lamp.mean())
        assert run.metrics[category, "QC.CNTRATE"] == pytest.approx(rate, rel=0.02)
        measured = run.metrics[category, f"QC.{output(chip)}.CONADAVG"]
        assert measured == pytest.approx(chip.conad_e_per_adu, rel=0.03)


def test_a_dark_is_subtracted_for_the_time_of_the_flat(day, masters, tmp_path) -> None:
    flats = {"FLAT_BLUE": day["FLAT_BLUE"], "MASTER_BIAS_BLUE": masters["MASTER_BIAS_BLUE"]}
    shape = open_image(masters["MASTER_BIAS_BLUE"][0]).shape
    path = tmp_path / "dark.fits"
    write_fits(path, [Hdu({"EXPTIME": 3600.0}, np.full(shape, 36.0, np.float32))], fsync=False)
    mflat = BY_NAME["uves_cal_mflat"]
    plain, darker = (
        run_recipe(mflat, inputs).products["MASTER_FLAT_BLUE"].data
        for inputs in (flats, {**flats, "MASTER_DARK_BLUE": [path]})
    )
    # 36 ADU an hour are 0.01 ADU in a second, whatever the exposure time of the flat.
    assert np.median(plain - darker) == pytest.approx(0.01, abs=0.002)


def test_a_chip_that_drifts_by_several_adu_is_combined_at_one_level() -> None:
    generator = np.random.default_rng(1)
    noise = [generator.normal(200.0, 3.0, (256, 256)) for _ in range(5)]
    drifted = [as_frame(np.rint(n + 4.0 * k).astype(np.uint16)) for k, n in enumerate(noise)]
    still = [as_frame(np.rint(n).astype(np.uint16)) for n in noise]
    assert at_one_level(still, 0.3) is still
    levels = [frame.rows(0, 256).mean() for frame in at_one_level(drifted, 0.3)]
    assert np.ptp(levels) < 0.3
    assert np.mean(levels) == pytest.approx(208.0, abs=0.1)


def test_a_pixel_without_response_is_found_between_lit_neighbours_only() -> None:
    flat = np.repeat(np.linspace(100.0, 1.0, 50, dtype=np.float32)[:, np.newaxis], 60, axis=1)
    flat *= np.linspace(1.0, 3.0, 60, dtype=np.float32)  # a slope is no defect
    flat[10, 30], flat[49, 20] = 10.0, 0.0  # the second is where there is no light anyway
    found = unresponsive(flat, np.ones_like(flat))
    assert np.argwhere(found).tolist() == [[10, 30]]


def test_one_chip_of_the_red_arm_can_be_reduced_alone(day: Files) -> None:
    run = run_recipe(BY_NAME["uves_cal_mbias"], {"BIAS_RED": day["BIAS_RED"]}, process_chip="redl")
    assert set(run.products) == {"MASTER_BIAS_REDL"}


def test_binned_frames_are_cut_by_binned_scans_and_say_so(day: Files, tmp_path: Path) -> None:
    paths = []
    for number, path in enumerate(day["BIAS_BLUE"][:2]):
        pixels = open_image(path).read()[::3, ::2]
        binned = {"DET.WIN1.BINX": 2, "DET.WIN1.BINY": 3}
        scans = {"DET.OUT1.PRSCX": 25, "DET.OUT1.OVSCX": 25}
        paths.append(tmp_path / f"{number}.fits")
        header = {**read_header(path), **binned, **scans}
        write_fits(paths[-1], [Hdu(header, pixels)], fsync=False)
    run = run_recipe(BY_NAME["uves_cal_mbias"], {"BIAS_BLUE": paths})
    master = run.products["MASTER_BIAS_BLUE"]
    assert master.data.shape == (1024, -(-ROWS // 3))
    assert (master.header["CDELT1"], master.header["CDELT2"]) == (3.0, 2.0)
    assert (master.header["CRVAL1"], master.header["CRVAL2"]) == (1.0, 1.0)


def test_frames_of_both_arms_are_refused(day: Files) -> None:
    both = {tag: day[tag] for tag in ("BIAS_BLUE", "BIAS_RED")}
    with pytest.raises(BadConfiguration, match="one arm"):
        run_recipe(BY_NAME["uves_cal_mbias"], both)


def test_darks_of_different_exposure_times_are_not_mixed(day: Files, masters: Files) -> None:
    with pytest.raises(UnprocessableData, match="mixed"):
        mixed = [*day["DARK_BLUE"], *day["FLAT_BLUE"]]
        run_recipe(BY_NAME["uves_cal_mdark"], {"DARK_BLUE": mixed, **masters})


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
