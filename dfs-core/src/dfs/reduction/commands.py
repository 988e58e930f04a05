"""``dfs reduce``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.organiser.commands import Calibrations, Target
from dfs.reduction.recipe_views import RunnerOption
from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.organiser.model import Organisation

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
    runner: RunnerOption = None,
    engine: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where blocks run; local is this machine.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run blocks although nothing has changed for them.")
    ] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only say which blocks would run again, and why.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Reduce a folder of raw frames: classify, organise, run what has changed, judge it."""
    from dfs.foundation.settings import load_settings
    from dfs.host import load_host
    from dfs.organiser.model import Preference
    from dfs.organiser.service import HeaderIndex, load_breakpoints, open_index, organise
    from dfs.organiser.targets import restrict
    from dfs.quality.service import rejections
    from dfs.reduction.engines import open_engine
    from dfs.reduction.reuse.prune import trim
    from dfs.reduction.runners import Runners
    from dfs.reduction.service import plan_blocks, reduce_blocks, stale_blocks
    from dfs.reduction.views import show_plan, show_report, show_stale
    from dfs.reduction.workspace import Workspace, check_outside, is_workspace

    check_outside(out, folder)
    settings = load_settings()
    host = load_host()
    breakpoints = load_breakpoints(settings.organiser.breakpoints)
    runners = Runners.configured(settings.reduction, runner)

    def organised(workspace: Workspace | None) -> Organisation:
        index = open_index(settings.organiser.index)
        if index is None and workspace is not None:
            index = HeaderIndex(workspace.database)
        with console.progress("reading headers") as bar:
            found = organise(
                host,
                [folder],
                instrument=instrument,
                index=index,
                breakpoints=breakpoints,
                preference=Preference(calibrations),
                rejected=rejections(workspace.database) if workspace is not None else None,
                progress=bar,
            )
        _warn_of(found, folder)
        return restrict(found, target, host.instruments)

    if dry_run or stale:
        # Where nothing was reduced so far, nothing is made.
        with Workspace.read(out) if is_workspace(out) else nullcontext() as seen:
            organisation = organised(seen)
            if dry_run:
                show_plan(plan_blocks(host, organisation, runners), as_json)
                return
            with console.progress("comparing") as bar:
                found = stale_blocks(host, organisation, seen, runners, bar)
        show_stale(found, as_json)
        return
    with Workspace.open(out, keep_work=settings.reduction.keep_work) as workspace:
        organisation = organised(workspace)
        at_a_time = jobs or settings.reduction.jobs or 1
        with console.progress("reducing") as bar:
            report = reduce_blocks(
                host,
                organisation,
                workspace,
                jobs=at_a_time,
                memory_mb=settings.reduction.memory_mb,
                engine=open_engine(engine or settings.reduction.engine, at_a_time),
                runners=runners,
                force=force,
                progress=bar,
            )
        if settings.reduction.superseded_gb is not None and report.made_something:
            trim(workspace, int(settings.reduction.superseded_gb * 1e9))
    for trouble in report.troubles:
        console.warn(trouble)
    show_report(report, out, as_json)
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
