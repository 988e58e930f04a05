"""Blocks survive the way into files and back; what comes from outside is not believed."""

import datetime as dt
import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.plugin import (
    AbsoluteInterval,
    ConstraintDefinition,
    Container,
    ContainerKind,
    ExecutionTime,
    InstrumentPackage,
    Member,
    Membership,
    ObservationBlock,
    ParameterType,
    SiderealInterval,
    Target,
    Template,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TimePart,
)
from dfs.preparation.formats import archive, document, obd, obx

PARAMETERS = {
    "TEL.GS1.ALPHA": (ParameterType.COORDINATE, "00:00:00.000"),
    "TEL.ROT.OFFANGLE": (ParameterType.NUMBER, 9999.0),
    "SEQ.NEXPO": (ParameterType.INTEGER, 3),
    "SEQ.RELOFF1": (ParameterType.NUMBERS, (0.0, -5.5)),
    "SEQ.OFFSET.ZERO": (ParameterType.BOOLEAN, True),
    "INS.FILT1.NAME": (ParameterType.KEYWORD, "V"),
    "DET.UIT": (ParameterType.NUMBER, None),
}
PACKAGE = InstrumentPackage(
    instrument="demo",
    instrume="DEMO",
    version="2.0",
    templates=(
        TemplateSignature(name="DEMO_img_acq", kind=TemplateKind.ACQUISITION),
        TemplateSignature(
            name="DEMO_img_obs",
            kind=TemplateKind.SCIENCE,
            parameters=tuple(
                TemplateParameter(name=name, type=kind) for name, (kind, _) in PARAMETERS.items()
            ),
        ),
    ),
    constraints=(
        ConstraintDefinition(name="airmass", default=2.0),
        ConstraintDefinition(
            name="skyTransparency", default="Clear", choices=("Clear", "Variable, thin cirrus")
        ),
    ),
)
BLOCK = ObservationBlock(
    name="star 1",
    instrument="DEMO",
    package_version="2.0",
    user_priority=3,
    user_comments="mv=6.0",
    description_name="od",
    target=Target(name="HIP 22913", ra="04:55:50.154", dec="-15:02:25.000", epoch=2015.5),
    constraint_set_name="loose",
    constraints={"airmass": 1.8, "skyTransparency": "Variable, thin cirrus"},
    templates=(
        Template(name="DEMO_img_acq", kind=TemplateKind.ACQUISITION),
        Template(
            name="DEMO_img_obs",
            kind=TemplateKind.SCIENCE,
            parameters={name: value for name, (_, value) in PARAMETERS.items()},
        ),
    ),
)
OLD = """IMPEX.VERSION "2.0"
name                    "star1"
type                    "O"
LineNumber              "0"

objectClass             "  Star   "
ra\t"0:10:02.1"
dec                     "-82:13:26.57"
equinox                 "2000"
TARGET.NAME             "star1"
seeing                  "2.0"
CONSTRAINT.SET.NAME     "No Name"
IPVersion               "1.0"
instrument              "demo"
OBSERVATION.DESCRIPTION.NAME "No Name"

ACQUISITION.TEMPLATE.NAME "DEMO_img_acq"


TEMPLATE.NAME "DEMO_img_obs"
SEQ.OFFSET.ZERO "F"
"""


# ── OBX ─────────────────────────────────────────────────────────────────────


def test_a_block_survives_the_way_into_obx_and_back():
    text = obx.text_of(obx.lines_of(BLOCK))
    read = obx.block_of(obx.parse(text), PACKAGE)
    assert read.remarks == ()
    without_unset = {k: v for k, v in BLOCK.templates[1].parameters.items() if v is not None}
    assert read.block.templates[1].parameters == without_unset
    assert read.block.model_copy(update={"templates": BLOCK.templates}) == BLOCK


def test_what_was_read_is_written_byte_for_byte():
    assert obx.text_of(obx.parse(OLD)) == OLD


