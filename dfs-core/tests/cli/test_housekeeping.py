"""``dfs plugin``, ``dfs config`` and ``dfs db``."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from dfs.cli.main import main
from dfs.foundation.database import WORKSPACE_DATABASE, open_workspace_database
from dfs.ui.console import ExitCode


@pytest.fixture
def demo(plugin_modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """See the test plugins and no other."""
    import importlib.metadata

    monkeypatch.setattr(
        "dfs.host.discovery.entry_points",
        lambda group: tuple(
            point
            for distribution in importlib.metadata.distributions(path=[str(plugin_modules)])
            for point in distribution.entry_points.select(group=group)
        ),
    )


def test_without_plugins_the_list_is_empty_and_says_what_to_do(capsys):
    assert main(["plugin", "list"]) == ExitCode.DONE

    told = capsys.readouterr()
    assert told.out == "id\tstate\tdistribution\tINSTRUME\treason\n"
    assert "dfs plugin new" in told.err


def test_without_plugins_the_json_list_is_empty(capsys):
    assert main(["plugin", "list", "--json"]) == ExitCode.DONE
    assert json.loads(capsys.readouterr().out) == []


def test_the_demonstration_plugin_is_listed(demo, capsys):
    assert main(["plugin", "list", "--json"]) == ExitCode.DONE

    listed = {plugin["id"]: plugin for plugin in json.loads(capsys.readouterr().out)}
    assert listed["demo"]["state"] == "ready"
    assert listed["demo"]["distribution"] == "dfs-demo"
    assert "DEMO" in listed["demo"]["instrument"]["instrume"]


def test_what_a_plugin_declares_is_shown_for_people_and_for_programs(demo, capsys):
    assert main(["plugin", "show", "DEMO"]) == ExitCode.DONE
    tree = capsys.readouterr().out
    assert main(["plugin", "show", "demo", "--json"]) == ExitCode.DONE
    declared = json.loads(capsys.readouterr().out)

    assert tree.startswith("demo: ")
    for recipe in declared["recipes"]:
        assert recipe["name"] in tree
    assert "dfs_instrument" in declared["hooks"]


def test_a_plugin_that_is_not_there_is_an_error_with_a_code(capsys):
    assert main(["plugin", "show", "nothing"]) == ExitCode.FAILED
    assert "[plugin.unknown]" in capsys.readouterr().err


def test_a_required_plugin_that_is_missing_does_not_hide_the_list(monkeypatch):
    monkeypatch.setenv("DFS_PLUGINS__REQUIRED", "demo")

    assert main(["plugin", "list"]) == ExitCode.DONE


def test_every_setting_is_shown_with_its_origin(settings_folder, monkeypatch, capsys):
    (settings_folder / "dfs.toml").write_text("[reduction]\nkeep_work = true\n", encoding="utf-8")
    monkeypatch.setenv("DFS_PLUGINS__DISABLED", "a, b")

    assert main(["config", "show", "--json"]) == ExitCode.DONE

    shown = {s["name"]: (s["value"], s["origin"]) for s in json.loads(capsys.readouterr().out)}
    assert shown["reduction.keep_work"] == (True, "dfs.toml")
    assert shown["plugins.disabled"] == (["a", "b"], "environment DFS_PLUGINS__DISABLED")
    assert shown["organiser.breakpoints"] == (None, "default")


def test_settings_are_shown_as_text_as_well(capsys):
    assert main(["config", "show"]) == ExitCode.DONE
    assert "reduction.jobs\t" in capsys.readouterr().out


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "out folder"
    folder.mkdir()
    open_workspace_database(folder / WORKSPACE_DATABASE).dispose()
    return folder


def test_a_database_of_this_version_is_current(workspace, capsys):
    assert main(["db", "status", "--workspace", str(workspace), "--json"]) == ExitCode.DONE

    status = json.loads(capsys.readouterr().out)
    assert status["current"]
    assert status["found"] == status["wanted"]


def test_an_old_database_is_told_and_upgraded(tmp_path, capsys):
    (tmp_path / WORKSPACE_DATABASE).touch()
    here = ["--workspace", str(tmp_path)]

    assert main(["db", "status", *here]) == ExitCode.FAILED
    assert "dfs db upgrade" in capsys.readouterr().out
    assert main(["db", "upgrade", *here]) == ExitCode.DONE
    assert main(["db", "status", *here]) == ExitCode.DONE


def test_asking_for_the_status_changes_nothing(tmp_path):
    database = tmp_path / WORKSPACE_DATABASE
    database.touch()
    main(["db", "status", "--workspace", str(tmp_path)])

    assert database.stat().st_size == 0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [WORKSPACE_DATABASE]


def test_a_database_of_a_newer_version_is_refused(workspace, capsys):
    with sqlite3.connect(workspace / WORKSPACE_DATABASE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    assert main(["db", "status", "--workspace", str(workspace)]) == ExitCode.FAILED
    assert main(["db", "upgrade", "--workspace", str(workspace)]) == ExitCode.FAILED
    assert "[storage.database-newer]" in capsys.readouterr().err


def test_what_is_no_database_is_told(tmp_path, capsys):
    (tmp_path / WORKSPACE_DATABASE).write_text("not a database, whatever its name" * 50)

    assert main(["db", "status", "--workspace", str(tmp_path)]) == ExitCode.FAILED
    assert "[storage.database]" in capsys.readouterr().err


def test_a_folder_without_database_is_no_workspace(tmp_path, capsys):
    assert main(["db", "status", "--workspace", str(tmp_path)]) == ExitCode.FAILED
    assert "[workspace.absent]" in capsys.readouterr().err
