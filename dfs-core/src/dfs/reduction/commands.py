"""``dfs reduce``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.organiser.commands import Calibrations, Target
from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.organiser.model import Organisation
    from dfs.reduction.model import BlockResult, PlannedBlock, ReductionReport

_PROBLEMS_SHOWN = 20


def reduce(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, help="Folder of raw frames.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The workspace: products, logs, reports.")
    ] = Path("dfs-out"),
    instrument: Annotated[
        str | None, typer.Option(metavar="ID", help="Only frames of this instrument.")
    ] = None,
    target: Target = "all",
    calibrations: Calibrations = "raw-per-level",
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Blocks at a time; as many as there are cores."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Reduce a folder of raw frames: classify, organise, run every block, judge it."""
    from dfs.foundation.settings import load_settings
    from dfs.host import load_host
    from dfs.organiser.model import Preference
    from dfs.organiser.service import HeaderIndex, load_breakpoints, open_index, organise
    from dfs.organiser.targets import restrict
    from dfs.reduction.service import plan_blocks, reduce_blocks
    from dfs.reduction.workspace import Workspace, check_outside

    check_outside(out, folder)
    settings = load_settings()
    host = load_host()
    breakpoints = load_breakpoints(settings.organiser.breakpoints)

    def organised(index: HeaderIndex | None) -> Organisation:
        with console.progress("reading headers") as bar:
            found = organise(
                host,
                [folder],
                instrument=instrument,
                index=index,
                breakpoints=breakpoints,
                preference=Preference(calibrations),
                progress=bar,
            )
        _warn_of(found, folder)
        return restrict(found, target, host.instruments)

    if dry_run:
        index = open_index(settings.organiser.index)
        _show_plan(plan_blocks(host, organised(index)), as_json)
        return
    with Workspace.open(out, keep_work=settings.reduction.keep_work) as workspace:
        index = open_index(settings.organiser.index) or HeaderIndex(workspace.database)
        organisation = organised(index)
        with console.progress("reducing") as bar:
            report = reduce_blocks(
                host,
                organisation,
                workspace,
                jobs=jobs or settings.reduction.jobs or 1,
                memory_mb=settings.reduction.memory_mb,
                progress=bar,
            )
    for trouble in report.troubles:
        console.warn(trouble)
    _show_report(report, out, as_json)
    if report.cancelled:
        console.note("interrupted; nothing half-written stays")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if not report.all_done:
        raise typer.Exit(ExitCode.FAILED)


def _warn_of(organisation: Organisation, folder: Path) -> None:
    from dfs.foundation.errors import UserError
    from dfs.reduction.errors import NOTHING

    for problem in organisation.problems[:_PROBLEMS_SHOWN]:
        console.warn(f"{problem.path}: {problem.detail} [{problem.code}]")
    if (more := len(organisation.problems) - _PROBLEMS_SHOWN) > 0:
        console.warn(f"{more} more files have problems; `dfs organise {folder}` names them all")
    if not organisation.blocks:
        frames = len(organisation.frames)
        raise UserError(NOTHING, f"{frames} frames make no reduction block", where=str(folder))


def _show_plan(plan: tuple[PlannedBlock, ...], as_json: bool) -> None:
    if as_json:
        from dfs.organiser.service import block_to_json

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


def _show_report(report: ReductionReport, out: Path, as_json: bool) -> None:
    if as_json:
        console.emit_json(
            {
                "workspace": str(out),
                "cancelled": report.cancelled,
                "report": report.page,
                "blocks": [_result_json(result) for result in report.results],
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
            f"{result.detail} [{result.code}]" if result.code else "",
        )
        for result in report.results
    ]
    columns = ("block", "recipe", "state", "seconds", "level", "quality", "problem")
    console.table("Reduction blocks", columns, rows)
    console.print_line(f"products\t{out / 'products'}")
    console.print_line(f"logs\t{out / 'logs'}")
    if report.page:
        console.print_line(f"quality\t{out / report.page}")


def _worst(result: BlockResult) -> str:
    from dfs.quality.logic import worst

    return worst([score.verdict for score in result.scores]).value if result.scores else ""


def _result_json(result: BlockResult) -> dict[str, Any]:
    from dfs.reduction.serialise import result_to_json

    return result_to_json(result)