def test_the_old_header_is_understood_and_what_has_no_place_is_told():
    read = obx.block_of(obx.parse(OLD), PACKAGE)
    assert read.block.target.ra == "0:10:02.1"
    assert read.block.target.equinox == "J2000"
    assert read.block.constraints["airmass"] == 2.0
    assert read.block.templates[1].parameters == {"SEQ.OFFSET.ZERO": False}
    told = " | ".join(read.remarks)
    for word in ("objectClass", "seeing", "package 1.0"):
        assert word in told


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('type                    "O"', "type O", "line 3"),
        ('"O"', '"Q"', "line 3"),
        ("-82:13:26.57", "-82 13 26", "line 8"),
        ('"DEMO_img_acq"', '"DEMO_xyz"', "line 17"),
        ('SEQ.OFFSET.ZERO "F"', 'SEQ.OFFSET.ZERO "X"', "line 21"),
        ("SEQ.OFFSET.ZERO", "SEQ.OFFSET.NONE", "line 21"),
        ('"demo"', '"OTHER"', "line 14"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(old, new, line):
    with pytest.raises(UserError, match=r"format\.obx") as caught:
        obx.block_of(obx.parse(OLD.replace(old, new, 1)), PACKAGE)
    assert caught.value.where == line


@pytest.mark.parametrize("text", ["", 'name "x"\n'])
def test_a_file_without_a_block_is_refused(text):
    with pytest.raises(UserError, match=r"format\.obx"):
        obx.block_of(obx.parse(text), PACKAGE)


@given(text=st.text(max_size=200))
def test_no_text_makes_the_reader_crash(text):
    try:
        assert obx.text_of(obx.parse(text)) == text
    except UserError as error:
        assert error.where.startswith("line ")


def test_what_the_format_has_no_place_for_is_told():
    assert obx.losses(BLOCK) == ()
    charted = BLOCK.model_copy(
        update={"finding_charts": ("chart.jpg",), "user_comments": 'a "bright"\nstar'}
    )
    told = " ".join(obx.losses(charted))
    assert "finding charts" in told
    assert "several lines" in told
    written = obx.text_of(obx.lines_of(charted))
    assert obx.block_of(obx.parse(written), PACKAGE).block.user_comments == "a 'bright' star"


# ── OBD ─────────────────────────────────────────────────────────────────────


def test_the_telescope_reads_target_constraints_and_templates():
    time = ExecutionTime(exposure_s=10, parts=(TimePart(label="all", seconds=595),))
    lines = obd.text_of(BLOCK.model_copy(update={"id": 7}), time, "60.A-1(A)").splitlines()
    said = dict(line.rstrip(";").split(None, 1) for line in lines if " " in line)
    assert said["OBS.ID"] == "7"
    assert said["OBS.PROG.ID"] == '"60.A-1(A)"'
    assert said["OBS.EXECTIME"] == "595"
    assert said["TEL.TARG.DELTA"] == "-150225.0"
    assert said["SIM.ATM.AIRMASS"] == "1.8"
    assert said["SEQ.RELOFF1"] == '"0.0 -5.5"'
    assert said["SEQ.OFFSET.ZERO"] == '"T"'
    assert lines.index(next(line for line in lines if "DEMO_img_acq" in line)) < lines.index(
        next(line for line in lines if "DEMO_img_obs" in line)
    )


def test_the_telescope_is_told_no_time_that_nobody_knows():
    time = ExecutionTime(unknown=("The exposure time is not filled in.",))
    assert "OBS.EXECTIME" not in obd.text_of(BLOCK, time, "")


# ── JSON, YAML ──────────────────────────────────────────────────────────────

MOMENT = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
FULL = BLOCK.model_copy(
    update={
        "absolute_intervals": (AbsoluteInterval(start=MOMENT, end=MOMENT + dt.timedelta(hours=2)),),
        "sidereal_intervals": (SiderealInterval(start_min=60, end_min=90.5),),
    }
)
GROUP = Container(
    kind=ContainerKind.GROUP,
    name="Group",
    members=(
        Member(item=FULL, membership=Membership(contribution=20)),
        Member(
            item=Container(
                kind=ContainerKind.CONCATENATION, name="Chain", members=(Member(item=BLOCK),)
            )
        ),
    ),
)


@pytest.mark.parametrize("write", [document.to_json, document.to_yaml])
@pytest.mark.parametrize("item", [FULL, GROUP])
def test_a_document_says_all_that_a_block_or_container_is(item, write):
    assert document.parse(write(item)) == item


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", ""),
        ("name: [1", ""),
        ("just text", ""),
        ("a: &a [1]\nb: *a", ""),
        ("- " * 60, ""),
        ("!!python/object/apply:os.system ['true']", ""),
        (json.dumps({"name": "x", "instrument": "DEMO"}), "package_version"),
        (
            json.dumps(
                {"name": "x", "instrument": "D", "package_version": "1", "user_priority": 11}
            ),
            "user_priority",
        ),
        ("[" * 100_000, ""),
        ("x" * document.LONGEST, ""),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_the_place(text, place):
    with pytest.raises(UserError, match=r"format\.document") as caught:
        document.parse(text)
    assert caught.value.where == place


# ── ZIP ─────────────────────────────────────────────────────────────────────

FILES = {
    0: [
        archive.ArchivedFile("chart", "map 1.jpg", b"\xff\xd8 chart"),
        archive.ArchivedFile("parameter", "mask.paf", b"mask", 1, "INS.MASK"),
    ],
    1: [archive.ArchivedFile("ephemeris", "e.paf", b"moments")],
}


def zipped(entries, **changes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in changes.items():
                setattr(info, key, value)
            made.writestr(info, content)
    return out.getvalue()


def test_a_container_with_its_files_survives_the_way_into_a_zip_file_and_back():
    bundle = archive.Bundle(GROUP, FILES)
    packed = archive.pack(bundle)
    assert archive.unpack(packed) == bundle
    assert archive.pack(bundle) == packed


def test_other_programs_find_the_blocks_as_obx():
    with zipfile.ZipFile(io.BytesIO(archive.pack(archive.Bundle(BLOCK, {})))) as made:
        (name,) = [entry for entry in made.namelist() if entry.endswith(".obx")]
        read = obx.block_of(obx.parse(made.read(name).decode()), PACKAGE)
    assert read.block.target == BLOCK.target


MANIFEST = json.dumps({"dfs": 1, "block": BLOCK.model_dump(mode="json"), "files": []})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no zip", "format.archive"),
        (zipped([]), "format.archive"),
        (zipped([("manifest.json", "[" * 9_000)]), "format.archive"),
        (zipped([("manifest.json", MANIFEST), ("../x", "")]), "format.archive"),
        (zipped([("manifest.json", MANIFEST), ("/etc/x", "")]), "format.archive"),
        (zipped([("manifest.json", MANIFEST), ("a\\b", "")]), "format.archive"),
        (zipped([("manifest.json", MANIFEST)], external_attr=0o120777 << 16), "format.archive"),
        (zipped([("manifest.json", MANIFEST), ("b", bytes(5_000_000))]), "format.archive-size"),
        (
            zipped([("manifest.json", MANIFEST.replace('"dfs": 1', '"dfs": 2'))]),
            "format.archive",
        ),
        (
            zipped([("manifest.json", MANIFEST.replace('"files": []', '"files": [{}]'))]),
            "format.archive",
        ),
        (
            zipped(
                [("manifest.json", MANIFEST.replace('"user_priority": 3', '"user_priority": 0'))]
            ),
            "format.archive",
        ),
    ],
)
def test_a_hostile_zip_file_is_refused(content, code):
    with pytest.raises(UserError) as caught:
        archive.unpack(content)
    assert caught.value.code.name == code


@given(cut=st.integers(0, 3000), flip=st.integers(0, 255))
def test_a_damaged_zip_file_is_refused_or_read_whole(cut, flip):
    content = bytearray(archive.pack(archive.Bundle(BLOCK, {})))
    content[cut % len(content)] ^= flip
    try:
        assert archive.unpack(bytes(content)).item.instrument
    except UserError as error:
        assert error.code.name.startswith("format.archive")
