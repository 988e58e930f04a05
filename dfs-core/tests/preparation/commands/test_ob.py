"""``dfs ob``, as one types it: on files alone, and on the database of a service."""

import json
import zipfile

import pytest

from dfs.accounts import service as accounts
from dfs.cli.main import main
from dfs.foundation.clock import system_clock
from dfs.host import Host
from dfs.instruments.logic import default_parameters
from dfs.instruments.service import Packages
from dfs.plugin import Container, ContainerKind, Member
from dfs.preparation.formats import document
from dfs.programmes.document import parse
from dfs.programmes.service import import_runs
from dfs.testkit.databases import sqlite_service
from dfs.ui.principal import Role

RUN = "60.A-9253(A)"
PROGRAMMES = """
[[programme]]
code = "60.A-9253"
title = "Fields"
pi = "anna"
[[programme.run]]
designation = "A"
instrument = "DEMO"
telescope = "DEMO-T1"
mode = "SM"
period = 118
allocated_h = 10
"""
OBX = """name "star 1"
userPriority "2"
type "O"
TARGET.NAME "HIP 22913"
ra "04:55:50.154"
dec "-15:02:25.000"
CONSTRAINT.SET.NAME "No Name"
air_mass "1.6"
OBSERVATION.DESCRIPTION.NAME "star 1"
instrument "DEMO"
IPVersion "1.01"

ACQUISITION.TEMPLATE.NAME "DEMO_img_acq"

TEMPLATE.NAME "DEMO_img_obs"
DET.WIN1.UIT1 "60"
"""


@pytest.fixture
def host(plugin_modules):
    import dfs_demo.plugin

    return Host.from_modules({"demo": dfs_demo.plugin})


@pytest.fixture
def dfs(host, monkeypatch, capsys, tmp_path):
    """Run ``dfs ob`` in a folder with a file; give what it answers and what it says."""
    monkeypatch.setattr("dfs.host.load_host", lambda: host)
    monkeypatch.setattr("dfs.preparation.desk.load_host", lambda: host)
    (tmp_path / "config" / "astropy").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "star.obx").write_text(OBX, "utf-8")

    def run(*words, code=0):
        found = main(["ob", *words])
        said = capsys.readouterr()
        assert found == code, said.err
        return said

    return run


@pytest.fixture
def whole(dfs, host, tmp_path):
    """A file in which every parameter has a value."""
    package = Packages(host).get("demo", "1.01")
    block = document.parse(dfs("show", "star.obx", "--format", "json").out)
    templates = tuple(
        one.model_copy(
            update={"parameters": default_parameters(package.template(one.name)) | one.parameters}
        )
        for one in block.templates
    )
    block = block.model_copy(update={"templates": templates})
    (tmp_path / "whole.json").write_text(document.to_json(block), "utf-8")
    return block


# ── Files alone ─────────────────────────────────────────────────────────────


def test_a_file_is_written_in_every_format_and_read_again(dfs, whole, tmp_path):
    for form in ("yaml", "json", "zip", "obx"):
        assert dfs("export", "whole.json", "--out", f"again.{form}").out == f"again.{form}\n"
        shown = document.parse(dfs("show", f"again.{form}", "--format", "json").out)
        assert shown == whole
    assert "OBS.EXECTIME" in dfs("show", "whole.json", "--format", "obd").out
    assert "manifest.json" in zipfile.ZipFile(tmp_path / "again.zip").namelist()


def test_what_a_format_cannot_hold_is_told(dfs, whole, tmp_path):
    charted = whole.model_copy(update={"finding_charts": ("chart.jpg",)})
    (tmp_path / "charted.json").write_text(document.to_json(charted), "utf-8")
    assert "finding charts" in dfs("show", "charted.json", "--format", "obx").err
    assert dfs("show", "charted.json", "--format", "yaml").err == ""


def test_what_is_there_is_not_written_over(dfs, tmp_path):
    said = dfs("export", "star.obx", "--out", "star.obx", code=1)
    assert "star.obx" in said.err
    assert (tmp_path / "star.obx").read_text("utf-8") == OBX


