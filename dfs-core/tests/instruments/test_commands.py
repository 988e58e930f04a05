"""``dfs package``, as one types it."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from dfs.foundation.errors import UserError
from dfs.instruments.commands import app


@pytest.fixture
def dfs(monkeypatch, host):
    monkeypatch.setattr("dfs.host.load_host", lambda: host)

    def run(*words: str, code: int = 0):
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def test_the_versions_are_listed_the_newest_last(dfs):
    assert dfs("list").splitlines() == [
        "instrument\tversion\ttemplates\tconstraints",
        "DEMO\t1.00\t3\t3",
        "DEMO\t1.01\t7\t6",
    ]
    assert [row["version"] for row in json.loads(dfs("list", "--json"))] == ["1.00", "1.01"]


def test_a_package_shows_its_templates_and_constraints(dfs):
    shown = dfs("show", "demo")

    assert "DEMO_img_acq\tacquisition\t7\tPoint and guide, imaging\t" in shown
    assert "moonDistance\tat least\t30.0\t0..180\tdeg" in shown


@pytest.mark.parametrize("words", [("1.01", "DEMO_img_obs"), ("DEMO_img_obs",)])
def test_a_template_shows_every_parameter_and_whether_it_is_invented(dfs, words):
    lines = {
        line.split("\t")[0]: line.split("\t") for line in dfs("show", "demo", *words).splitlines()
    }

    assert lines["DET.WIN1.UIT1"][1:5] == ["number", "to be filled in", "0..3600", "s"]
    assert lines["DET.WIN1.UIT1"][-1] == "Demonstration camera, manual, issue 2"
    assert lines["DET.WIN1.ORIGIN"][2] == "1 1"
    assert lines["INS.MODE"][-2:] == ["fixed hidden", "invented"]


def test_a_template_and_a_package_are_shown_as_json(dfs):
    template = json.loads(dfs("show", "demo", "DEMO_img_obs", "--json"))

    assert template["parameters"][0]["default"] is None
    assert json.loads(dfs("show", "demo", "1.00", "--json"))["version"] == "1.00"


def test_a_template_that_is_not_there_names_similar_ones(dfs):
    with pytest.raises(UserError, match="did you mean DEMO_img_obs"):
        dfs("show", "demo", "1.01", "DEMO_img_ob")


def test_packages_without_a_fault_are_said_to_be_right(dfs):
    assert dfs("check") == ""
    assert json.loads(dfs("check", "DEMO", "--json")) == []


def test_faults_are_shown_with_file_and_key(dfs, host, monkeypatch):
    real = files("dfs_demo").joinpath("packages/1.01/package.toml").read_text("utf-8")
    monkeypatch.setattr(
        "dfs.instruments.service._text",
        lambda _, file: (
            real.replace("default = 2.0", "default = 9.0")
            if file.name == "package.toml"
            else file.read_text("utf-8")
        ),
    )

    assert "package.toml\tconstraint[0].default\tairmass: 9.0 is not 1..5" in dfs(
        "check", "demo", code=1
    )
    assert "DEMO" not in dfs("list")  # what cannot be used is told on standard error
