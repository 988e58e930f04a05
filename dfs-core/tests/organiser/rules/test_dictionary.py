"""Data-interface dictionaries."""

from __future__ import annotations

from pathlib import Path

from dfs.organiser.rules import load_dictionaries
from dfs.organiser.rules.dictionary import Entry, parse_dictionary

TEXT = """\
# a comment
Dictionary Name:   ESO-VLT-DIC.DEMO
Description:       not of a parameter

Parameter Name:    INS LAMPi NAME
Class:             header|setup
Context:           Instrument
Type:              string
Value Format:      %30s
Unit:
Comment Format:    Lamp name.
Description:       Name of the lamp;
                   note: in capitals.

Parameter Name:    DET WINi BINX
Type:              integer
Unit:              pixel
Comment Field:     Binning
Description:
Binning in x.
Parameter Name:    CRVALi
Type:              double
"""


def test_records_become_entries() -> None:
    entries = parse_dictionary(TEXT)
    assert list(entries) == ["INS.LAMPi.NAME", "DET.WINi.BINX", "CRVALi"]
    assert entries["INS.LAMPi.NAME"] == Entry(
        name="INS.LAMPi.NAME",
        classes="header|setup",
        context="Instrument",
        type="string",
        format="%30s",
        unit="",
        comment="Lamp name.",
        description="Name of the lamp;\nnote: in capitals.",
    )
    assert entries["DET.WINi.BINX"].unit == "pixel"
    assert entries["DET.WINi.BINX"].comment == "Binning"
    assert entries["DET.WINi.BINX"].description == "Binning in x."


def test_an_index_stands_for_a_number(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(TEXT, "latin-1")
    (tmp_path / "b").write_text("Parameter Name: QC FIBi ORDj RMS\n")
    dictionary = load_dictionaries([tmp_path / "a", tmp_path / "b"])
    for keyword in ("INS.LAMP1.NAME", "INS.LAMP12.NAME", "CRVAL2", "QC.FIB3.ORD10.RMS"):
        assert dictionary.find(keyword) is not None, keyword
    for keyword in ("INS.LAMP.NAME", "INS.LAMPi.NAMES", "INS.LAMPX.NAME", "QC.FIB3.RMS"):
        assert dictionary.find(keyword) is None, keyword
    assert dictionary.categories == {"INS", "DET", "QC"}
