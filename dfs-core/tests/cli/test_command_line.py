"""The root command: help, completion, and what becomes of an error."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from dfs.cli import lazy
from dfs.cli.main import main
from dfs.cli.table import EXIT_CODES, SECTIONS, Command, commands
from dfs.foundation.errors import ErrorCode, UserError
from dfs.ui.console import ExitCode

BROKEN = ErrorCode("sky.cloudy", "It is cloudy.", "Wait.")
MISUSED = ErrorCode("usage.night", "That is no night.", "Name another.")


@pytest.fixture
def run_with(monkeypatch):
    """Run ``dfs organise`` with a command that does what the test wants."""

    def run(action) -> int:
        def organise() -> None:
            action()

        module = ModuleType("command_of_a_test")
        module.organise = organise
        monkeypatch.setitem(sys.modules, module.__name__, module)
        entry = Command("organise", f"{module.__name__}:organise", "As the test wants.")
        monkeypatch.setattr(lazy, "commands", lambda: (entry,))
        return main(["organise"])

    return run


def raising(error: BaseException):
    def action() -> None:
        raise error

    return action


def test_help_shows_the_commands_in_the_order_of_the_flow(capsys):
    assert main(["--help"]) == ExitCode.DONE

    shown = capsys.readouterr().out
    places = [shown.index(f"\n  {entry.name} ") for entry in commands()]
    assert places == sorted(places)
    assert all(section.title in shown for section in SECTIONS)
    assert all(entry.help in shown for entry in commands())


def test_help_tells_every_exit_code(capsys):
    main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())

    assert all(f"{code} {meaning}" in shown for code, meaning in EXIT_CODES)


def test_the_exit_codes_in_the_table_are_those_that_commands_return():
    assert [int(code) for code, _ in EXIT_CODES] == [int(code) for code in ExitCode]


def test_the_version_is_that_of_the_distribution(capsys):
    assert main(["--version"]) == ExitCode.DONE
    assert capsys.readouterr().out.startswith("dfs-core ")


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(capsys):
    assert main(["organize"]) == ExitCode.USAGE
    assert "Did you mean 'organise'?" in capsys.readouterr().err


def test_nothing_asked_is_answered_with_help(capsys):
    assert main([]) == ExitCode.USAGE
    assert "Usage: dfs" in capsys.readouterr().err


def test_a_command_that_ends_well_exits_with_zero(run_with):
    assert run_with(lambda: None) == ExitCode.DONE


def test_an_error_of_the_user_is_told_with_code_place_and_remedy(run_with, capsys):
    assert run_with(raising(UserError(BROKEN, "no stars", where="zenith"))) == ExitCode.FAILED

    told = capsys.readouterr()
    assert told.err == "error: zenith: no stars [sky.cloudy]\n  Wait.\n"
    assert told.out == ""


def test_an_error_of_usage_has_its_own_exit_code(run_with):
    assert run_with(raising(UserError(MISUSED, "31 June"))) == ExitCode.USAGE


def test_an_unexpected_error_is_short_and_says_how_to_see_more(run_with, capsys):
    assert run_with(raising(ZeroDivisionError("no\nframes"))) == ExitCode.FAILED

    told = capsys.readouterr().err
    assert told.startswith("error: unexpected ZeroDivisionError: no frames\n")
    assert "DFS_DEBUG=1" in told
    assert "Traceback" not in told


def test_debugging_shows_where_an_unexpected_error_happened(run_with, monkeypatch):
    monkeypatch.setenv("DFS_DEBUG", "1")

    with pytest.raises(ZeroDivisionError):
        run_with(raising(ZeroDivisionError()))


def test_an_interrupted_command_says_so_in_its_exit_code(run_with, capsys):
    assert run_with(raising(KeyboardInterrupt())) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


def test_a_broken_pipe_of_our_own_is_an_unexpected_error(run_with, capsys):
    assert run_with(raising(BrokenPipeError("a worker died"))) == ExitCode.FAILED
    assert "a worker died" in capsys.readouterr().err


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_who_leaves_is_no_error(lines, tmp_path):
    (tmp_path / "talkative.py").write_text(
        f"def organise() -> None:\n    for n in range({lines}):\n        print(n)\n"
    )
    code = (
        "import sys, time\n"
        "from dfs.cli import lazy, main, table\n"
        "entry = table.Command('organise', 'talkative:organise', '')\n"
        "lazy.commands = lambda: (entry,)\n"
        "time.sleep(0.3)\n"
        "sys.exit(main.main(['organise']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=30) == 0
    assert said == ""


def complete(dfs_environment, words: str, number: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "dfs"],
        env=dfs_environment(
            _DFS_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(number)
        ),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def test_a_shell_completes_commands(dfs_environment):
    assert complete(dfs_environment, "dfs or", 1) == ["organise"]
    assert complete(dfs_environment, "dfs plugin s", 2) == ["show"]


def test_a_shell_completes_the_ids_of_instruments(dfs_environment):
    assert "demo" in complete(dfs_environment, "dfs plugin show de", 3)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_shown(dfs_environment, shell):
    done = subprocess.run(
        [sys.executable, "-m", "dfs", "--show-completion", shell],
        env=dfs_environment(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "_DFS_COMPLETE" in done.stdout
