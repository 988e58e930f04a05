"""``dfs ob verify|time``: whether items can be observed, and what that takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.preparation.commands.shared import Database, Json, User, Which, from_file, opened
from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfs.plugin import Container, ExecutionTime, Finding, ObservationBlock


def verify(
    which: Which,
    submit: Annotated[
        bool, typer.Option("--submit", help="Certify what is found observable.")
    ] = False,
    database: Database = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """Verify a block or container; exit 1 if something forbids to observe it."""
    if which.isdecimal():
        from dfs.preparation.desk import preparation_desk
        from dfs.preparation.service import lifecycle

        with preparation_desk(database, user) as (stage, who):
            found = lifecycle.verify(stage, who, int(which), submit=submit)
        _findings(found.findings, observable=found.observable, as_json=as_json)
        return
    if submit:
        raise typer.BadParameter("a file cannot be certified; import it", param_hint="--submit")
    from dfs.foundation.clock import system_clock
    from dfs.preparation import alone

    host, packages, read = from_file(Path(which))
    verified = alone.verify(read, host, packages, system_clock)
    _findings(verified.findings, observable=verified.observable, as_json=as_json)


def _findings(findings: Sequence[Finding], *, observable: bool, as_json: bool) -> None:
    from dfs.preparation.verification import message_of

    if as_json:
        console.emit_json(
            {"observable": observable, "findings": [f.model_dump(mode="json") for f in findings]}
        )
    else:
        for finding in findings:
            console.print_line(f"{message_of(finding)} ({finding.code})")
        console.print_line("observable" if observable else "not observable")
    if not observable:
        raise typer.Exit(ExitCode.FAILED)


def time(which: Which, database: Database = None, user: User = None, as_json: Json = False) -> None:
    """Say how long a block takes and with what, or how long all in a container take."""
    from dfs.instruments.service import execution_time
    from dfs.preparation.formats.archive import blocks_of

    found = opened(which, database, user)
    blocks = blocks_of(found.item)
    times = [execution_time(found.host, found.packages, one) for one in blocks]
    if as_json:
        console.emit_json(
            [_plain_time(one, spent) for one, spent in zip(blocks, times, strict=True)]
        )
        return
    _show_times(found.item, times)


def _plain_time(block: ObservationBlock, spent: ExecutionTime) -> dict[str, object]:
    return {
        "id": block.id,
        "name": block.name,
        "exposure_s": spent.exposure_s,
        "execution_s": None if spent.unknown else spent.total_s,
        "unknown": list(spent.unknown),
        "parts": [part.model_dump(mode="json") for part in spent.parts],
    }


def _show_times(item: ObservationBlock | Container, times: Sequence[ExecutionTime]) -> None:
    from dfs.plugin import Container
    from dfs.preparation.reports import breakdown, item_times

    if isinstance(item, Container):
        lines = [
            (
                f"{'  ' * one.depth}{one.name}",
                one.kind,
                f"{one.exposure_s:.0f}",
                "unknown" if one.execution_s is None else f"{one.execution_s:.0f}",
            )
            for one in item_times(item, times)
        ]
        console.table(item.name, ("name", "kind", "exposure_s", "execution_s"), lines)
    else:
        (spent,) = times
        parts = [(one.template, one.label, f"{one.seconds:.0f}") for one in breakdown(item, spent)]
        total = "unknown" if spent.unknown else f"{spent.total_s:.0f}"
        console.table(
            item.name,
            ("template", "what", "seconds"),
            [*parts, ("", "exposure", f"{spent.exposure_s:.0f}"), ("", "total", total)],
        )
    for reason in dict.fromkeys(reason for spent in times for reason in spent.unknown):
        console.warn(reason)
