"""The commands: what they print, to where, and with what status they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dfs.foundation.errors import DfsError
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.organiser import commands

RULES = """
if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
if DPR.TYPE == "FLAT" then { DO.CATG = "FLAT"; }
select execute(ACTION_BIAS) from inputFiles where DO.CATG == "BIAS" group by INSTRUME;
select execute(ACTION_FLAT) from inputFiles where DO.CATG == "FLAT" group by INSTRUME;
action ACTION_BIAS { recipe demo_bias; product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; } }
action ACTION_FLAT {
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS";
  recipe demo_flat;
}
"""
app = typer.Typer()
app.command()(commands.classify)
app.command()(commands.organise)


@pytest.fixture
def run(make_host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable:
    monkeypatch.setattr("dfs.host.load_host", lambda: make_host(RULES))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return invoke


@pytest.fixture
def night(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    for number, kind in enumerate(("BIAS", "BIAS", "FLAT", "TEST")):
        header = {
            "INSTRUME": "DEMO",
            "DPR.CATG": "CALIB",
            "DPR.TYPE": kind,
            "DPR.TECH": "IMAGE",
            "MJD-OBS": 60000.0 + number,
            "ARCFILE": f"DEMO.{number}.fits",
        }
        write_fits(folder / f"{number}.fits", [Hdu(header)], fsync=False)
    (folder / "text.fits").write_text("no FITS")
    return folder


def test_classify_lists_what_each_file_is(run, night) -> None:
    result = run("classify", *sorted(night.iterdir()))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "file\tinstrument\tclass\ttime",
        f"{night}/0.fits\tdemo\tBIAS\t2023-02-25T00:00:00.000",
        f"{night}/1.fits\tdemo\tBIAS\t2023-02-26T00:00:00.000",
        f"{night}/2.fits\tdemo\tFLAT\t2023-02-27T00:00:00.000",
        f"{night}/3.fits\tdemo\tunclassified\t2023-02-28T00:00:00.000",
    ]
    assert f"warning: {night}/text.fits: " in result.stderr
    assert "[organise.unclassified]" in result.stderr


def test_classify_gives_json(run, night) -> None:
    document = json.loads(run("classify", night, "--json").stdout)
    assert [frame["tag"] for frame in document["frames"]] == ["BIAS", "BIAS", "FLAT", ""]
    assert document["frames"][0]["assigned"] == {"DO.CATG": "BIAS"}
    assert {p["code"] for p in document["problems"]} == {
        "fits.not-fits",
        "organise.unclassified",
    }


@pytest.mark.parametrize("command", ["classify", "organise"])
def test_where_there_is_no_frame_the_command_fails(run, tmp_path, command) -> None:
    result = run(command, tmp_path)
    assert isinstance(result.exception, DfsError)
    assert result.exception.code.name == "organise.nothing"


def test_organise_shows_the_cascade(run, night) -> None:
    result = run("organise", night)
    assert result.exit_code == 0
    title, flat, bias = result.stdout.splitlines()
    assert title == f"{night}: 4 frames, 2 blocks"
    assert flat.startswith("  flat-")
    assert bias.startswith("    MASTER_BIAS (plan, 2.0 d before) from bias-")


def test_organise_gives_json(run, night) -> None:
    document = json.loads(run("organise", night, "--json", "--instrument", "DEMO").stdout)
    assert [block["recipe"] for block in document["blocks"]] == ["demo_bias", "demo_flat"]
    assert len(document["frames"]) == 4


def test_organise_explains_a_block(run, night) -> None:
    assert (
        "taken: the coming MASTER_BIAS of bias-"
        in run("organise", night, "--explain", "flat").stdout
    )
    document = json.loads(run("organise", night, "--explain", "flat", "--json").stdout)
    assert document["inputs"][0]["tag"] == "MASTER_BIAS"


def test_settings_name_the_index_and_the_interventions(run, night, tmp_path, monkeypatch) -> None:
    breakpoints = tmp_path / "breakpoints.toml"
    breakpoints.write_text(
        '[[breakpoint]]\ninstrument = "demo"\ntime = 60001.5\nreason = "shutter exchanged"\n'
    )
    monkeypatch.setenv("DFS_ORGANISER__BREAKPOINTS", str(breakpoints))
    monkeypatch.setenv("DFS_ORGANISER__INDEX", str(tmp_path / "index.sqlite"))
    for _ in range(2):
        result = run("organise", night)
        assert "MISSING MASTER_BIAS: 0 of 1" in result.stdout
        assert "shutter exchanged" in result.stdout
    assert (tmp_path / "index.sqlite").stat().st_size > 0


def test_a_folder_that_is_not_there_is_a_mistake_of_usage(run, tmp_path) -> None:
    assert run("organise", tmp_path / "none").exit_code == 2
