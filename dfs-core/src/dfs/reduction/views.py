"""What ``dfs reduce`` answers, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dfs.organiser.service import block_to_json
from dfs.quality.logic import worst
from dfs.reduction.model import BlockResult, PlannedBlock, ReductionReport
from dfs.reduction.reuse.model import StaleBlock
from dfs.reduction.serialise import result_to_json, stale_to_json
from dfs.ui import console

__all__ = ["show_plan", "show_report", "show_stale"]


def show_plan(plan: Sequence[PlannedBlock], as_json: bool) -> None:
    """Show what would become of each block."""
    if as_json:
        console.emit_json(
            [
                {
                    "block": block_to_json(planned.block),
                    "state": planned.state.value,
                    "code": planned.code,
                    "detail": planned.detail,
                    "memory_mb": planned.memory_mb,
                }
                for planned in plan
            ]
        )
        return
    rows = [
        (
            planned.block.id,
            planned.block.action,
            planned.block.recipe,
            len(planned.block.inputs),
            planned.state,
            planned.block.level.name.lower(),
            planned.detail,
        )
        for planned in plan
    ]
    columns = ("block", "action", "recipe", "frames", "state", "level", "why not")
    console.table("What would run", columns, rows)


def show_stale(stale: Sequence[StaleBlock], as_json: bool) -> None:
    """Show which blocks would be run, and why."""
    if as_json:
        console.emit_json([stale_to_json(found) for found in stale])
        return
    if not stale:
        console.note("every block has a result that will do")
    rows = [
        (
            found.block.id,
            found.block.name,
            found.block.recipe,
            "; ".join(reason.detail for reason in found.reasons),
        )
        for found in stale
    ]
    console.table("What would run again", ("block", "name", "recipe", "why"), rows)


def show_report(report: ReductionReport, out: Path, as_json: bool) -> None:
    """Show how the blocks ended."""
    if as_json:
        console.emit_json(
            {
                "workspace": str(out),
                "cancelled": report.cancelled,
                "report": report.page,
                "blocks": [result_to_json(result) for result in report.results],
            }
        )
        return
    rows = [
        (
            result.block.id,
            result.block.recipe,
            result.state,
            "" if result.seconds is None else f"{result.seconds:.1f}",
            result.block.level.name.lower(),
            _worst(result),
            "yes" if result.reused else "",
            f"{result.detail} [{result.code}]" if result.code else "",
        )
        for result in report.results
    ]
    columns = ("block", "recipe", "state", "seconds", "level", "quality", "reused", "problem")
    console.table("Reduction blocks", columns, rows)
    console.print_line(f"products\t{out / 'products'}")
    console.print_line(f"logs\t{out / 'logs'}")
    if report.page:
        console.print_line(f"quality\t{out / report.page}")


def _worst(result: BlockResult) -> str:
    return worst([score.verdict for score in result.scores]).value if result.scores else ""
