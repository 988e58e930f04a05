"""``dfs config``: the settings and where each comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from dfs.ui import console

app = typer.Typer(help="Show the settings and where each comes from.")


@app.command()
def show(
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show every setting with its value and its origin."""
    from dfs.foundation.settings import settings_origins

    settings = settings_origins()
    if json:
        console.emit_json(
            [
                {"name": s.name, "value": s.value, "origin": s.origin, "help": s.help}
                for s in settings
            ]
        )
        return
    console.table(
        "Settings",
        ("setting", "value", "origin", "meaning"),
        [(s.name, _text(s.value), s.origin, s.help) for s in settings],
    )


def _text(value: object) -> str:
    if value is None or value == []:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
