"""What only the instrument knows of a block is found, and good blocks give nothing."""

from __future__ import annotations

import pytest

from dfs.plugin import Severity, TemplateKind
from dfs_vircam.verification import verify_block

SIX = (1, 2, 3, 4, 5, 6)
TILE = {
    "OCS_SADT_TILE_ID": "1",
    "OCS_SADT_TILE_RA": "05:40:00.000",
    "OCS_SADT_TILE_DEC": "-02:30:00.000",
    "OCS_SADT_MAXJIT": 15.0,
    "OCS_SADT_GS_PAW": SIX,
    "OCS_SADT_GS_RA": (85.0,) * 6,
    "OCS_SADT_GS_DEC": (-2.5,) * 6,
    "OCS_SADT_GS_MAG": (12.0,) * 6,
}


def codes(found):
    return [each.code for each in found]


@pytest.fixture
def found(block):
    return lambda *templates: verify_block(block(*templates))


def test_good_blocks_give_nothing(found, template, package):
    for each in package.templates:
        if each.kind is not TemplateKind.ACQUISITION:
            name = each.name.removeprefix("VIRCAM_img_")
            assert found("acq", name) == (), name
            assert found(template("acq", **TILE), name) == (), name


def test_the_jitter_keeps_to_the_survey(found, template):
    wide = template("obs_tile6", SEQ_NJITTER=3, SEQ_JITTER_WIDTH=20.0)
    (finding,) = found(template("acq", **TILE), wide)
    assert (finding.code, finding.severity) == ("vircam.jitter", Severity.ERROR)
    assert finding.path == "templates[1].parameters.SEQ.JITTER.WIDTH"
    assert found("acq", wide) == ()  # no survey, no limit
    one = template("obs_tile6", SEQ_NJITTER=1, SEQ_JITTER_WIDTH=20.0)
    assert found(template("acq", **TILE), one) == ()


def test_a_jitter_has_a_width(found, template):
    flat = template("obs_paw", SEQ_NJITTER=3, SEQ_JITTER_WIDTH=0.0)
    assert codes(found("acq", flat)) == ["vircam.jitter-width"]


@pytest.mark.parametrize(("angle", "chosen", "ok"), [(30, 0, False), (180, -180, True)])
def test_the_stars_hold_for_one_position_angle(found, template, angle, chosen, ok):
    acquisition = template(
        "acq", **TILE, TEL_ROT_OFFANGLE=float(angle), OCS_SADT_TILE_OFFANGLE=float(chosen)
    )
    assert codes(found(acquisition)) == ([] if ok else ["vircam.tile-angle"])


def test_the_target_is_the_centre_of_its_tile(found, template):
    (finding,) = found(template("acq", **TILE | {"OCS_SADT_TILE_DEC": "-02:30:02.000"}))
    assert (finding.code, finding.path) == ("vircam.tile-centre", "target.ra")
    assert '2.0" off' in finding.message


def test_every_pawprint_wants_a_guide_star(found, template):
    lists = {f"OCS_SADT_GS_{name}": () for name in ("PAW", "RA", "DEC", "MAG")}
    unguided = template("acq", **TILE | lists)
    (finding,) = found(unguided, "obs_tile6")
    assert (finding.code, finding.severity) == ("vircam.guide-stars", Severity.WARNING)
    assert found(unguided, "obs_paw") == ()
    assert found(template("acq", **TILE | lists, TEL_AG_START=False), "obs_tile6") == ()


def test_a_star_has_all_its_values(found, template):
    short = template("acq", **TILE | {"OCS_SADT_GS_MAG": (12.0,)})
    assert codes(found(short)) == ["vircam.star-list"]


@pytest.mark.parametrize(("band", "ok"), [("J", True), ("Ks", False), ("NB118", True)])
def test_the_sky_limits_the_integration(found, template, band, ok):
    long = template("obs_paw", INS_FILT1_NAME=band, DET_DIT=30.0)
    assert codes(found("acq", long)) == ([] if ok else ["vircam.dit"])


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ((0.0,), None),
        ((0.0, 60.0), None),
        ((0.0, 60.0, 120.0), Severity.WARNING),
        ((0.0, 1.0, 2.0, 3.0, 4.0), Severity.ERROR),
    ],
)
def test_lists_of_offsets_fit_their_number(found, template, values, severity):
    offsets = template("obs_offsets", SEQ_NOFFSETS=4, SEQ_OFFSET_X=values)
    assert [each.severity for each in found("acq", offsets)] == ([severity] if severity else [])


def test_the_sky_is_beside_the_tile(found, template):
    near = template("obs_tile6sky", SEQ_SKY_OFFSETX=1000.0)
    assert codes(found("acq", near)) == ["vircam.sky"]
