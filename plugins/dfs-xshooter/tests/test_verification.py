"""What only the instrument knows of a block is found, and good blocks give nothing."""

from __future__ import annotations

import pytest

from dfs.plugin import Container, ContainerKind, Member, Severity, TemplateKind
from dfs_xshooter.verification import verify_block, verify_container

SLIT, IFU = "XSHOOTER_slt_acq", "XSHOOTER_ifu_acq"
NOD, OFFSET = "XSHOOTER_slt_obs_AutoNodOnSlit", "XSHOOTER_slt_obs_GenericOffset"
STARE = "XSHOOTER_slt_obs_Stare"


def codes(found):
    return [each.code for each in found]


@pytest.fixture
def found(block, package):
    return lambda *templates: verify_block(block(*templates), package)


def test_good_blocks_give_nothing(package, block):
    for template in package.templates:
        mode = template.name.split("_")[1]
        if template.kind is TemplateKind.ACQUISITION or mode == "gen":
            continue
        good = block(f"XSHOOTER_{mode}_acq", template.name)
        assert verify_block(good, package) == (), template.name


@pytest.mark.parametrize(
    ("acquisition", "science", "ok"),
    [
        (SLIT, STARE, True),
        (SLIT, "XSHOOTER_ifu_obs_Stare", False),
        (IFU, STARE, False),
        (IFU, "XSHOOTER_img_obs", True),
        ("XSHOOTER_img_acq", STARE, False),
        ("XSHOOTER_slt_acq_rrm", "XSHOOTER_slt_cal_TelluricStdStare", True),
    ],
)
def test_the_acquisition_must_be_for_the_mode(found, acquisition, science, ok):
    assert codes(found(acquisition, science)) == ([] if ok else ["xshooter.mode"])


def test_a_guide_star_from_the_set_up_file_needs_coordinates(found, template):
    bare = template(SLIT, TEL_AG_GUIDESTAR="SETUPFILE")
    (finding,) = found(bare)
    assert (finding.code, finding.severity) == ("xshooter.guide-star", Severity.ERROR)
    assert finding.path == "templates[0].parameters.TEL.GS1.ALPHA"
    given = template(SLIT, TEL_AG_GUIDESTAR="SETUPFILE", TEL_GS1_ALPHA="04:55:52.100")
    assert found(given) == ()


def test_slits_of_the_arms_belong_together(found, template):
    assert codes(found(template(STARE, INS_OPTI3_NAME="5.0x11"))) == ["xshooter.slit-widths"]
    widest = template(
        STARE, INS_OPTI3_NAME="1.6x11", INS_OPTI4_NAME="1.5x11", INS_OPTI5_NAME="1.2x11"
    )
    assert found(widest) == ()


def test_a_slit_that_blocks_the_k_band_is_said(found, template):
    (finding,) = found(template(STARE, INS_OPTI5_NAME="0.9x11JH"))
    assert (finding.code, finding.severity) == ("xshooter.k-band-blocked", Severity.INFO)


@pytest.mark.parametrize(
    ("slit", "dit", "ok"),
    [("0.9x11", 900.0, True), ("0.9x11", 901.0, False), ("0.9x11JH", 1800.0, True)],
)
def test_the_k_band_sky_limits_the_integration(found, template, slit, dit, ok):
    long = template(
        STARE, INS_OPTI5_NAME=slit, DET3_DIT=dit, DET1_WIN1_UIT1=dit, DET2_WIN1_UIT1=dit
    )
    assert ("xshooter.dit" in codes(found(long))) is not ok


def test_nodding_stays_in_the_slit(found, template):
    out = template(NOD, SEQ_NOD_THROW=8.0, SEQ_JITTER_WIDTH=4.0)
    assert codes(found(out)) == ["xshooter.nod-throw"]
    mixed = template(NOD, SEQ_NOD_THROW=2.0, SEQ_JITTER_WIDTH=3.0)
    assert codes(found(mixed)) == ["xshooter.jitter"]


@pytest.mark.parametrize(
    ("count", "values", "severity"),
    [
        (4, (0.0,), None),
        (4, (0.0, 5.0), None),
        (4, (0.0, 5.0, 1.0, 2.0), None),
        (4, (0.0, 5.0, 1.0), Severity.WARNING),
        (2, (0.0, 5.0, 1.0), Severity.ERROR),
    ],
)
def test_lists_of_offsets_fit_their_number(found, template, count, values, severity):
    offsets = template(OFFSET, SEQ_NOFFSET=count, SEQ_RELOFF1=values)
    assert [each.severity for each in found(offsets)] == ([severity] if severity else [])
    assert codes(found(offsets)) == (["xshooter.offset-list"] if severity else [])


def test_a_sequence_looks_at_the_object_once_at_least(found, template):
    assert codes(found(template(OFFSET, SEQ_OBS_TYPE=("S",)))) == ["xshooter.no-object"]


def test_something_must_be_exposed(found, template):
    none = template(STARE, SEQ_NEXPO_UVB=0, SEQ_NEXPO_VIS=0, SEQ_NEXPO_NIR=0)
    assert codes(found(none)) == ["xshooter.no-exposure"]
    assert codes(found(template(OFFSET, SEQ_NOFFSET=0))) == ["xshooter.no-exposure"]


def test_an_arm_that_idles_is_told_with_its_time(found, template):
    uneven = template(STARE, DET1_WIN1_UIT1=100.0, DET2_WIN1_UIT1=811.0, DET3_DIT=900.0)
    (finding,) = found(uneven)
    assert finding.code == "xshooter.idle-arm"
    assert "the UVB arm idles 734 s" in finding.message  # 900 + 1.5 − 100 − 68, rounded
    assert found(template(STARE, SEQ_NEXPO_UVB=0)) == ()  # an arm that is not used is no matter


def test_a_telluric_standard_has_the_slits_of_its_science(block, template):
    science = block(SLIT, STARE)
    alike = block(SLIT, template("XSHOOTER_slt_cal_TelluricStdNod"))
    other = block(SLIT, template("XSHOOTER_slt_cal_TelluricStdNod", INS_OPTI3_NAME="1.3x11"))

    def together(*blocks, kind=ContainerKind.CONCATENATION):
        members = tuple(Member(item=each) for each in blocks)
        return verify_container(Container(kind=kind, name="both", members=members))

    assert together(science, alike) == ()
    (finding,) = together(science, other)
    assert (finding.code, finding.path) == ("xshooter.telluric-slits", "members[1]")
    assert "1.0x11 / 0.9x11 / 0.9x11" in finding.message
    assert together(science, other, kind=ContainerKind.GROUP) == ()
