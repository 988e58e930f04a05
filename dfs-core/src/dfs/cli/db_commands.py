"""``dfs db``: the database of a workspace, or of the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dfs.foundation.database import RevisionStatus

app = typer.Typer(help="Show and upgrade the database of a workspace or of the service.")

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", help="Folder of the workspace.", file_okay=False)
]
ServiceOption = Annotated[
    bool, typer.Option("--service", help="The service's database: that of service.database.")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="The service's database at this address."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def status(
    workspace: WorkspaceOption = Path("dfs-out"),
    service: ServiceOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Say whether the database is of this installation's revision; exit 1 if it is not."""
    from dfs.foundation.database import service_status, workspace_revision

    if service or database:
        with _service(database) as engine:
            found, place = service_status(engine), engine.url.render_as_string()
    else:
        path = _of_workspace(workspace)
        found, place = workspace_revision(path), str(path)
    _answer(place, found, json=json)
    if not found.is_current:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def upgrade(
    workspace: WorkspaceOption = Path("dfs-out"),
    service: ServiceOption = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Bring the database to this installation's revision."""
    from dfs.foundation.database import open_workspace_database, revision_status, upgrade_service

    if service or database:
        with _service(database) as engine:
            _answer(engine.url.render_as_string(), upgrade_service(engine), json=json)
        return
    path = _of_workspace(workspace)
    engine = open_workspace_database(path)
    try:
        _answer(str(path), revision_status(engine), json=json)
    finally:
        engine.dispose()


@contextmanager
def _service(database: str | None) -> Iterator[Engine]:
    from dfs.foundation.database import create_service_engine
    from dfs.foundation.settings import load_settings

    engine = create_service_engine(database or load_settings().service.database)
    try:
        yield engine
    finally:
        engine.dispose()


def _of_workspace(workspace: Path) -> Path:
    from dfs.cli.errors import NO_WORKSPACE
    from dfs.foundation.database import WORKSPACE_DATABASE
    from dfs.foundation.errors import UserError

    path = workspace / WORKSPACE_DATABASE
    if not path.is_file():
        raise UserError(NO_WORKSPACE, f"there is no {path.name}", where=str(workspace))
    return path


def _answer(place: str, found: RevisionStatus, *, json: bool) -> None:
    if json:
        console.emit_json(
            {
                "database": place,
                "found": found.found,
                "wanted": found.wanted,
                "current": found.is_current,
            }
        )
        return
    state = "current" if found.is_current else "needs `dfs db upgrade`"
    console.table(
        "",
        ("database", "revision", "this version", "state"),
        [(place, found.found or "none", found.wanted, state)],
    )