@pytest.mark.parametrize(
    "words",
    [
        ("export", "star.obx", "--out", "star.txt"),
        ("show", "star.obx", "--format", "zip"),
        ("verify", "star.obx", "--submit"),
        ("import", "star.obx"),
        ("import", "star.obx", "--run", RUN, "--into", "3"),
    ],
)
def test_a_command_that_makes_no_sense_is_not_understood(dfs, words):
    dfs(*words, code=2)


def test_a_file_that_is_not_there_is_named(dfs):
    assert "nowhere.obx" in dfs("time", "nowhere.obx", code=1).err


def test_the_time_of_a_block_is_told_part_by_part(dfs, whole):
    *parts, exposure, total = [
        line.split("\t") for line in dfs("time", "whole.json").out.splitlines()[1:]
    ]
    assert {part[0] for part in parts} == {"DEMO_img_acq", "DEMO_img_obs"}
    assert exposure == ["", "exposure", "60"]
    assert int(total[2]) == sum(int(part[2]) for part in parts)
    (told,) = json.loads(dfs("time", "whole.json", "--json").out)
    assert told["execution_s"] == sum(part["seconds"] for part in told["parts"])


def test_a_time_that_nobody_knows_says_why(dfs, tmp_path):
    (tmp_path / "empty.obx").write_text(OBX.replace('DET.WIN1.UIT1 "60"\n', ""), "utf-8")
    said = dfs("time", "empty.obx")
    assert said.out.splitlines()[-1] == "\ttotal\tunknown"
    assert "DET.WIN1.UIT1" in said.err


def test_the_times_of_a_container_are_summed_up(dfs, whole, tmp_path):
    chain = Container(
        kind=ContainerKind.CONCATENATION,
        name="chain",
        members=(Member(item=whole), Member(item=whole)),
    )
    folder = Container(kind=ContainerKind.FOLDER, name="night", members=(Member(item=chain),))
    (tmp_path / "night.yaml").write_text(document.to_yaml(folder), "utf-8")
    lines = [line.split("\t") for line in dfs("time", "night.yaml").out.splitlines()]
    assert [line[0] for line in lines] == ["name", "night", "  chain", *["    star 1"] * 2]
    assert [line[2] for line in lines[1:]] == ["120", "120", "60", "60"]
    assert len(json.loads(dfs("time", "night.yaml", "--json").out)) == 2
    said = dfs("export", "night.yaml", "--out", "night.obx", code=2)
    assert "not a container" in said.err


def test_a_whole_block_is_observable_and_one_with_gaps_is_not(dfs, whole):
    said = dfs("verify", "whole.json").out.splitlines()
    assert said[-1] == "observable"
    assert said[0].startswith("WARNING: ")
    assert said[0].endswith("(ob.no-chart)")
    found = json.loads(dfs("verify", "star.obx", "--json", code=1).out)
    assert not found["observable"]
    assert "ob.missing-value" in {one["code"] for one in found["findings"]}


def test_a_chart_is_drawn_from_a_file_alone(dfs, tmp_path):
    dfs("chart", "star.obx", "--out", "chart.jpg", "--guide-star", "73.99,-15.06")
    assert (tmp_path / "chart.jpg").read_bytes().startswith(b"\xff\xd8")
    dfs("chart", "star.obx", "--out", "other.jpg", "--guide-star", "north", code=2)


# ── The database of a service ───────────────────────────────────────────────


@pytest.fixture
def service(dfs, tmp_path):
    """Run ``dfs ob`` beside a service with one run."""
    with sqlite_service(tmp_path / "dfs-service.sqlite") as engine:
        accounts.create_user(
            engine,
            system_clock,
            "anna",
            "correct horse battery",
            name="Anna",
            email="",
            roles={Role.ASTRONOMER},
        )
        import_runs(engine, system_clock, parse(PROGRAMMES, where="programmes"))
    return dfs


def test_a_block_comes_in_is_listed_verified_certified_and_goes_out(service, whole, tmp_path):
    id_, kind, name = service("import", "whole.json", "--run", RUN).out.rstrip().split("  ")
    assert (kind, name) == ("OB", "star 1")

    run, line = service("list", RUN).out.splitlines()
    (row,) = [one for one in json.loads(service("list", RUN, "--json").out) if one["kind"] == "OB"]
    seconds = row["execution_s"]
    assert run == f"{RUN}  {seconds / 3600:.2f} h of 10.00 h"
    assert line == f"  {id_}  OB  star 1  P  {seconds:.0f} s"

    service("verify", id_, "--submit", "--user", "anna")
    assert "  D  " in service("list", RUN).out
    assert f'"{RUN}"' in service("show", id_, "--format", "obd").out
    service("export", id_, "--out", "out.zip", "--user", "anna")
    back = document.parse(service("show", "out.zip", "--format", "json").out)
    assert (back.target, back.templates[1].parameters) == (
        whole.target,
        whole.templates[1].parameters,
    )
    again = service("import", "out.zip", "--run", RUN, "--user", "anna").out
    assert again.split("  ")[1] == "OB"
    assert len(service("list", RUN).out.splitlines()) == 3


