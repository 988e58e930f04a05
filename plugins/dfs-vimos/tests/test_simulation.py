"""Simulated frames are those of four quadrants, with the truth that they tell."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from dfs.plugin import RawFrame, SimulationRequest
from dfs_vimos.headers import NX, NY, OVERSCAN_PX, PRESCAN_PX
from dfs_vimos.simulate import (
    HOT_E_PER_H,
    INSENSITIVE_RESPONSE,
    QUADRANTS,
    Detector,
    Quadrant,
    calibration_day,
)

NIGHT = dt.date(2026, 11, 22)
ROWS = 128


def of(frames: list[RawFrame], kind: str, quadrant: int) -> list[RawFrame]:
    return [
        frame
        for frame in frames
        if frame.units[0].header["DPR.TYPE"] == kind and frame.truth["quadrant"] == quadrant
    ]


@pytest.fixture(scope="module")
def day() -> list[RawFrame]:
    return list(calibration_day(SimulationRequest(night=NIGHT, seed=3, window_rows=ROWS)))


@pytest.fixture(params=QUADRANTS, ids=lambda quadrant: quadrant.output.chip)
def quadrant(request: pytest.FixtureRequest) -> Quadrant:
    return request.param


def sensitive(frame: RawFrame) -> np.ndarray:
    return frame.units[0].data[:, PRESCAN_PX:-OVERSCAN_PX].astype(np.float64)


def test_a_day_has_biases_darks_and_sky_flats_of_each_quadrant(day):
    kinds = Counter((f.units[0].header["DPR.TYPE"], f.truth["quadrant"]) for f in day)
    expected = {"BIAS": 5, "DARK": 3, "FLAT,SKY": 5}
    assert kinds == {(kind, q): n for kind, n in expected.items() for q in (1, 2, 3, 4)}


def test_the_same_request_gives_the_same_frames(day):
    again = calibration_day(SimulationRequest(night=NIGHT, seed=3, window_rows=ROWS))
    for one, two in zip(day, again, strict=True):
        assert one.filename == two.filename
        assert one.units[0].header == two.units[0].header
        assert np.array_equal(one.units[0].data, two.units[0].data)


def test_the_quadrants_of_an_exposure_are_a_millisecond_apart(day):
    assert len({frame.filename for frame in day}) == len(day)
    headers = [frame.units[0].header for frame in day[:4]]
    assert [h["DATE-OBS"] for h in headers] == [f"2026-11-22T10:00:00.00{q}" for q in range(4)]
    assert len({h["TPL.START"] for h in headers}) == 1


def test_keywords_of_the_optics_carry_the_number_of_the_quadrant(day):
    for frame in day:
        header, number = frame.units[0].header, frame.truth["quadrant"]
        assert header["OCS.CON.QUAD"][0] == number
        filters = [key for key in header if key.startswith("INS.FILT") and key.endswith("NAME")]
        assert filters == [f"INS.FILT{number}.NAME"]


@pytest.mark.parametrize(("window", "rows"), [(16, 16), (None, NY), (5000, NY)])
def test_headers_tell_the_window(window, rows):
    unit = next(calibration_day(SimulationRequest(night=NIGHT, window_rows=window))).units[0]
    assert unit.data.shape == (rows, PRESCAN_PX + NX + OVERSCAN_PX)
    assert unit.header["DET.WIN1.NY"] == rows


def test_level_and_read_noise_of_a_bias_are_the_true_ones(day, quadrant):
    one, two = (
        frame.units[0].data.astype(float) for frame in of(day, "BIAS", quadrant.output.quadrant)[:2]
    )
    ron_adu = quadrant.output.ron_e / quadrant.output.conad_e_per_adu
    # Raw values are whole ADU, which adds a twelfth to the variance.
    assert (one - two).std() / np.sqrt(2) == pytest.approx(np.hypot(ron_adu, 12**-0.5), rel=0.01)
    assert one[:, :PRESCAN_PX].mean() == pytest.approx(quadrant.bias_adu, abs=0.1)
    assert one[:, -OVERSCAN_PX:].mean() == pytest.approx(quadrant.bias_adu, abs=0.1)


def test_the_dark_signal_is_the_true_one(day, quadrant):
    number = quadrant.output.quadrant
    bias, dark = of(day, "BIAS", number)[0], of(day, "DARK", number)[0]
    detector = Detector.of(quadrant, ROWS)
    signal = sensitive(dark) - sensitive(bias)
    quarter_hour_e = np.array([quadrant.dark_e_per_h, HOT_E_PER_H]) / 4
    good, hot = quarter_hour_e / quadrant.output.conad_e_per_adu
    assert signal[~detector.hot].mean() == pytest.approx(good, abs=0.05)
    assert signal[detector.hot].mean() == pytest.approx(hot, rel=0.05)


def test_sky_flats_have_the_light_and_the_noise_of_their_level(day, quadrant):
    number = quadrant.output.quadrant
    bias = np.mean([sensitive(frame) for frame in of(day, "BIAS", number)], axis=0)
    first, second = of(day, "FLAT,SKY", number)[:2]
    detector = Detector.of(quadrant, ROWS)
    conad = quadrant.output.conad_e_per_adu
    light_e = [(sensitive(frame) - bias) * conad for frame in (first, second)]
    for light, frame in zip(light_e, (first, second), strict=True):
        assert (light / detector.flat).mean() == pytest.approx(frame.truth["level_e"], rel=1e-3)
    # Brought to one level, the two differ by noise alone.
    expected = detector.flat * first.truth["level_e"]
    ratio = first.truth["level_e"] / second.truth["level_e"]
    pull = (light_e[0] - ratio * light_e[1]) / np.sqrt(
        expected * (1 + ratio) + (1 + ratio**2) * quadrant.output.ron_e**2
    )
    assert pull.std() == pytest.approx(1.0, abs=0.01)


def test_twilight_is_exposed_longer_as_it_fades(day):
    times_s = [f.units[0].header["EXPTIME"][0] for f in of(day, "FLAT,SKY", 1)]
    levels_e = [f.truth["level_e"] for f in of(day, "FLAT,SKY", 1)]
    assert times_s == sorted(times_s)
    assert max(levels_e) < 1.1 * min(levels_e)


def test_insensitive_columns_see_less(quadrant):
    detector = Detector.of(quadrant, ROWS)
    dim = detector.flat[:, detector.insensitive_columns]
    typical = np.median(detector.flat)
    assert dim.mean() / typical == pytest.approx(INSENSITIVE_RESPONSE, rel=0.1)
