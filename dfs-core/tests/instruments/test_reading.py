"""The files of a package: what is wrong in them is said with file and key, all at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.instruments.reading import read_package

PACKAGE = """
[sources]
manual = "The manual"
[[constraint]]
name = "airmass"
default = 2.0
ranges = [[1.0, 5.0]]
source = "manual"
[parameters]
times = [{ name = "DET.DIT", type = "number", ranges = [[0, inf]] }]
[[setup_change]]
label = "mode"
parameters = ["INS.MODE"]
seconds = 5
[field]
width_arcmin = 5
height_arcmin = 5
angle_parameter = "INS.MODE"
"""
TEMPLATE = """
name = "DEMO_obs"
type = "science"
source = "manual"
use = ["times"]
[[parameter]]
name = "INS.MODE"
type = "keyword"
choices = ["A", "B"]
default = "A"
[timing]
fixed_s = 5
[[timing.arm]]
exposure = "DET.DIT"
"""
FILES = {"package.toml": PACKAGE, "templates/DEMO_obs.toml": TEMPLATE}


def faults(texts: dict[str, str]) -> list[str]:
    return [str(fault) for fault in read_package("demo", "DEMO", "1.0", texts).faults]


def test_the_files_are_right():
    reading = read_package("demo", "DEMO", "1.0", FILES)
    (template,) = reading.package.templates

    assert reading.faults == ()
    assert [p.name for p in template.parameters] == ["DET.DIT", "INS.MODE"]
    assert template.parameters[0].ranges[0].maximum is None
    assert reading.package.instrume == "DEMO"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[sources]", "colour = 1\n[sources]", "colour: there is no such key"),
        ('manual = "The manual"', "manual = 5", "sources.manual: a source is a citation"),
        (
            'source = "manual"',
            'source = "book"',
            "constraint[0].source: no source 'book' is listed",
        ),
        ("default = 2.0", "default = 7.0", "constraint[0].default: airmass: 7.0 is not 1..5"),
        ("default = 2.0", 'default = "a"', "constraint[0].default: airmass: 'a' is no number"),
        ("default = 2.0", "", "constraint[0].default: Field required"),
        ("ranges = [[1.0, 5.0]]", "ranges = [[5, 1]]", "constraint[0].ranges: ranges are pairs"),
        (
            "ranges = [[1.0, 5.0]]",
            'choices = ["x"]',
            "constraint[0].default: airmass: 2.0 is not x",
        ),
        ('name = "airmass"', 'name = "airmass"\nkind = 1', "constraint[0].kind: Extra inputs"),
        ("[[constraint]]", "[constraint]", "constraint: it is no array of tables"),
        ('type = "number"', 'type = "real"', "parameters.times[0].type: Input should be"),
        ('["INS.MODE"]', '["INS.MOOD"]', "setup_change[0].parameters: there is no parameter"),
        ("seconds = 5", "seconds = -5", "setup_change[0].seconds: Input should be greater"),
        ('= "INS.MODE"', '= "INS.MOOD"', "field.angle_parameter: there is no parameter"),
        ("width_arcmin = 5", "width_arcmin = 0", "field.width_arcmin: Input should be greater"),
        (PACKAGE, "x = ", "it is no TOML: "),
    ],
)
def test_a_fault_of_the_package_names_its_key(old, new, fault):
    assert old in PACKAGE
    found = faults(FILES | {"package.toml": PACKAGE.replace(old, new)})

    assert any(each.startswith(f"package.toml: {fault}") for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name = "DEMO_obs"', 'name = "DEMO_cal"', "name: the file is called DEMO_obs"),
        ('type = "science"', 'type = "fun"', "type: Input should be"),
        ("use =", "uses =", "uses: there is no such key"),
        ('["times"]', '["spaces"]', "use: there is no set 'spaces' of parameters"),
        ('default = "A"', 'default = "C"', "parameter[0].default: INS.MODE: 'C' is not A or B"),
        ('default = "A"', "default = [1]", "parameter[0].default: INS.MODE is of type keyword"),
        ('default = "A"', "hidden = true", "parameter[0].default: INS.MODE: nobody could fill"),
        ('default = "A"', "fixed = true", "parameter[0].default: INS.MODE: nobody could fill"),
        (
            'default = "A"',
            "maximum_length = 2",
            "parameter[0].maximum_length: INS.MODE: only lists",
        ),
        ('["A", "B"]', "[1, 2]", "parameter[0].choices: INS.MODE: they are not of type keyword"),
        (
            'choices = ["A", "B"]',
            "ranges = [[1, 2]]",
            "parameter[0].ranges: INS.MODE: type keyword",
        ),
        ('type = "keyword"', 'type = "boolean"', "parameter[0].choices: INS.MODE: type boolean"),
        ("fixed_s = 5", 'repeats = ["SEQ.N"]', "timing.repeats: there is no parameter 'SEQ.N'"),
        ("fixed_s = 5", "fixed = 5", "timing.fixed: Extra inputs"),
        ('"DET.DIT"', '"INS.MODE"', "timing.arm[0].exposure: parameter 'INS.MODE' is no number"),
        ('exposure = "DET.DIT"', "", "timing.arm[0].exposure: Field required"),
        ("[[timing.arm]]", "[timing.arm]", "timing.arm: it is no array of tables"),
        (
            "[timing]",
            '[[parameter]]\nname = "INS.MODE"\ntype = "string"\n[timing]',
            "parameter: parameter INS.MODE is defined twice",
        ),
        ('type = "science"\n', 'type = "acquisition"\n', None),
    ],
)
def test_a_fault_of_a_template_names_its_key(old, new, fault):
    assert old in TEMPLATE
    found = faults(FILES | {"templates/DEMO_obs.toml": TEMPLATE.replace(old, new)})

    if fault is None:
        assert found == []
    else:
        wanted = f"templates/DEMO_obs.toml: {fault}"
        assert any(each.startswith(wanted) for each in found), found


def test_an_acquisition_says_how_long_it_takes():
    text = 'name = "DEMO_acq"\ntype = "acquisition"\n[timing]\n'

    assert faults(FILES | {"templates/DEMO_acq.toml": text}) == [
        "templates/DEMO_acq.toml: timing.fixed_s: an acquisition says how long it takes"
    ]


def test_all_faults_are_told_at_once():
    texts = {
        "package.toml": "a = 1\nb = 2",
        "templates/X.toml": "c = 3",
        "templates/Y.tsf": "nonsense = 5",
    }

    assert len(faults(texts)) >= 5


def test_a_missing_package_file_is_a_fault():
    assert faults({}) == ["package.toml: there is no such file"]


SIGNATURE = 'TPL.PARAM "A"\nA.TYPE "number"\nA.RANGE "QUERY_INST x"\nA.DEFAULT "1"\n'


def test_a_signature_file_needs_its_kind_and_tells_what_it_cannot_hold():
    told = '[template.DEMO_x]\ntype = "calib"\n'
    reading = read_package(
        "demo", "DEMO", "1.0", {"package.toml": told, "templates/DEMO_x.tsf": SIGNATURE}
    )

    assert reading.faults == ()
    assert [str(remark) for remark in reading.remarks] == [
        "templates/DEMO_x.tsf: line 3: A: its range must be asked of the instrument; all is allowed"
    ]


@pytest.mark.parametrize(
    ("told", "signature", "fault"),
    [
        ("", SIGNATURE, "package.toml: template.DEMO_x.type: "),
        ("[template.DEMO_y]", SIGNATURE, "package.toml: template.DEMO_y: there is no templates/"),
        ('[template.DEMO_x]\ntype = "calib"', 'B.TYPE "x"', "templates/DEMO_x.tsf: line 1: "),
        ("template = 5", SIGNATURE, "package.toml: template: it is no table"),
        ('[template]\nDEMO_x = "a"', SIGNATURE, "package.toml: template.DEMO_x: it is no table"),
        (
            '[template.DEMO_x]\ntype = "calib"',
            'PAF.NAME "DEMO_z"\n' + SIGNATURE,
            "templates/DEMO_x.tsf: PAF.NAME: the file is called DEMO_x",
        ),
    ],
)
def test_a_fault_around_a_signature_file_names_its_place(told, signature, fault):
    found = faults({"package.toml": told, "templates/DEMO_x.tsf": signature})

    assert any(each.startswith(fault) for each in found), found


toml_values = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.just('"text"') | st.just("1.5"),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
).map(lambda value: str(value).replace("True", "true").replace("False", "false").replace("'", ""))


@given(
    st.sampled_from([line.split("=")[0].strip() for line in TEMPLATE.splitlines() if "=" in line]),
    toml_values,
)
def test_no_value_of_any_key_makes_reading_fail(key, value):
    lines = [
        f"{key} = {value}" if line.split("=")[0].strip() == key else line
        for line in TEMPLATE.splitlines()
    ]

    read_package("demo", "DEMO", "1.0", FILES | {"templates/DEMO_obs.toml": "\n".join(lines)})
