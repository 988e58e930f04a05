"""What the rules call a frame, also beside the rules of the instrument's own pipeline."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from dfs.host import Host
from dfs.organiser.rulebook import rulebooks
from dfs.organiser.rules import CompiledRules, compile_rules, parse_rules

ARMS = ("UVB", "VIS", "NIR")
TYPES = [
    "BIAS",
    "DARK",
    "LAMP,FMTCHK",
    "LAMP,ORDERDEF",
    "LAMP,DORDERDEF",
    "LAMP,QORDERDEF",
    "LAMP,WAVE",
    "LAMP,FLAT",
    "LAMP,DFLAT",
    "LAMP,QFLAT",
    "LAMP,AFC",
    "STD,FLUX",
    "STD,TELLURIC",
    "STD,SKY",
    "OBJECT",
    "SKY",
]
TECHNIQUES = [
    "IMAGE",
    "ECHELLE",
    "ECHELLE,PINHOLE",
    "ECHELLE,MULTI-PINHOLE",
    "ECHELLE,SLIT",
    "ECHELLE,IFU",
    "ECHELLE,SLIT,STARE",
    "ECHELLE,SLIT,NODDING",
    "ECHELLE,SLIT,OFFSET",
    "ECHELLE,IFU,STARE",
    "ECHELLE,IFU,OFFSET",
]


@pytest.fixture(scope="module")
def rules() -> CompiledRules:
    found = rulebooks(Host.load())["xshooter"].rules
    assert found is not None
    return found


def header(arm: str, type_: str, technique: str, field: str = "SLOT") -> dict[str, object]:
    """A frame whose lamps are on and whose slits suit its kind."""
    slit = {"ECHELLE,MULTI-PINHOLE": "Pin_row", "ECHELLE": "Pin_0.5"}.get(technique, "0.9x11")
    return {
        "INSTRUME": "XSHOOTER",
        "SEQ.ARM": arm,
        "DPR.CATG": "SCIENCE" if type_ in {"OBJECT", "SKY"} else "CALIB",
        "DPR.TYPE": type_,
        "DPR.TECH": technique,
        "TPL.ID": "XSHOOTER_gen_cal_Bias" if type_ == "BIAS" else "XSHOOTER_slt_acq",
        "INS.OPTI2.NAME": field,
        **{f"INS.OPTI{number}.NAME": slit for number in (3, 4, 5)},
        **{f"INS.LAMP{number}.ST": True for number in range(1, 7)},
    }


@pytest.mark.parametrize(
    ("arm", "type_", "technique", "field", "expected"),
    [
        ("UVB", "BIAS", "IMAGE", "SLOT", "BIAS_UVB"),
        ("NIR", "DARK", "IMAGE", "SLOT", "DARK_NIR"),
        ("UVB", "LAMP,DFLAT", "ECHELLE,SLIT", "SLOT", "FLAT_D2_SLIT_UVB"),
        ("NIR", "LAMP,FLAT", "ECHELLE,IFU", "IFU", "FLAT_IFU_NIR_ON"),
        ("NIR", "LAMP,FLAT", "IMAGE", "IFU", "FLAT_IFU_NIR_OFF"),
        ("VIS", "LAMP,WAVE", "ECHELLE,MULTI-PINHOLE", "SLOT", "WAVE_VIS"),
        ("VIS", "LAMP,AFC", "ECHELLE", "SLOT", "AFC_ATT_VIS"),
        ("UVB", "STD,TELLURIC", "ECHELLE,SLIT,NODDING", "SLOT", "STD_TELL_SLIT_NOD_UVB"),
        ("NIR", "OBJECT", "ECHELLE,SLIT,OFFSET", "SLOT", "OBJECT_SLIT_OFFSET_NIR"),
        ("NIR", "BIAS", "IMAGE", "SLOT", None),  # the NIR arm has none
    ],
)
def test_a_frame_is_what_its_header_says(rules, arm, type_, technique, field, expected):
    found = rules.classify(header(arm, type_, technique, field))
    assert found.get("DO.CATG") == expected


@pytest.mark.shared_data
def test_the_rules_agree_with_those_of_the_pipeline(rules, shared_data: Path):
    file = shared_data / "pipeline" / "oca" / "xshoo.oca"
    theirs = compile_rules(parse_rules(file.read_text("utf-8")))
    agreed, differing = set(), set()
    for each in product(ARMS, TYPES, TECHNIQUES, ("SLOT", "IFU")):
        one, other = (found.classify(header(*each)).get("DO.CATG") for found in (rules, theirs))
        if one and other:
            (agreed if one == other else differing).add((one, other))
    # Their rules take a telluric standard in the IFU for an object.
    assert differing == {(f"STD_TELL_IFU_STARE_{arm}", f"OBJECT_IFU_STARE_{arm}") for arm in ARMS}
    assert len(agreed) > 60
