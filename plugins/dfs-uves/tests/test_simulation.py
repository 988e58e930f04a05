"""The simulated spectrograph is one instrument: the same geometry and lines in every frame."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections import Counter
from itertools import groupby
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from astropy.io import fits

from dfs.host import Host
from dfs.organiser.model import ScannedFile
from dfs.organiser.service import organise_scanned
from dfs.plugin import SimulationRequest
from dfs_uves.headers import frame_keywords
from dfs_uves.simulate import ARMS, BLUE, REDL, REDU, Chip, Detector, calibration_day
from dfs_uves.simulate.day import READOUT_S, SEQUENCE, schedule
from dfs_uves.simulate.echelle import Echelle
from dfs_uves.simulate.light import LineList, blaze, line_width_px

PLUGIN = Path(__file__).parent.parent
DATA = PLUGIN / "src" / "dfs_uves" / "data"
NIGHT = dt.date(2026, 11, 22)
ROWS = 240


@pytest.fixture(params=[BLUE, REDL, REDU], ids=lambda chip: chip.id)
def chip(request: pytest.FixtureRequest) -> Chip:
    return request.param


@pytest.fixture
def echelle(chip: Chip) -> Echelle:
    return Echelle.of(chip.id)


@pytest.fixture
def window(chip: Chip) -> Detector:
    return Detector.of(chip, ROWS)


class TestEchelle:
    def test_the_wavelength_grows_along_an_order_and_falls_with_its_number(self, echelle) -> None:
        x = np.arange(1.0, echelle.nx + 1)
        wavelengths = echelle.wavelengths_a(echelle.orders[:, np.newaxis], x[np.newaxis])
        assert (np.diff(wavelengths, axis=1) > 0).all()
        assert (np.diff(wavelengths, axis=0) < 0).all()

    def test_orders_lie_side_by_side_without_meeting(self, chip, echelle) -> None:
        x = np.linspace(1.0, echelle.nx, 50)
        y = echelle.y(echelle.orders[:, np.newaxis], x[np.newaxis])
        slit_px = 8.0 / chip.pixel_scale_arcsec
        assert np.abs(np.diff(y, axis=0)).min() > slit_px

    def test_a_wavelength_falls_where_the_pixel_has_that_wavelength(self, echelle) -> None:
        x = np.linspace(5.0, echelle.nx - 5.0, 11)
        for order in echelle.orders:
            found = echelle.x(order, echelle.wavelengths_a(order, x))
            assert found == pytest.approx(x, abs=1e-4)

    def test_what_lies_beyond_the_chip_is_nowhere(self, echelle) -> None:
        assert np.isnan(echelle.x(echelle.orders[0], np.array([2000.0, 9000.0]))).all()

    def test_the_setting_has_its_central_wavelength(self) -> None:
        blue, lower, upper = (Echelle.of(name) for name in ("BLUE", "REDL", "REDU"))
        middle = blue.orders[len(blue.orders) // 2]
        assert blue.wavelengths_a(middle, np.array([1500.5]))[0] == pytest.approx(3900, rel=0.05)
        # The gap between the red chips is at the central wavelength of 580 nm.
        assert lower.wavelengths_a(lower.orders[0], np.array([2048.5]))[0] < 5800
        assert upper.wavelengths_a(upper.orders[-1], np.array([2048.5]))[0] > 5800
        assert lower.orders[0] == upper.orders[-1] + 1

    def test_half_a_free_spectral_range_off_the_blaze_neighbouring_orders_are_equal(
        self, echelle
    ) -> None:
        order = echelle.orders[:-1]
        crossing = echelle.blaze_constant_a / (order + 0.5)
        here, next_ = blaze(echelle, crossing, order), blaze(echelle, crossing, order + 1)
        assert here == pytest.approx(next_, rel=0.03)


class TestLight:
    def test_the_flat_shows_each_order_where_the_echelle_says(self, chip, echelle, window) -> None:
        flat = window.light("FLAT")
        row = ROWS // 2
        x = echelle.rows_to_x(window.rows[row : row + 1])
        columns = echelle.y_to_columns(echelle.y(echelle.orders, x))
        half = 4.0 / chip.pixel_scale_arcsec
        for column in columns[(columns > 2 * half) & (columns < 2047 - 2 * half)]:
            around = np.arange(int(column - half) - 4, int(column + half) + 6)
            light = flat[row, around] / window.response[row, around]
            centre = np.average(around, weights=light - light.min())
            assert centre == pytest.approx(column, abs=0.3)

    def test_an_order_definition_is_a_narrow_trace_in_the_middle_of_the_flat(self, window) -> None:
        trace, flat = window.light("ORDERDEF"), window.light("FLAT")
        assert trace.max() == pytest.approx(flat.max(), rel=0.2)
        assert trace.sum() < 0.2 * flat.sum()
        bright = trace > 0.3 * trace.max()
        assert (flat[bright] > 0.5 * trace[bright]).all()

    def test_arc_lines_are_where_their_wavelengths_fall(self, chip, echelle) -> None:
        detector = Detector.of(chip, None)
        arc = detector.light("WAVE") / detector.response
        lamp = LineList.of_lamp()
        alone = np.diff(lamp.wavelengths_a, prepend=0, append=9e9)
        alone = np.minimum(alone[:-1], alone[1:]) > 0.6
        offsets = []
        for order in echelle.orders[2:-2]:
            x = echelle.x(order, lamp.wavelengths_a)
            for line in np.flatnonzero(alone & (x > 30) & (x < echelle.nx - 30)):
                row = echelle.nx - x[line]
                y = echelle.y(order, x[line : line + 1])[0]
                column = round(float(echelle.y_to_columns(y)))
                rows = np.arange(round(row) - 8, round(row) + 9)
                light = arc[rows, column]
                if light.max() > 1.0:
                    offsets.append(np.average(rows, weights=light) - row)
        assert len(offsets) > 50
        assert np.abs(offsets).max() < 0.05

    def test_the_resolving_power_is_that_of_the_slit(self, chip, echelle) -> None:
        x = np.array([echelle.nx / 2])
        order = echelle.orders[len(echelle.orders) // 2]
        sigma_px = np.sqrt(line_width_px(chip, echelle, order, x) ** 2 - 1 / 12)
        edges = echelle.wavelengths_a(order, np.array([x[0] - 0.5, x[0] + 0.5]))
        fwhm_a = 2.3548 * sigma_px[0] * np.diff(edges)[0]
        power = echelle.wavelengths_a(order, x)[0] / fwhm_a
        assert power == pytest.approx(chip.slit_product_arcsec / 0.6, rel=1e-3)

    def test_the_format_check_shows_the_lines_of_the_arc_through_a_short_slit(self, window) -> None:
        short, long = window.light("FMTCHK"), window.light("WAVE")
        assert (short <= long * 1.001).all()
        assert short.max() == pytest.approx(long.max(), rel=0.35)

    def test_no_line_saturates_in_the_arc(self, chip) -> None:
        peak_e = Detector.of(chip, None).light("WAVE").max() * 60.0
        assert peak_e / chip.conad_e_per_adu < 65000 - chip.bias_adu


class TestDay:
    def test_a_window_has_no_frames_that_need_the_whole_format(self) -> None:
        request = SimulationRequest(night=NIGHT, window_rows=16)
        kinds = Counter(f.units[0].header["DPR.TYPE"] for f in calibration_day(request))
        assert kinds == {"BIAS": 10, "DARK": 6, "LAMP,FLAT": 10}

    def test_templates_follow_each_other_and_end_in_daylight(self) -> None:
        request = SimulationRequest(night=NIGHT, window_rows=16)
        headers = [frame.units[0].header for frame in calibration_day(request)]
        starts = [str(header["DATE-OBS"]) for header in headers]
        assert starts == sorted(set(starts))
        seconds = sum(2 * count * (exposure + READOUT_S) for _, count, exposure in SEQUENCE)
        assert dt.timedelta(seconds=seconds) < dt.timedelta(hours=7)
        templates = [key for key, _ in groupby(str(header["TPL.START"]) for header in headers)]
        assert len(templates) == len(set(templates)) == 6

    def test_frames_tell_where_the_orders_lie(self) -> None:
        request = SimulationRequest(night=NIGHT, window_rows=16)
        flat = next(f for f in calibration_day(request) if "FLAT" in f.units[0].header["DPR.TYPE"])
        centres = flat.truth["BLUE"]["order_y_px"]
        assert set(centres) == {str(order) for order in range(104, 143)}
        assert centres["142"] < centres["141"] < centres["104"] < 2048


# ── The cascade of a whole day, by its headers ──────────────────────────────


@pytest.fixture(scope="module")
def blocks():
    """Blocks of a day of whole frames, whose pixels nobody looks at, by action."""
    files = []
    for setting, exposure in schedule(NIGHT, is_window=False):
        cards = frame_keywords(exposure, setting, ARMS[setting.arm][0].rows)
        header = {k: v[0] if isinstance(v, tuple) else v for k, v in cards.items()}
        files.append(ScannedFile(f"/raw/{header['ARCFILE']}", header))
    organised = organise_scanned(Host.load(), files)
    assert organised.problems == ()
    return {block.action.removeprefix("ACTION_"): block for block in organised.blocks}


NEEDS = {
    "BIAS": (),
    "DARK": ("BIAS",),
    "PREDICT": ("BIAS",),
    "ORDERPOS": ("PREDICT", "BIAS"),
    "FLAT": ("BIAS", "DARK", "ORDERPOS"),
    "WAVECAL": ("PREDICT", "ORDERPOS", "BIAS", "FLAT"),
}


def test_a_day_is_a_cascade_from_the_bias_to_the_wavelengths_of_each_arm(blocks) -> None:
    assert set(blocks) == {f"{kind}_{arm}" for kind in NEEDS for arm in ARMS}
    for arm in ARMS:
        for kind, needs in NEEDS.items():
            block = blocks[f"{kind}_{arm}"]
            assert block.is_complete
            assert block.depends_on == {blocks[f"{need}_{arm}"].id for need in needs}


@pytest.mark.parametrize("action", ["PREDICT_BLUE", "PREDICT_RED", "WAVECAL_BLUE", "WAVECAL_RED"])
def test_the_line_list_comes_with_the_plugin(blocks, action) -> None:
    lists = [c.path for c in blocks[action].calibrations if c.tag == "LINE_REFER_TABLE"]
    (path,) = lists
    assert Path(path).read_bytes() == (DATA / "line_refer_table.fits").read_bytes()


# ── The line list ───────────────────────────────────────────────────────────


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PLUGIN / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_line_list_is_what_its_script_makes_of_the_lamps_lines(tmp_path, monkeypatch) -> None:
    make = script("make_line_table")
    (tmp_path / "thar_lines.csv").write_bytes((DATA / "thar_lines.csv").read_bytes())
    monkeypatch.setattr(make, "DATA", tmp_path)
    make.main()
    name = "line_refer_table.fits"
    assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes()


def test_the_line_list_has_lines_of_the_lamp_that_can_be_told_apart() -> None:
    with fits.open(DATA / "line_refer_table.fits") as units:
        assert "MJD-OBS" not in units[0].header
        assert units[0].header["ESO PRO CATG"] == "LINE_REFER_TABLE"
        listed = np.array(units[1].data["WAVE"])
    lamp = LineList.of_lamp()
    assert np.isin(listed, lamp.wavelengths_a).all()
    assert 0.5 < len(listed) / len(lamp.wavelengths_a) < 0.9
    assert (np.diff(listed) / listed[1:] > 1 / 60_000).mean() > 0.98
