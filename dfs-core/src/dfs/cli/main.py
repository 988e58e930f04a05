"""The entry point: runs a command and turns what goes wrong into words and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from dfs.cli.lazy import LazyRoot
from dfs.cli.ports import Ports
from dfs.foundation.errors import DfsError
from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from typer._click.core import Command, Context

DEBUG_VARIABLE = "DFS_DEBUG"


class Root(LazyRoot):
    """The root, with errors reported."""

    def invoke(self, ctx: Context) -> object:
        """Run the command that was asked for."""
        ctx.obj = Ports()
        with _reported():
            return super().invoke(ctx)


def root() -> Command:
    """Make the root command, with shell completion and ``--version``."""
    app = typer.Typer(
        cls=Root,
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_about)
    return get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dfs`` with these arguments, by default those of the process.

    Returns
    -------
    int
        The exit code.
    """
    try:
        root().main(args=arguments, prog_name="dfs")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    else:
        code = ExitCode.DONE
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _close_quietly()
    return code


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        console.print_line(f"dfs-core {version('dfs-core')}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """The Data Flow System: from raw frames to calibrated products and quality figures."""


@contextmanager
def _reported() -> Iterator[None]:
    debug = os.environ.get(DEBUG_VARIABLE, "") not in {"", "0"}
    if debug:
        _log_everything()
    try:
        yield
    except (typer.Exit, typer.Abort, TyperException):
        raise
    except DfsError as problem:
        if debug:
            raise
        console.error(problem)
        usage = problem.code.name.startswith("usage.")
        raise typer.Exit(ExitCode.USAGE if usage else ExitCode.FAILED) from problem
    except KeyboardInterrupt as interrupt:
        console.note("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
    except Exception as unexpected:
        # A reader of our answer who has seen enough is no error.
        if isinstance(unexpected, BrokenPipeError) and _reader_left():
            raise typer.Exit(ExitCode.DONE) from unexpected
        if debug:
            raise
        said = " ".join(str(unexpected).split())
        console.error(f"unexpected {type(unexpected).__name__}: {said}")
        console.note(
            f"  This is a fault of DFS. Set {DEBUG_VARIABLE}=1 to see where it happened, and "
            "report it."
        )
        raise typer.Exit(ExitCode.FAILED) from unexpected


def _log_everything() -> None:
    import logging

    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("dfs").setLevel(logging.DEBUG)


def _reader_left() -> bool:
    import select

    try:
        watch = select.poll()
        watch.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # standard output is no file, as in a test
        return False
    if not watch.poll(0):
        return False
    _close_quietly()
    return True


def _close_quietly() -> None:
    # The interpreter flushes standard output once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
