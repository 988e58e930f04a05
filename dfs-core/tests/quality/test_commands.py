"""``dfs qc`` on a workspace."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass
class Product:
    id: str
    category: str
    sha256: str
    content: str = ""


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
                measurements=[
                    level(value, 61000.0).model_copy(update={"product": f"{block}.MASTER_BIAS"})
                ],
                products=[Product(f"{block}.MASTER_BIAS", "MASTER_BIAS", "0" * 64)],
                now=dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC),
            )
    engine.dispose()
    return tmp_path


def run(workspace: Path, *arguments: str) -> str:
    command = [*arguments, "--workspace", str(workspace)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def show(workspace: Path, *arguments: str) -> str:
    return run(workspace, "show", *arguments)


def test_the_table_gives_value_unit_verdict_and_reason(workspace: Path) -> None:
    header, first, second = show(workspace).splitlines()
    assert header.split("\t")[:3] == ["block", "category", "parameter"]
    assert first.split("\t") == [
        *("abc1", "MASTER_BIAS", "QC.BIAS.LEVEL", "200", "ADU", "good", ""),
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


# ── Decisions ───────────────────────────────────────────────────────────────


def test_a_decision_is_listed_and_shown(workspace: Path) -> None:
    told = run(workspace, "reject", "abc1", "--reason", "a gradient", "--by", "jane")
    assert told == "abc1.MASTER_BIAS\trejected\tjane\n"
    run(workspace, "certify", "abd2.MASTER_BIAS", "--reason", "I looked at it", "--by", "joe")
    _, first, second = run(workspace, "certificates").splitlines()
    assert first.split("\t")[:3] == ["abc1.MASTER_BIAS", "rejected", "yes"]
    assert second.split("\t")[4:] == ["joe", "I looked at it"]
    assert [line.split("\t")[6] for line in show(workspace).splitlines()[1:]] == [
        "rejected",
        "certified",
    ]
    (record,) = json.loads(show(workspace, "abc1", "--json"))
    assert record["decision"] == "rejected"
    assert service.rejections_of_workspace(workspace).reason("abc1.MASTER_BIAS").startswith("a gr")


def test_a_revoked_decision_stays_in_the_list(workspace: Path) -> None:
    run(workspace, "certify", "abc1", "--by", "jane")
    run(workspace, "revoke", "abc1", "--by", "jane", "--reason", "too early")
    found = json.loads(run(workspace, "certificates", "abc1", "--json"))
    assert [(c["decision"], c["in_force"]) for c in found] == [
        ("certified", False),
        ("revoked", True),
    ]
    assert json.loads(show(workspace, "abc1", "--json"))[0]["decision"] is None


def test_a_rejection_without_a_reason_is_refused(workspace: Path) -> None:
    with pytest.raises(UserError, match=r"\[qc\.reason-needed\]"):
        run(workspace, "reject", "abc1", "--by", "jane")


def test_who_decides_is_the_login_unless_a_name_is_given(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "observer")
    assert run(workspace, "certify", "abc1").endswith("\tobserver\n")

    def nobody() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(UserError, match=r"\[qc\.nobody\]"):
        run(workspace, "certify", "abc1")


# ── Trends ──────────────────────────────────────────────────────────────────


@pytest.fixture
def nights(tmp_path: Path, make_host: Callable[..., Host], noise, monkeypatch) -> Path:
    """Twelve nights of read noise in one set-up, one in another."""
    host = make_host()
    monkeypatch.setattr("dfs.host.load_host", lambda: host)
    engine = open_workspace_database(tmp_path / "dfs.sqlite")
    with Session(engine) as session, session.begin():
        for night in range(13):
            value = {7: 9.0, 9: float("nan")}.get(night, 3.0 + night % 3 / 20)
            setup = {"SPEED": "slow" if night == 12 else "fast"}
            about = {"product": f"b{night:02d}.MASTER_BIAS", "setup": setup}
            service.record(
                session,
                host=host,
                instrument="demo",
                recipe="demo_bias",
                block_id=f"b{night:02d}",
                measurements=[noise(value, 61000.0 + night).model_copy(update=about)],
                now=dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC),
            )
    engine.dispose()
    return tmp_path


def test_a_trend_is_a_table_of_values_with_what_stands_out(nights: Path) -> None:
    header, *rows = run(
        nights, "trend", "qc.bias.ron", "--setup", "speed=FAST", "--category", "master_bias"
    ).splitlines()
    assert header.split("\t") == [
        *("time", "MJD", "value", "unit", "deviation", "verdict", "remark", "product"),
    ]
    assert len(rows) == 12
    outlier, missing = rows[7].split("\t"), rows[9].split("\t")
    assert outlier[:4] == ["2025-11-28 00:00", "61007.0000", "9", "e-"]
    assert outlier[5:] == ["bad", "outlier, not counted", "b07.MASTER_BIAS"]
    assert missing[2:7] == ["-", "e-", "", "bad", "not counted"]


def test_a_trend_as_json_has_statistics_limits_and_points(nights: Path) -> None:
    found = json.loads(run(nights, "trend", "QC.BIAS.RON", "--setup", "SPEED=fast", "--json"))
    assert (found["median"], found["count"], found["judges"]) == (3.05, 10, True)
    assert found["bad"]["low"] == pytest.approx(3.05 - 5 * found["scale"])
    assert found["drift"]["significance_sigma"] < 3
    assert [p["outlier"] for p in found["points"]].count(True) == 1


def test_series_are_listed_with_what_is_usual(nights: Path) -> None:
    _, fast, slow = run(nights, "list").splitlines()
    assert fast.split("\t")[:4] == ["demo", "QC.BIAS.RON", "MASTER_BIAS", "SPEED=fast"]
    assert fast.split("\t")[4:8] == ["10", "3.05", "0.0741", "e-"]
    assert slow.split("\t")[4:] == ["1", "3", "0.01", "e-", "", "too few values to see a drift"]
    found = json.loads(run(nights, "list", "QC.BIAS.RON", "--instrument", "DEMO", "--json"))
    assert [s["points"] for s in found] == [12, 1]
    assert json.loads(run(nights, "list", "QC.NONE", "--json")) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["QC.BIAS.RON"], "qc.several-series"),
        (["QC.BIAS.LEVEL"], "qc.unknown-series"),
        (["QC.BIAS.RON", "--setup", "SPEED"], "qc.not-key-value"),
        (["QC.BIAS.RON", "--setup", "SPEED=fast", "--plot", "x.gif"], "qc.plot-format"),
    ],
)
def test_what_cannot_be_followed_is_a_coded_error(
    nights: Path, arguments: list[str], code: str
) -> None:
    with pytest.raises(UserError) as error:
        run(nights, "trend", *arguments)
    assert error.value.code.name == code


@pytest.mark.parametrize(("name", "begin"), [("ron.png", b"\x89PNG"), ("ron.SVG", b"<?xml")])
def test_a_trend_is_plotted_into_a_file(nights: Path, name: str, begin: bytes) -> None:
    run(nights, "trend", "QC.BIAS.RON", "--setup", "SPEED=fast", "--plot", str(nights / name))
    assert (nights / name).read_bytes().startswith(begin)