def test_a_new_block_has_its_templates_at_their_defaults(service):
    words = ("--template", "DEMO_img_acq", "--template", "DEMO_img_obs")
    id_ = service("new", RUN, "two", *words).out.split()[0]
    block = document.parse(service("show", id_, "--format", "json").out)
    assert [one.name for one in block.templates] == list(words[1::2])
    assert block.templates[1].parameters["DET.WIN1.UIT1"] is None
    assert service("list", RUN).out.splitlines()[0].endswith("1 of unknown time")
    found = json.loads(service("verify", id_, "--json", code=1).out)
    assert "ob.time-unknown" in {one["code"] for one in found["findings"]}
    assert service("time", id_).out.splitlines()[-1].endswith("unknown")


def test_what_is_not_there_is_told(service):
    assert "run.absent" in service("list", "60.A-1(Z)", code=1).err
    assert "preparation.absent" in service("show", "12345", code=1).err
    assert "nobody" in service("list", RUN, "--user", "nobody", code=1).err


def test_nothing_of_a_file_that_is_wrong_is_imported(service, tmp_path):
    (tmp_path / "bad.obx").write_text(OBX.replace("04:55", "44:55"), "utf-8")
    assert "target.ra" in service("import", "bad.obx", "--run", RUN, code=1).err
    assert len(service("list", RUN).out.splitlines()) == 1


# ── Many at once ────────────────────────────────────────────────────────────

TARGETS = "name,ra,dec\nHD 140283,15:43:03.1,-10:56:00.6\nCS 22892,333.1796,-16.6592\n"
SURVEY = '<survey name="sky"><field name="F1" ra="00:42:00.000" dec="-20:00:00.000"/></survey>'


@pytest.fixture
def pattern(service):
    """Give what makes blocks like one that is there; its id is 2, below the root."""
    service("import", "star.obx", "--run", RUN, "--user", "anna")
    return service


def test_a_list_of_targets_becomes_a_container_of_blocks(pattern, tmp_path):
    (tmp_path / "targets.csv").write_text(TARGETS, "utf-8")
    like = ("--like", "2", "--into", "1", "--user", "anna")
    said = pattern("targets", "targets.csv", *like, "--as", "Group", "--name", "poor stars")
    assert "Group  poor stars" in said.out
    assert "2 blocks" in said.out
    shown = pattern("list", RUN).out
    assert "HD 140283" in shown
    assert "CS 22892" in shown


def test_a_survey_becomes_blocks_as_its_instrument_lays_it_out(pattern, tmp_path):
    (tmp_path / "survey.xml").write_text(SURVEY, "utf-8")
    said = pattern("survey", "survey.xml", "--like", "2", "--into", "1", "--user", "anna")
    assert "1 blocks" in said.out
    assert "F1" in pattern("list", RUN).out


@pytest.mark.parametrize(
    ("words", "text", "code", "said"),
    [
        (("targets", "x.csv", "--as", "Heap"), TARGETS, 2, "Heap"),
        (("targets", "x.csv"), "name,ra,dec\nx,1,south\n", 1, "format.targets"),
        (("targets", "x.csv"), "name,ra,dec\nω,1,2\nx,1,95\n", 1, "row 2"),
        (("survey", "x.csv"), "<survey/>", 1, "plugin.bad-survey"),
    ],
)
def test_what_cannot_be_makes_no_block(pattern, tmp_path, words, text, code, said):
    (tmp_path / "x.csv").write_text(text, "utf-8")
    before = pattern("list", RUN).out
    refused = pattern(*words, "--like", "2", "--into", "1", "--user", "anna", code=code)
    assert said in refused.err
    assert pattern("list", RUN).out == before
