from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs.cli.main import main
from dfs.host import Host

Simulate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def simulate(
    demo: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Simulate:
    """Run ``dfs simulate``; give exit code, answer and messages."""
    monkeypatch.setattr("dfs.host.load_host", lambda: demo)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["simulate", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def test_the_answer_says_how_many_frames_lie_where(simulate: Simulate, tmp_path: Path) -> None:
    night = ("--night", "2026-11-22", "--rows", "16")
    code, answer, _ = simulate("demo", "--out", tmp_path / "raw", *night)
    assert code == 0
    assert answer == f"14 frames of the night of 2026-11-22 in {tmp_path / 'raw'}\n"


def test_the_answer_in_json_names_every_file(simulate: Simulate, tmp_path: Path) -> None:
    night = ("--night", "2026-11-22", "--rows", "16", "--seed", "3")
    code, answer, _ = simulate("DEMO", "--out", tmp_path, *night, "--json")
    assert code == 0
    found = json.loads(answer)
    assert found["night"] == "2026-11-22"
    assert sorted(found["files"]) == sorted(str(path) for path in tmp_path.iterdir())


def test_without_a_night_it_is_the_last_one(
    simulate: Simulate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
    monkeypatch.setattr("dfs.foundation.clock.system_clock", lambda: morning)
    code, answer, _ = simulate("demo", "--out", tmp_path, "--rows", "16")
    assert code == 0
    assert "night of 2026-02-28" in answer


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo",),
        ("demo", "--out", "raw", "--night", "yesterday"),
        ("demo", "--out", "raw", "--night", "2026-02-30"),
        ("demo", "--out", "raw", "--seed", "-1"),
        ("demo", "--out", "raw", "--rows", "3"),
    ],
)
def test_a_command_that_is_not_understood_does_nothing_and_ends_with_2(
    arguments: tuple[str, ...],
    simulate: Simulate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, answer, message = simulate(*arguments)
    assert (code, answer) == (2, "")
    assert message
    assert not list(tmp_path.iterdir())


def test_an_unknown_instrument_ends_with_1_and_a_code(simulate: Simulate, tmp_path: Path) -> None:
    code, _, message = simulate("nowhere", "--out", tmp_path / "raw")
    assert code == 1
    assert "plugin.unknown" in message
    assert not (tmp_path / "raw").exists()
