"""``dfs db``: the database of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.foundation.database import RevisionStatus

app = typer.Typer(help="Show and upgrade a workspace's database.")

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", help="Folder of the workspace.", file_okay=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def status(workspace: WorkspaceOption = Path("dfs-out"), json: JsonOption = False) -> None:
    """Say whether the database is of this installation's revision; exit 1 if it is not."""
    from dfs.foundation.database import workspace_revision

    path = _database(workspace)
    _answer(path, found := workspace_revision(path), json=json)
    if not found.is_current:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def upgrade(workspace: WorkspaceOption = Path("dfs-out"), json: JsonOption = False) -> None:
    """Bring the database to this installation's revision."""
    from dfs.foundation.database import open_workspace_database, revision_status

    path = _database(workspace)
    engine = open_workspace_database(path)
    try:
        _answer(path, revision_status(engine), json=json)
    finally:
        engine.dispose()


def _database(workspace: Path) -> Path:
    from dfs.cli.errors import NO_WORKSPACE
    from dfs.foundation.database import WORKSPACE_DATABASE
    from dfs.foundation.errors import UserError

    path = workspace / WORKSPACE_DATABASE
    if not path.is_file():
        raise UserError(NO_WORKSPACE, f"there is no {path.name}", where=str(workspace))
    return path


def _answer(path: Path, found: RevisionStatus, *, json: bool) -> None:
    if json:
        console.emit_json(
            {
                "database": str(path),
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
        [(path, found.found or "none", found.wanted, state)],
    )
