"""``dfs ob targets|survey``: a block like another one for each target, or each area."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.preparation.commands.shared import Database, User
from dfs.ui import console

if TYPE_CHECKING:
    from dfs.preparation.service.survey import Made

Like = Annotated[
    int, typer.Option("--like", metavar="ID", help="Block that all are made like.", min=1)
]
Into = Annotated[int, typer.Option("--into", metavar="ID", help="Container that gets them.", min=1)]


def targets(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV or VOTable with name, ra, dec; pmra and pmdec in milliarcsec a year.",
            exists=True,
            dir_okay=False,
        ),
    ],
    like: Like,
    into: Into,
    container: Annotated[
        str, typer.Option("--as", metavar="KIND", help="Group, Concatenation, TimeLink or Folder.")
    ] = "",
    name: Annotated[str, typer.Option(help="Name of that container.")] = "",
    database: Database = None,
    user: User = None,
) -> None:
    """Make a block for each target of a list, all of them or none."""
    from dfs.plugin import ContainerKind
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.formats.targets import read_targets
    from dfs.preparation.service.survey import from_targets

    try:
        kind = ContainerKind(container) if container else None
    except ValueError as error:
        raise typer.BadParameter(
            f"{container!r} is none of {', '.join(ContainerKind)}", param_hint="--as"
        ) from error
    listed = read_targets(file)
    with preparation_desk(database, user) as (stage, who):
        _told(from_targets(stage, who, like, into, listed, kind, name))


def survey(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Area definition, as the instrument reads it.",
            exists=True,
            dir_okay=False,
        ),
    ],
    like: Like,
    into: Into,
    database: Database = None,
    user: User = None,
) -> None:
    """Make the blocks of a survey's areas, all of them or none."""
    from dfs.foundation.errors import UserError
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.errors import FILE
    from dfs.preparation.service.survey import from_survey

    try:
        document = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(FILE, str(error), where=str(file)) from error
    with preparation_desk(database, user) as (stage, who):
        _told(from_survey(stage, who, like, into, document))


def _told(made: Made) -> None:
    for item in made.items:
        console.print_line(f"{item.id}  {item.kind}  {item.name}")
    console.print_line(f"{made.blocks} blocks")
