"""Settings: where they come from, and what becomes of a wrong one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.foundation.machine import memory_mb, usable_cores
from dfs.foundation.settings import load_settings, settings_file, settings_origins


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder without any settings of the user."""
    for name in [name for name in os.environ if name.startswith("DFS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def origin_of(name: str) -> str:
    return next(setting.origin for setting in settings_origins() if setting.name == name)


def test_without_a_file_the_machine_decides():
    settings = load_settings()

    assert settings_file() is None
    assert settings.reduction.jobs == usable_cores()
    assert settings.reduction.memory_mb == memory_mb() * 8 // 10
    assert {setting.origin for setting in settings_origins()} == {"default"}


def test_the_file_here_goes_before_the_user_s_and_the_named_one_before_both(folder, monkeypatch):
    users = write(folder.parent / "config" / "dfs" / "dfs.toml", "[reduction]\njobs = 1\n")
    assert settings_file() == users
    write(folder / "dfs.toml", "[reduction]\njobs = 2\n")
    assert load_settings().reduction.jobs == 2
    named = write(folder.parent / "other.toml", "[reduction]\njobs = 3\n")
    monkeypatch.setenv("DFS_CONFIG", str(named))
    assert load_settings().reduction.jobs == 3
    assert origin_of("reduction.jobs") == str(named)


def test_the_environment_goes_before_the_file(folder, monkeypatch):
    write(folder / "dfs.toml", "[reduction]\njobs = 2\nkeep_work = true\n")
    monkeypatch.setenv("DFS_REDUCTION__JOBS", "5")

    assert load_settings().reduction.jobs == 5
    assert load_settings().reduction.keep_work
    assert origin_of("reduction.jobs") == "environment DFS_REDUCTION__JOBS"
    assert origin_of("reduction.keep_work") == "dfs.toml"


def test_a_path_in_the_file_is_meant_from_the_file(folder, monkeypatch):
    named = write(
        folder / "site" / "dfs.toml",
        '[organiser]\nbreakpoints = "interventions.txt"\n\n'
        '[reduction]\ncpl_plugins = ["cpl", "/opt/cpl"]\n',
    )
    monkeypatch.setenv("DFS_CONFIG", str(named))

    assert load_settings().organiser.breakpoints == folder / "site" / "interventions.txt"
    assert load_settings().reduction.cpl_plugins == [folder / "site" / "cpl", Path("/opt/cpl")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[reduction]\njobs = 0\n", "dfs.toml: reduction.jobs: Input should be greater"),
        ("[reduction]\njobz = 1\n", "dfs.toml: reduction.jobz: there is no such setting"),
        ("[reductions]\njobs = 1\n", "dfs.toml: reductions: there is no such setting"),
        ("reduction = 3\n", "dfs.toml: reduction: "),
    ],
)
def test_a_wrong_setting_is_told_with_its_file(folder, text, problem):
    write(folder / "dfs.toml", text)

    with pytest.raises(UserError) as caught:
        load_settings()
    assert str(caught.value).startswith(problem)
    assert caught.value.code.name == "settings.invalid"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DFS_REDUCTION__JOBS", "many"),
        ("DFS_REDUCTION__JOBZ", "1"),
        ("DFS_REDUCTIONS__JOBS", "1"),
        ("DFS_REDUCTION", "3"),
    ],
)
def test_a_wrong_variable_is_told_by_name(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)

    with pytest.raises(UserError, match=variable) as caught:
        load_settings()
    assert caught.value.code.name == "settings.invalid"


def test_a_file_that_is_no_toml_is_told_with_its_line(folder):
    write(folder / "dfs.toml", "[reduction\n")

    with pytest.raises(UserError, match=r"dfs\.toml: .*line 1"):
        load_settings()


def test_a_named_file_that_is_absent_is_told(monkeypatch):
    monkeypatch.setenv("DFS_CONFIG", "nowhere.toml")

    with pytest.raises(UserError, match=r"nowhere\.toml: DFS_CONFIG names no file"):
        load_settings()
