"""``dfs qc``: what quality control says of what was reduced, and what people decide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.quality import trend_commands
from dfs.ui import console

if TYPE_CHECKING:
    from dfs.quality.certification import Decision
    from dfs.quality.model import QualityRecord

app = typer.Typer(no_args_is_help=True, help="Quality control of what was reduced.")
app.command("list")(trend_commands.list_)
app.command("trend")(trend_commands.trend)

Workspace = trend_commands.Workspace
Json = trend_commands.Json
_Target = Annotated[
    str,
    typer.Argument(
        metavar="BLOCK|PRODUCT",
        help="A product's id or path, or the beginning of a block's id for all its products.",
    ),
]
_Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why.")]
_By = Annotated[str, typer.Option(metavar="NAME", help="Who decides; your login if left out.")]


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
    workspace: Workspace = Path("dfs-out"),
    instrument: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this instrument, by id or INSTRUME.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="QC…", help="Only this parameter, e.g. QC.BIAS.LEVEL.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the QC1 values on record with their verdicts."""
    from dfs.quality import service

    with service.open_workspace(workspace) as engine:
        records = service.measurements(engine, name=name.upper() if name else None)
    if instrument:
        wanted = trend_commands.instrument_id(instrument, {r.instrument for r in records})
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
        ("block", "category", "parameter", "value", "unit", "verdict", "decision", "reason"),
        (_row(record) for record in records),
    )


@app.command()
def certify(
    target: _Target,
    reason: _Reason = "",
    by: _By = "",
    workspace: Workspace = Path("dfs-out"),
    as_json: Json = False,
) -> None:
    """Certify a product: it may be used, and its values count in trends.

    A reason is needed if its verdict is bad, or if it is rejected so far.
    """
    from dfs.quality.certification import Decision

    _decide(Decision.CERTIFIED, target, reason, by, workspace, as_json=as_json)


@app.command()
def reject(
    target: _Target,
    reason: _Reason = "",
    by: _By = "",
    workspace: Workspace = Path("dfs-out"),
    as_json: Json = False,
) -> None:
    """Reject a product: no block takes it any more, and its values do not count in trends."""
    from dfs.quality.certification import Decision

    _decide(Decision.REJECTED, target, reason, by, workspace, as_json=as_json)


@app.command()
def revoke(
    target: _Target,
    reason: _Reason = "",
    by: _By = "",
    workspace: Workspace = Path("dfs-out"),
    as_json: Json = False,
) -> None:
    """Take back that a product was certified or rejected."""
    from dfs.quality.certification import Decision

    _decide(Decision.REVOKED, target, reason, by, workspace, as_json=as_json)


@app.command()
def certificates(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[BLOCK|PRODUCT]", help="Only on this; all if left out.", show_default=False
        ),
    ] = "",
    workspace: Workspace = Path("dfs-out"),
    as_json: Json = False,
) -> None:
    """List what people decided, oldest first."""
    from dfs.quality import service
    from dfs.quality.serialise import certificate_to_json

    with service.open_workspace(workspace) as engine:
        found = service.certificates(engine, target)
    if as_json:
        console.emit_json([certificate_to_json(certificate) for certificate in found])
        return
    if not found:
        console.note("nothing is decided")
        return
    console.table(
        "Decisions",
        ("product", "decision", "in force", "when", "who", "reason"),
        (
            (
                certificate.product,
                certificate.decision.value,
                "yes" if certificate.in_force else "no",
                f"{certificate.decided_at:%Y-%m-%d %H:%M}",
                certificate.who,
                certificate.reason,
            )
            for certificate in found
        ),
    )


def _decide(
    decision: Decision, target: str, reason: str, by: str, workspace: Path, *, as_json: bool
) -> None:
    from dfs.foundation.clock import system_clock
    from dfs.quality import service
    from dfs.quality.serialise import certificate_to_json

    who = by.strip() or _login()
    with service.open_workspace(workspace) as engine:
        made = service.decide(engine, target, decision, who=who, reason=reason, now=system_clock())
    if as_json:
        console.emit_json([certificate_to_json(certificate) for certificate in made])
        return
    for certificate in made:
        console.print_line(f"{certificate.product}\t{certificate.decision.value}\t{who}")


def _login() -> str:
    from getpass import getuser

    from dfs.foundation.errors import UserError
    from dfs.quality.errors import NOBODY

    try:
        return getuser()
    except (OSError, KeyError, ImportError) as error:  # as Python 3.13, and those before it
        raise UserError(NOBODY, "the system has no name for the user of this process") from error


def _row(record: QualityRecord) -> tuple[str, ...]:
    value = "-" if record.value is None else f"{record.value:.6g}"
    return (
        record.block,
        record.category,
        record.name,
        value,
        record.unit,
        record.verdict.value,
        "" if record.decision is None else record.decision.value,
        record.reason,
    )


def _plain(record: QualityRecord) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record) | {
        "setup": dict(record.setup),
        "verdict": record.verdict.value,
        "measured_at": record.measured_at.isoformat(),
        "decision": record.decision and record.decision.value,
    }
