"""``dfs qc show`` on a workspace."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from dfs.foundation.database import open_workspace_database
from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.plugin import Measurement
from dfs.quality import service
from dfs.quality.commands import app


@pytest.fixture
def workspace(
    tmp_path: Path, make_host: Callable[..., Host], level: Callable[..., Measurement]
) -> Path:
    engine = open_workspace_database(tmp_path / "dfs.sqlite")
    with Session(engine) as session, session.begin():
        for block, value in (("abc1", 200.0), ("abd2", float("nan"))):
            service.record(
                session,
                host=make_host(),
                instrument="demo",
                recipe="demo_bias",
                block_id=block,
                measurements=[level(value).model_copy(update={"product": f"{block}.MASTER_BIAS"})],
                now=dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC),
            )
    engine.dispose()
    return tmp_path


def show(workspace: Path, *arguments: str) -> str:
    command = ["show", "--workspace", str(workspace), *arguments]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_table_gives_value_unit_verdict_and_reason(workspace: Path) -> None:
    header, first, second = show(workspace).splitlines()
    assert header.split("\t")[:3] == ["block", "category", "parameter"]
    assert first.split("\t") == [
        *("abc1", "MASTER_BIAS", "QC.BIAS.LEVEL", "200", "ADU", "good"),
        "200 ADU is within the warning limits, 195 to 205 ADU",
    ]
    assert second.split("\t")[3:6] == ["-", "ADU", "bad"]


def test_a_block_can_be_named_by_the_beginning_of_its_id(workspace: Path) -> None:
    assert "abc1" not in show(workspace, "abd")


def test_json_says_null_where_there_is_no_finite_number(workspace: Path) -> None:
    (record,) = json.loads(show(workspace, "abd2", "--json"))
    assert record["value"] is None
    assert record["verdict"] == "bad"
    assert record["measured_at"] == "2026-11-23T08:00:00+00:00"


def test_records_are_narrowed_by_instrument_and_name(workspace: Path) -> None:
    found = json.loads(show(workspace, "--instrument", "DEMO", "--name", "qc.bias.level", "--json"))
    assert len(found) == 2
    assert json.loads(show(workspace, "--name", "QC.NONE", "--json")) == []


@pytest.mark.parametrize("arguments", [["--workspace", "nowhere"], ["zzz"]])
def test_what_is_not_there_is_a_coded_error(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    if arguments == ["zzz"]:
        arguments = ["zzz", "--workspace", str(workspace)]
    with pytest.raises(UserError, match=r"\[qc\.(no-workspace|unknown-target)\]"):
        CliRunner().invoke(app, ["show", *arguments], catch_exceptions=False)
