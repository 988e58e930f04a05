"""Exposures of templates, and what raw frames say of them."""

from __future__ import annotations

import datetime as dt

from dfs.algorithms.exposures import calibration_keywords, exposures

NOON = dt.datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=dt.UTC)


def test_exposures_follow_each_other_with_the_readout_between() -> None:
    found = list(exposures(NOON, [("BIAS", (0.0, 0.0)), ("DARK", (60.0,))], readout_s=40.0))
    since_s = [(exposure.start - NOON).total_seconds() for exposure in found]
    assert since_s == [0.0, 40.0, 80.0]
    assert [(e.kind, e.number, e.count) for e in found] == [
        ("BIAS", 1, 2),
        ("BIAS", 2, 2),
        ("DARK", 1, 1),
    ]
    assert [e.template_start for e in found] == [NOON, NOON, found[2].start]


def test_a_frame_says_when_in_which_template_and_what_it_was_taken_for() -> None:
    (_, second) = exposures(NOON, [("BIAS", (0.0, 0.0))], readout_s=40.0)
    cards = calibration_keywords(
        second.later(0.001),
        instrume="DEMO",
        telescop="DEMO-T1",
        template="DEMO_cal_bias",
        dpr_type="BIAS",
        dpr_tech="IMAGE",
    )
    assert cards["DATE-OBS"] == "2026-11-22T12:00:40.501"
    assert cards["ARCFILE"] == "DEMO.2026-11-22T12:00:40.501.fits"
    mjd, _ = cards["MJD-OBS"]
    assert abs(mjd - (61366.5 + 40.501 / 86400)) < 1e-9
    assert cards["UTC"] == 43240.0
    assert 0.0 <= cards["LST"] < 86400.0
    assert cards["TPL.START"] == "2026-11-22T12:00:00.500"
    assert (cards["TPL.EXPNO"], cards["TPL.NEXP"]) == (2, 2)
    assert (cards["DPR.CATG"], cards["DPR.TYPE"], cards["DPR.TECH"]) == ("CALIB", "BIAS", "IMAGE")
