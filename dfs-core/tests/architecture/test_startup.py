"""Start-up is lazy: help needs the standard library and typer."""

from __future__ import annotations

import json
import subprocess
import sys

from dfs.cli.table import commands

HEAVY = {
    "alembic",
    "astropy",
    "jinja2",
    "lark",
    "matplotlib",
    "numpy",
    "plotille",
    "pluggy",
    "pydantic",
    "pydantic_settings",
    "rich",
    "sqlalchemy",
}

RUN_AND_TELL = """
import contextlib, io, json, sys
{code}
json.dump(sorted({{name.partition(".")[0] for name in sys.modules}}), sys.stdout)
"""


SHOW_HELP = """
from dfs.cli.main import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
"""

LOAD_EVERY_COMMAND = """
from dfs.cli.lazy import load
from dfs.cli.table import commands
for entry in commands():
    load(entry)
"""


def packages_after(code: str, environment: dict[str, str]) -> set[str]:
    """Run code in a fresh interpreter and give the packages that it has imported."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_TELL.format(code=code)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_help_imports_the_standard_library_and_typer_alone(dfs_environment):
    environment = dfs_environment()
    after = packages_after(SHOW_HELP, environment)
    typer_alone = packages_after("import typer, typer.main", environment)

    assert after - typer_alone - set(sys.stdlib_module_names) == {"dfs"}


def test_help_imports_no_plugin_nor_anything_heavy(dfs_environment):
    after = packages_after(SHOW_HELP, dfs_environment())

    assert not {name for name in after if name in HEAVY or name.startswith("dfs_")}


def test_the_help_of_every_command_imports_nothing_heavy(dfs_environment):
    after = packages_after(LOAD_EVERY_COMMAND, dfs_environment())

    assert not {name for name in after if name in HEAVY or name.startswith("dfs_")}


def test_every_line_of_the_table_names_a_command():
    from dfs.cli.lazy import load

    assert [load(entry).name for entry in commands()] == [entry.name for entry in commands()]
