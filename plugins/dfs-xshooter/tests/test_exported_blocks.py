"""Blocks that were exported in 2018 can be said in the words of the older package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dfs.instruments.logic import accept, check_constraints
from dfs.plugin import InstrumentPackage, ObservationBlock, Template
from dfs_xshooter.migration import migrate
from dfs_xshooter.timing import execution_time
from dfs_xshooter.verification import verify_block

LINE = re.compile(r'^(\S+)\s+"(.*)"\s*$')
CONSTRAINTS = {
    "seeing": "seeing",
    "sky_transparency": "skyTransparency",
    "air_mass": "airmass",
    "fractional_lunar_illumination": "fli",
    "moon_angular_distance": "moonDistance",
    "strehlratio": "strehl",
    "twilight": "twilight",
    "watervapour": "waterVapour",
    "atm": "atm",
    "contrast": "contrast",
}
MADE_UP = """
name            "NOD"
seeing          "0.8"
sky_transparency  "Clear"
air_mass        "2.8"
fractional_lunar_illumination  "1.0"
moon_angular_distance  "30"
strehlratio     "0.0"
twilight        "0"
watervapour     "0.0"
atm             "no constraint"
contrast        "0.0"
ACQUISITION.TEMPLATE.NAME  "XSHOOTER_slt_acq"
TEL.ROT.OFFANGLE  "-30.5"
DET4.WIN1.UIT1    "2"
TEMPLATE.NAME   "XSHOOTER_slt_obs_AutoNodOnSlit"
DET1.WIN1.UIT1  "600"
DET2.WIN1.UIT1  "579"
DET2.READ.CLKDESCR  "100k/1pt/hg/1x2"
DET3.DIT        "600"
DET3.NDIT       "1.0"
SEQ.NEXPO.UVB   "2"
SEQ.NCYCLE      "3"
SEQ.OFFSET.ZERO "T"
"""


def read(text: str, package: InstrumentPackage) -> ObservationBlock:
    """Insist that every name is known to the package and every value allowed."""
    templates: list[Template] = []
    constraints: dict[str, float | str] = {}
    for line in filter(None, map(LINE.match, text.splitlines())):
        key, value = line.groups()
        if key.endswith("TEMPLATE.NAME"):
            signature = package.template(value)
            assert signature is not None, value
            templates.append(Template(name=value, kind=signature.kind))
        elif templates:
            name = templates[-1].name
            found = [each for each in package.template(name).parameters if each.name == key]
            assert found, f"{name} has no parameter {key}"
            known = {**templates[-1].parameters, key: accept(found[0], value)}
            templates[-1] = templates[-1].model_copy(update={"parameters": known})
        elif key in CONSTRAINTS:
            definition = package.constraint(CONSTRAINTS[key])
            assert definition is not None, key
            constraints[definition.name] = value if definition.choices else float(value)
    assert check_constraints(package, constraints) == []
    return ObservationBlock(
        name="block",
        instrument="XSHOOTER",
        package_version=package.version,
        templates=tuple(templates),
        constraints=constraints,
    )


def test_a_block_like_an_exported_one_is_understood(package):
    block = read(MADE_UP, package)
    assert block.constraints["atm"] == "no constraint"
    nod = block.templates[1].parameters
    assert (nod["DET3.NDIT"], nod["SEQ.NEXPO.UVB"], nod["SEQ.OFFSET.ZERO"]) == (1, 2, True)


def test_migration_carries_the_numbers_of_exposures_over(packages, package):
    new = packages.get("xshooter", "117.00")
    moved = migrate(read(MADE_UP, package), new)
    assert moved.package_version == "117.00"
    assert moved.templates[1].parameters["SEQ.NEXP.UVB"] == 2
    assert not any("NEXPO" in name for name in moved.templates[1].parameters)
    assert "atm" not in moved.constraints
    assert moved.constraints["seeing"] == 0.8
    assert migrate(moved, package).templates[1].parameters["SEQ.NEXPO.UVB"] == 2


def test_the_same_spelling_stays_in_the_templates_of_the_manual(packages, package, block):
    old = block("XSHOOTER_slt_acq", "XSHOOTER_slt_obs_GenericOffset")
    moved = migrate(old, packages.get("xshooter", "117.00"))
    assert moved.templates == old.templates


@pytest.mark.shared_data
def test_six_exported_blocks_are_valid_and_good(shared_data: Path, package):
    files = sorted((shared_data / "phase12" / "obx").glob("xshooter_*.obx"))
    assert len(files) == 6
    for file in files:
        block = read(file.read_text("utf-8"), package)
        assert set(block.constraints) == {each.name for each in package.constraints}
        codes = {finding.code for finding in verify_block(block, package)}
        assert codes <= {"xshooter.k-band-blocked"}, file.name
        time = execution_time(block, package)
        assert not time.unknown
        assert time.total_s > 405
