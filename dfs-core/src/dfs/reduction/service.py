"""Reduction's use case: the blocks of a folder, from plan to products, reports and book."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version

from dfs.foundation.clock import Clock, system_clock
from dfs.foundation.errors import StorageError
from dfs.foundation.machine import memory_mb as machine_memory_mb
from dfs.host import Host
from dfs.organiser.model import Organisation
from dfs.plugin import Engine
from dfs.reduction.dispatch import Dispatcher, stopped_by_signals
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.graph import Job, Scheduler
from dfs.reduction.model import PlannedBlock, ReductionReport
from dfs.reduction.plan import block_job, make_plan
from dfs.reduction.reporting import REPORT_MEMORY_MB, run_page
from dfs.reduction.reuse import outlook
from dfs.reduction.reuse.model import StaleBlock
from dfs.reduction.reuse.service import Reuse
from dfs.reduction.runners import Runners
from dfs.reduction.session import Means, Session, report_job
from dfs.reduction.workspace import Workspace
from dfs.ui.console import Progress

__all__ = ["plan_blocks", "reduce_blocks", "stale_blocks", "system_version"]


def system_version() -> str:
    """Name this system and its version as product headers do, ``dfs-0.1.0``."""
    return f"dfs-{version('dfs-core')}"


def plan_blocks(
    host: Host, organisation: Organisation, runners: Runners | None = None
) -> tuple[PlannedBlock, ...]:
    """Say what would become of each block, without running any.

    Parameters
    ----------
    host : the plugins.
    organisation : the blocks.
    runners : run the recipes; None for the best of this machine.

    Raises
    ------
    UserError
        ``reduce.cycle`` or ``reduce.unknown-block``.
    """
    return make_plan(
        organisation.blocks, host.instruments, runners or Runners(), machine_memory_mb()
    )


def stale_blocks(
    host: Host,
    organisation: Organisation,
    workspace: Workspace | None,
    runners: Runners | None = None,
    progress: Progress | None = None,
) -> tuple[StaleBlock, ...]:
    """Say which blocks would be run, and why; nothing is run, and no result is touched.

    Parameters
    ----------
    host : the plugins.
    organisation : the blocks, each after those it depends on.
    workspace : open; None where nothing was run so far.
    runners : run the recipes; None for the best of this machine.
    progress : is told of each block; new files have to be read.

    Raises
    ------
    UserError
        ``reduce.cycle`` or ``reduce.unknown-block``.
    StorageError
        The disk or the database failed.
    """
    runners = runners or Runners()
    plan = plan_blocks(host, organisation, runners)
    if workspace is None:
        return outlook.never_run(plan)
    reuse = Reuse(workspace, host, only_look=True)
    return outlook.stale_blocks(reuse, host, runners, plan, progress)


def reduce_blocks(
    host: Host,
    organisation: Organisation,
    workspace: Workspace,
    *,
    jobs: int,
    memory_mb: int | None = None,
    engine: Engine | None = None,
    runners: Runners | None = None,
    progress: Progress | None = None,
    clock: Clock = system_clock,
    reports: bool = True,
    force: bool = False,
) -> ReductionReport:
    """Run every block that can run, each after those it depends on.

    A block is not run if it has a result that was made from the same inputs by content,
    with the same parameters, runner and software. A failure stops only the blocks that
    wait for the failed one. Ctrl-C and SIGTERM end the reduction in order: workers are
    ended, what is not done is cancelled.

    Parameters
    ----------
    host : the plugins.
    organisation : the blocks.
    workspace : open for writing; takes products, logs, reports and book-keeping.
    jobs : at most so many blocks run at a time.
    memory_mb : at most so much declared memory runs at a time, MB; None for all that
        the machine has.
    engine : where blocks run; None for worker processes of this machine. It is
        closed at the end.
    runners : run the recipes; None for the best of this machine.
    progress : is told of each block that ends.
    clock : gives the time.
    reports : whether quality reports are written.
    force : run blocks although they have results that would do.

    Returns
    -------
    ReductionReport
        A result for each block, in the order of the blocks.

    Raises
    ------
    UserError
        ``reduce.cycle`` or ``reduce.unknown-block``; nothing was run.
    StorageError
        The workspace's database could not be written; the reduction was ended.
    """
    runners = runners or Runners(clock=clock)
    plan = plan_blocks(host, organisation, runners)
    engine = engine or LocalEngine(jobs)
    means = Means(
        host=host,
        workspace=workspace,
        runners=runners,
        clock=clock,
        system=system_version(),
        isolated=engine.is_isolated,
        force=force,
        reports=reports,
        progress=progress,
    )
    with ExitStack() as stack:
        stack.callback(engine.close)
        session = Session(means, plan)
        stack.callback(session.close)
        scheduler = Scheduler(
            _jobs(plan, reports=reports),
            slots=jobs,
            memory_mb=memory_mb or machine_memory_mb(),
            ended=session.ended,
        )
        dispatcher = Dispatcher(scheduler, engine)
        with stopped_by_signals(dispatcher.stop):
            finished = dispatcher.run(session)
        if not finished:
            session.cancel()
    results = tuple(session.results[planned.block.id] for planned in plan)
    page = ""
    if reports and finished and results:
        try:
            page = run_page(host, workspace, results)
        except StorageError as error:
            session.troubles.append(str(error))
    left_out = [f"{p.block.id} goes without {what}" for p in plan for what in p.left_out]
    return ReductionReport(
        results, cancelled=not finished, page=page, troubles=(*left_out, *session.troubles)
    )


def _jobs(plan: Sequence[PlannedBlock], *, reports: bool) -> list[Job]:
    jobs = [block_job(planned.block, planned.memory_mb) for planned in plan]
    if not reports:
        return jobs
    # Nobody waits for a report, so it runs when no block can.
    last = min((job.priority for job in jobs), default=0) - 1
    return jobs + [
        Job(
            id=report_job(planned.block.id),
            depends_on=frozenset({planned.block.id}),
            priority=last,
            memory_mb=REPORT_MEMORY_MB,
        )
        for planned in plan
        if not planned.state.is_final
    ]
