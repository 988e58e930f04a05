"""The command of the virtual telescope."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dfs.ui import console


def simulate(
    instrument: Annotated[
        str, typer.Argument(help="Id of the instrument, or its INSTRUME.", show_default=False)
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the raw frames.", show_default=False)],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same pixels.")] = 0,
    night: Annotated[
        str | None,
        typer.Option(help="Date of the evening, YYYY-MM-DD; without it, yesterday (UTC)."),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=16, help="Read out only so many detector rows.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the files as JSON.")] = False,
) -> None:
    """Simulate the standard calibrations of a day: raw frames with known truth."""
    import datetime as dt

    from dfs.execution.errors import BAD_NIGHT
    from dfs.execution.simulation import simulate_night
    from dfs.foundation.clock import system_clock
    from dfs.foundation.errors import UserError
    from dfs.host import load_host
    from dfs.plugin import SimulationRequest

    try:
        evening = (
            dt.date.fromisoformat(night)
            if night is not None
            else (system_clock() - dt.timedelta(days=1)).date()
        )
    except ValueError as error:
        raise UserError(BAD_NIGHT, f"{night!r} is not a date") from error
    request = SimulationRequest(night=evening, seed=seed, window_rows=rows)
    with console.progress("simulating") as bar:
        paths = simulate_night(load_host(), instrument, request, out, bar)
    if json:
        files = [str(path) for path in paths]
        console.emit_json({"night": evening.isoformat(), "folder": str(out), "files": files})
    else:
        console.print_line(f"{len(paths)} frames of the night of {evening} in {out}")
