"""``dfs serve``, ``dfs worker``, ``dfs user`` and ``dfs db --service``."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from dfs.accounts import service as accounts
from dfs.cli.main import main
from dfs.foundation.clock import system_clock
from dfs.foundation.database import open_service_database
from dfs.testkit.databases import sqlite_service
from dfs.ui.console import ExitCode

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the empty database of a service, without installed plugins."""
    for name in [name for name in os.environ if name.startswith("DFS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("dfs.host.discovery.entry_points", lambda group: ())
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the test's own process stays as it is
    monkeypatch.chdir(tmp_path)
    with sqlite_service(tmp_path / "dfs-service.sqlite"):
        return tmp_path


@pytest.fixture
def password_file(here: Path) -> str:
    (here / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    return "password"


def dfs(*arguments: str, code: int = ExitCode.DONE) -> None:
    assert main(arguments) == code


# ── dfs user ────────────────────────────────────────────────────────────────


def test_a_user_is_made_listed_and_signs_in(password_file, capsys):
    dfs("user", "add", "olga", "--name", "Olga", "--role", "support", "--role", "operator",
        "--password-file", password_file)  # fmt: skip
    capsys.readouterr()
    dfs("user", "list", "--json")
    assert json.loads(capsys.readouterr().out) == [
        {
            "username": "olga",
            "name": "Olga",
            "email": "",
            "roles": ["operator", "support"],
            "active": True,
        }
    ]
    engine = open_service_database("sqlite:///dfs-service.sqlite")
    assert accounts.authenticate(engine, system_clock, "olga", PASSWORD)
    engine.dispose()


def test_roles_are_said_anew_and_a_user_is_suspended_and_restored(password_file, capsys):
    dfs("user", "add", "olga", "--password-file", password_file)
    dfs("user", "grant", "olga", "--role", "archive")
    dfs("user", "suspend", "olga")
    dfs("user", "list")
    assert capsys.readouterr().out.splitlines()[-1] == "olga\tolga\t\tarchive\tno"
    dfs("user", "restore", "olga")
    dfs("user", "list")
    assert capsys.readouterr().out.splitlines()[-1] == "olga\tolga\t\tarchive\tyes"


def test_what_cannot_be_is_told_with_its_code(password_file, capsys):
    dfs("user", "grant", "nobody", "--role", "archive", code=ExitCode.FAILED)
    assert "accounts.unknown-user" in capsys.readouterr().err
    dfs("user", "add", "olga", "--role", "wizard", "--password-file", password_file,
        code=ExitCode.FAILED)  # fmt: skip
    assert "accounts.unknown-role" in capsys.readouterr().err


# ── dfs db ──────────────────────────────────────────────────────────────────


def test_the_service_s_database_is_shown_and_upgraded(capsys):
    dfs("db", "upgrade", "--database", "sqlite:///new.sqlite")
    capsys.readouterr()
    dfs("db", "status", "--database", "sqlite:///new.sqlite", "--json")
    assert json.loads(capsys.readouterr().out)["current"] is True
    dfs("db", "status", "--service")
    assert capsys.readouterr().out.endswith("current\n")


# ── dfs serve, dfs worker ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [["serve"], ["worker"], ["user", "add", "olga", "--password-file", "password"]],
    ids=" ".join,
)
def test_without_the_extra_the_command_says_what_to_install(
    command, password_file, monkeypatch, capsys
):
    monkeypatch.setattr("dfs.foundation.extras.find_spec", lambda name: None)
    dfs(*command, code=ExitCode.FAILED)

    told = capsys.readouterr().err
    assert "extra.missing" in told
    assert "pip install 'dfs-core[web]'" in told


def test_an_address_that_is_taken_is_told(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dfs("serve", "--port", str(taken.getsockname()[1]), code=ExitCode.FAILED)

    assert "web.address" in capsys.readouterr().err


def test_a_worker_ends_when_nothing_waits(capsys):
    dfs("worker", "--once")

    assert capsys.readouterr().out == "0 jobs and events done\n"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def healthy(port: int, process: subprocess.Popen[str]) -> dict[str, object]:
    for _ in range(300):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health") as answer:
                return json.load(answer)
        except HTTPError as error:
            raise AssertionError(error.read()) from error
        except URLError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError("the service did not answer")


def served(folder: Path, *options: str) -> str:
    """Serve until it is well, sign in with what it says, end it, give what it said."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DFS_")}
    command = [sys.executable, "-m", "dfs", "serve", "--port", str(port), *options]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert healthy(port, process)["status"] in {"ok", "degraded"}
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert process.returncode == 0, said
    return said


def test_the_first_start_makes_an_administrator_and_the_next_does_not(here):
    said = served(here, "--all")
    password = re.search(r"admin with the password (\S+)", said).group(1)
    engine = open_service_database(f"sqlite:///{here / 'dfs-service.sqlite'}")
    who = accounts.authenticate(engine, system_clock, "admin", password)
    engine.dispose()

    assert who.roles == {"administrator"}
    assert "password" not in served(here)


def test_the_password_of_the_administrator_may_come_from_the_settings(here, monkeypatch):
    from dfs.foundation.settings import load_settings
    from dfs.web.start import first_administrator, start

    monkeypatch.setenv("DFS_SERVICE__ADMIN_PASSWORD", PASSWORD)
    services = start(load_settings())
    assert first_administrator(services) is None
    assert accounts.authenticate(services.engine, system_clock, "admin", PASSWORD)
    assert PASSWORD not in repr(services.settings)
    services.engine.dispose()
