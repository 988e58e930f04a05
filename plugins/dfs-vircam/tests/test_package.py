"""The package's files are without fault and say what a tile takes."""

from __future__ import annotations

import pytest

from dfs.instruments.timing import execution_time


def test_there_is_one_version(packages):
    assert packages.versions("VIRCAM") == ("108.00",)


def test_there_are_tiles_pawprints_offsets_and_calibrations(package):
    found = {each.name.removeprefix("VIRCAM_img_"): str(each.kind) for each in package.templates}
    science = dict.fromkeys(("obs_tile6", "obs_tile6sky", "obs_paw", "obs_offsets"), "science")
    calibrations = ("cal_dark", "cal_domeflat", "cal_linearity", "cal_twiflat", "cal_std")
    assert found == {"acq": "acquisition", **science, **dict.fromkeys(calibrations, "calib")}


def test_what_nobody_has_seen_is_said_to_be_invented(package):
    sourced = {each.name for each in package.templates if each.source}
    assert sourced == {"VIRCAM_img_obs_tile6sky"}
    tile = package.template("VIRCAM_img_obs_tile6")
    assert {each.name for each in tile.parameters if each.source is None} == {"SEQ.NEXPO"}


def test_a_chart_shows_the_field_of_one_degree_and_two_thirds(package):
    assert package.field.width_arcmin == pytest.approx(1.65 * 60)


def test_a_tile_takes_pawprints_by_jitters_by_microsteps_by_exposures(block, template, package):
    tile = template("obs_tile6", DET_DIT=10.0, DET_NDIT=2, SEQ_NEXPO=3, SEQ_NJITTER=5, SEQ_NUSTEP=4)
    time = execution_time(block("acq", tile), package)
    positions = 6 * 5 * 4
    assert time.exposure_s == positions * 3 * 2 * 10
    assert time.total_s == 300 + 65 + positions * 3 * (2 * 10 + 4) + (positions - 1) * 8
    assert not time.unknown


def test_another_filter_takes_time(block, template, package):
    one, other = template("obs_paw"), template("obs_paw", INS_FILT1_NAME="Ks")
    alike = execution_time(block("acq", one, one), package).total_s
    assert execution_time(block("acq", one, other), package).total_s == alike + 30
