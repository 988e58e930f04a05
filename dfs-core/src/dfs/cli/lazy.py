"""The root of the command line: knows its commands by name, imports the one that runs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from dfs.cli.table import EXIT_CODES, SECTIONS, Command, commands

if TYPE_CHECKING:
    from typer._click.core import Command as ClickCommand
    from typer._click.core import Context
    from typer._click.formatting import HelpFormatter


class LazyRoot(TyperGroup):
    """Shows the table's lines, and loads a command only to run or complete it."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for entry in commands():
            self.add_command(TyperCommand(entry.name, short_help=entry.help))

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, ClickCommand | None, list[str]]:
        """Find the command that is to run, and only now import it."""
        name, _, rest = super().resolve_command(ctx, args)
        entry = next((entry for entry in commands() if entry.name == name), None)
        return name, load(entry) if entry else None, rest

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """Write a list for each stage of the flow."""
        width = max(len(entry.name) for entry in commands())
        for section in SECTIONS:
            with formatter.section(section.title):
                formatter.write_dl([(e.name.ljust(width), e.help) for e in section.commands])

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002
        """Write what the exit codes mean."""
        with formatter.section("Exit codes"):
            formatter.write_dl(EXIT_CODES)
        with formatter.section("Environment"):
            formatter.write_dl(
                [
                    ("DFS_CONFIG", "the settings file, instead of ./dfs.toml"),
                    ("DFS_DEBUG=1", "show the traceback of an unexpected error"),
                ]
            )


def load(entry: Command) -> ClickCommand:
    """Import a command of the table."""
    module, _, attribute = entry.target.partition(":")
    target = getattr(import_module(module), attribute)
    if isinstance(target, typer.Typer):
        # Plain help everywhere: it reads the same on a terminal and in a pipe.
        target.rich_markup_mode = None
        group = get_group(target)
        group.name = entry.name
        group.no_args_is_help = True
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(entry.name)(target)
    return get_command(app)
