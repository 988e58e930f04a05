"""The package's files say what the sources say, and which of it has a source."""

from __future__ import annotations

import pytest

from dfs.plugin import ParameterType

BOTH = pytest.mark.parametrize("version", ["101.05", "117.00"])

ACQUISITIONS = "slt_acq ifu_acq slt_acq_rrm ifu_acq_rrm img_acq img_acq_FlatSky"
SCIENCE = (
    "slt_obs_Stare slt_obs_StareSynchro slt_obs_AutoNodOnSlit slt_obs_FixedSkyOffset "
    "slt_obs_GenericOffset slt_obs_Mapping ifu_obs_GenericOffset ifu_obs_FixedSkyOffset "
    "ifu_obs_Stare ifu_obs_StareSynchro img_obs img_obs_GenericOffset"
)
STANDARDS = (
    "slt_cal_SpecphotStdNodding slt_cal_SpecphotStdOffset slt_cal_SpecphotStdStare "
    "slt_cal_TelluricStdNod slt_cal_TelluricStdStare ifu_cal_SpecphotStdOffset "
    "ifu_cal_SpecphotStdStare ifu_cal_TelluricStdOffset ifu_cal_TelluricStdStare"
)


@BOTH
@pytest.mark.parametrize(
    ("names", "kind"),
    [(ACQUISITIONS, "acquisition"), (SCIENCE, "science"), (STANDARDS, "calib")],
    ids=["acquisition", "science", "standards"],
)
def test_every_template_of_the_evidence_exists(packages, version, names, kind):
    package = packages.get("xshooter", version)
    found = {each.name: str(each.kind) for each in package.templates}
    assert {f"XSHOOTER_{name}": kind for name in names.split()}.items() <= found.items()


@BOTH
def test_the_generic_offset_is_table_26_of_the_manual(packages, version):
    template = packages.get("xshooter", version).template("XSHOOTER_slt_obs_GenericOffset")
    told = {each.name: each for each in template.parameters}
    assert {name: each.default for name, each in told.items()} == {
        "INS.OPTI3.NAME": "1.0x11",
        "INS.OPTI4.NAME": "0.9x11",
        "INS.OPTI5.NAME": "0.9x11",
        "DET1.WIN1.UIT1": None,
        "DET1.READ.CLKDESCR": "100k/1pt/hg",
        "DET2.WIN1.UIT1": None,
        "DET2.READ.CLKDESCR": "100k/1pt/hg",
        "DET3.DIT": None,
        "DET3.NDIT": 1,
        "SEQ.NEXP.UVB": 1,
        "SEQ.NEXP.VIS": 1,
        "SEQ.NEXP.NIR": 1,
        "SEQ.OFFSET.COORDS": "SKY",
        "SEQ.RELOFF1": (0.0,),
        "SEQ.RELOFF2": (0.0,),
        "SEQ.OBS.TYPE": ("O", "S"),
        "SEQ.NOFFSET": 2,
        "SEQ.OFFSET.ZERO": True,
        "INS.MODE": "SLITSPEC",
        "SEQ.AGSNAPSHOT": False,
    }
    ranges = {
        name: [(r.minimum, r.maximum) for r in each.ranges]
        for name, each in told.items()
        if each.ranges
    }
    assert ranges == {
        **{key: [(0, 36000)] for key in ("DET1.WIN1.UIT1", "DET2.WIN1.UIT1", "DET3.DIT")},
        **{key: [(0, 100)] for key in ("SEQ.NEXP.UVB", "SEQ.NEXP.VIS", "SEQ.NEXP.NIR")},
        **{key: [(-1000, 1000)] for key in ("SEQ.RELOFF1", "SEQ.RELOFF2")},
        "DET3.NDIT": [(1, 20)],
        "SEQ.NOFFSET": [(0, 100)],
    }
    assert {name for name, each in told.items() if each.fixed} == {"INS.MODE", "SEQ.AGSNAPSHOT"}
    assert told["SEQ.OBS.TYPE"].type is ParameterType.KEYWORDS
    assert all(each.source for each in told.values())


@BOTH
def test_what_nobody_has_seen_is_said_to_be_invented(packages, version):
    package = packages.get("xshooter", version)
    mapping = package.template("XSHOOTER_slt_obs_Mapping")
    invented = {each.name for each in mapping.parameters if each.source is None}
    assert invented == {
        *(f"SEQ.SKY.{name}" for name in ("UIT.UVB", "UIT.VIS", "DIT.NIR")),
        *(f"SEQ.SKY.NEXP.{arm}" for arm in ("UVB", "VIS", "NIR")),
    }
    assert package.template("XSHOOTER_slt_cal_Flat").source is None
    assert "name only" in package.template("XSHOOTER_slt_obs_Mapping").source


@BOTH
def test_every_template_says_how_long_it_takes(packages, version):
    package = packages.get("xshooter", version)
    assert [each.name for each in package.templates if each.timing is None] == []
