"""``dfs qc``: what quality control says of what was reduced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.quality.model import QualityRecord

app = typer.Typer(no_args_is_help=True, help="Quality control of what was reduced.")


@app.callback()
def qc() -> None:
    """Quality control of what was reduced."""


@app.command()
def show(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[BLOCK|PRODUCT]",
            help="Beginning of a block's id, or a product's id or path; all if left out.",
            show_default=False,
        ),
    ] = "",
    workspace: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder that 'dfs reduce' wrote to.")
    ] = Path("dfs-out"),
    instrument: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this instrument, by id or INSTRUME.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="QC…", help="Only this parameter, e.g. QC.BIAS.LEVEL.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show the QC1 values on record with their verdicts."""
    from dfs.foundation.database import open_workspace_database
    from dfs.foundation.errors import UserError
    from dfs.quality import service
    from dfs.quality.errors import NO_WORKSPACE

    database = workspace / "dfs.sqlite"
    if not database.is_file():
        raise UserError(NO_WORKSPACE, "there is no dfs.sqlite in it", where=str(workspace))
    engine = open_workspace_database(database)
    try:
        records = service.measurements(engine, name=name.upper() if name else None)
    finally:
        engine.dispose()
    if instrument:
        wanted = _instrument_id(instrument, {record.instrument for record in records})
        records = [record for record in records if record.instrument == wanted]
    if target:
        records = service.find(records, target)
    if as_json:
        console.emit_json([_plain(record) for record in records])
        return
    if not records:
        console.note("nothing is on record")
        return
    console.table(
        "QC1 parameters",
        ("block", "category", "parameter", "value", "unit", "verdict", "reason"),
        (_row(record) for record in records),
    )


def _instrument_id(name: str, on_record: set[str]) -> str:
    """Give the id that is meant; a plugin that is gone still has its records."""
    from dfs.host import load_host

    known = {id_.casefold(): id_ for id_ in on_record}
    return known.get(name.casefold()) or load_host().resolve(name).id


def _row(record: QualityRecord) -> tuple[str, ...]:
    value = "-" if record.value is None else f"{record.value:.6g}"
    verdict = record.verdict.value
    return (
        record.block,
        record.category,
        record.name,
        value,
        record.unit,
        verdict,
        record.reason,
    )


def _plain(record: QualityRecord) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record) | {
        "setup": dict(record.setup),
        "verdict": record.verdict.value,
        "measured_at": record.measured_at.isoformat(),
    }
