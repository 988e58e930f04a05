"""``dfs prune``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode


def prune(
    budget: Annotated[
        str, typer.Option(metavar="SIZE", help="All results together may take so much, e.g. 20GB.")
    ],
    workspace: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder that 'dfs reduce' wrote to.")
    ] = Path("dfs-out"),
    current: Annotated[
        bool,
        typer.Option(
            "--current",
            help="If need be, remove current results, too; their blocks run again when wanted.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Remove results that newer ones have superseded, the longest unused first.

    Exits with 1 if what is left is still more than the budget.
    """
    from dfs.reduction.reuse.prune import parse_size
    from dfs.reduction.reuse.prune import prune as remove
    from dfs.reduction.workspace import Workspace

    size_bytes = parse_size(budget)
    with Workspace.read(workspace) as opened:
        removed, left_bytes = remove(opened, size_bytes, current=current, only_look=dry_run)
    if as_json:
        console.emit_json(
            {
                "removed": [
                    {
                        "folder": result.folder,
                        "block": result.block_id,
                        "size_bytes": result.size_bytes,
                        "current": result.is_current,
                    }
                    for result in removed
                ],
                "left_bytes": left_bytes,
            }
        )
    else:
        rows = [
            (r.folder, f"{r.size_bytes / 1e6:.1f}", "current" if r.is_current else "superseded")
            for r in removed
        ]
        console.table("What would go" if dry_run else "Removed", ("result", "MB", "was"), rows)
        console.print_line(f"left\t{left_bytes / 1e6:.1f} MB")
    if left_bytes > size_bytes:
        hint = "" if current else "; --current lets current results go, too"
        console.warn(f"that is still more than {budget}{hint}")
        raise typer.Exit(ExitCode.FAILED)
