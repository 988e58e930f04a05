"""Execution times by the manual's table."""

from __future__ import annotations

import pytest

from dfs_xshooter.timing import execution_time

ACQUISITION = 360 + 3 * 15 + 4 * 1.0


def test_an_acquisition_takes_three_loops_and_a_saved_image(block, template, package):
    acquisition = template("XSHOOTER_slt_acq", DET4_WIN1_UIT1=20.0)
    time = execution_time(block(acquisition), package)
    assert time.total_s == 360 + (15 + 20) * 3 + 20
    assert time.exposure_s == 0


def test_a_blind_offset_costs_its_time_and_another_image(block, template, package):
    acquisition = template("XSHOOTER_slt_acq", DET4_WIN1_UIT1=20.0, TEL_TARG_OFFSETDELTA=12.5)
    assert execution_time(block(acquisition), package).total_s == 485 + 30 + 20


def test_the_longest_arm_counts(block, template, package):
    stare = template("XSHOOTER_slt_obs_StareSynchro", DET1_WIN1_UIT1=600.0, DET2_WIN1_UIT1=600.0)
    time = execution_time(block("XSHOOTER_slt_acq", stare), package)
    assert time.total_s == ACQUISITION + 5 + 600 + 89  # VIS is read more slowly than UVB
    assert time.exposure_s == 600


@pytest.mark.parametrize(
    ("mode", "read_out"),
    [("100k/1pt/hg", 89), ("100k/1pt/hg/2x2", 22), ("400k/1pt/lg", 21), ("400k/1pt/lg/1x2", 11)],
)
def test_the_read_out_depends_on_speed_and_binning(block, template, package, mode, read_out):
    stare = template(
        "XSHOOTER_slt_obs_StareSynchro",
        DET1_WIN1_UIT1=10.0,
        DET2_WIN1_UIT1=900.0,
        DET2_READ_CLKDESCR=mode,
        DET3_DIT=10.0,
    )
    assert execution_time(block(stare), package).total_s == 5 + 900 + read_out


def test_a_nodding_cycle_has_two_positions(block, template, package):
    nod = template(
        "XSHOOTER_slt_obs_AutoNodOnSlit",
        DET3_DIT=300.0,
        DET3_NDIT=3,
        SEQ_NEXPO_NIR=2,
        SEQ_NCYCLE=4,
    )
    time = execution_time(block(nod), package)
    assert time.total_s == 5 + 8 * (2 * (3 * 300 + 1.5) + 15)
    assert time.exposure_s == 8 * 2 * 3 * 300


def test_every_offset_is_exposed(block, template, package):
    offsets = template(
        "XSHOOTER_slt_obs_GenericOffset", SEQ_NOFFSET=5, DET3_DIT=1000.0, SEQ_NEXP_UVB=0
    )
    assert execution_time(block(offsets), package).total_s == 5 + 5 * (1000 + 1.5 + 15)


def test_staying_there_saves_the_return_to_the_origin(block, template, package):
    away = template("XSHOOTER_slt_obs_GenericOffset", SEQ_OFFSET_ZERO=False)
    back = template("XSHOOTER_slt_obs_GenericOffset", SEQ_OFFSET_ZERO=True)
    saved = [execution_time(block(each), package).total_s for each in (away, back)]
    assert saved[1] - saved[0] == 15


def test_a_mapping_exposes_less_on_the_sky(block, template, package):
    mapping = template(
        "XSHOOTER_slt_obs_Mapping",
        SEQ_NOFFSET=3,
        SEQ_OBS_TYPE=("O", "S"),
        DET3_DIT=1000.0,
        SEQ_SKY_UIT_UVB=100.0,
        SEQ_SKY_UIT_VIS=100.0,
        SEQ_SKY_DIT_NIR=100.0,
    )
    time = execution_time(block(mapping), package)
    assert time.total_s == 5 + 2 * (1000 + 1.5) + 1 * (100 + 89) + 3 * 15


def test_changing_the_slit_takes_time(block, template, package):
    one = template("XSHOOTER_slt_cal_TelluricStdNod")
    other = template("XSHOOTER_slt_cal_TelluricStdNod", INS_OPTI5_NAME="0.6x11JH")
    alike = execution_time(block(one, one), package).total_s
    assert execution_time(block(one, other), package).total_s == alike + 10


def test_an_exposure_that_is_not_filled_in_makes_the_time_unknown(block, template, package):
    stare = template("XSHOOTER_slt_obs_StareSynchro", DET3_DIT=None)
    time = execution_time(block(stare), package)
    assert time.unknown == ("templates[0]: DET3.DIT is not filled in",)
    assert time.total_s > 0
