"""What would be run, and why; nothing is run, and nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from dfs.foundation.errors import DfsError
from dfs.host import Host
from dfs.organiser.model import ReductionBlock
from dfs.reduction.model import BlockResult, PlannedBlock
from dfs.reduction.reuse.model import Cause, StaleBlock, Staleness
from dfs.reduction.reuse.service import Reuse
from dfs.reduction.reuse.staleness import staleness
from dfs.reduction.runners import Runners
from dfs.ui.console import Progress

__all__ = ["never_run", "stale_blocks"]


def never_run(plan: Sequence[PlannedBlock]) -> tuple[StaleBlock, ...]:
    """Give the blocks that would be run where nothing was run before."""
    reasons = (Staleness(Cause.NEVER, "it was never run"),)
    return tuple(StaleBlock(p.block, reasons) for p in plan if not p.state.is_final)


def stale_blocks(
    reuse: Reuse,
    host: Host,
    runners: Runners,
    plan: Sequence[PlannedBlock],
    progress: Progress | None = None,
) -> tuple[StaleBlock, ...]:
    """Give the blocks that would be run, each with the reasons.

    Parameters
    ----------
    reuse : of a workspace, which is only looked at.
    host : the plugins.
    runners : run the recipes.
    plan : what would become of each block, each after those it depends on.
    progress : is told of each block; new files have to be read.

    Raises
    ------
    StorageError
        The disk or the database failed.
    """
    wanted = [planned.block for planned in plan if not planned.state.is_final]
    reuse.recall(wanted)
    fresh: dict[str, BlockResult] = {}
    stale = []
    for number, block in enumerate(wanted):
        if progress is not None:
            progress.update(number, len(wanted), block.name)
        try:
            reasons = _reasons(reuse, host, runners, block, fresh)
        except DfsError as error:
            reasons = (Staleness(Cause.INPUT, str(error)),)
        if reasons:
            stale.append(StaleBlock(block, reasons))
    return tuple(stale)


def _reasons(
    reuse: Reuse,
    host: Host,
    runners: Runners,
    block: ReductionBlock,
    fresh: dict[str, BlockResult],
) -> tuple[Staleness, ...]:
    """Say why a block would be run; note it as fresh if it would not."""
    runnable = runners.choose(host.instruments[block.instrument].recipes[block.recipe])
    reuse.digests.read(reuse.unread(block))
    work = reuse.work(block, runnable, [fresh[id_] for id_ in block.depends_on if id_ in fresh])
    if fresh.keys() >= block.depends_on:
        found = reuse.results.find(block.instrument, block.id, work.key)
        if found is not None:
            fresh[block.id] = reuse.taken(block, found)
            return ()
    current = reuse.results.current(block.instrument, block.id)
    if current is None:
        return (_without_result(reuse, block),)
    problem = reuse.results.problem(current.folder, current.record)
    damage = (Staleness(Cause.DAMAGED, problem),) if problem else ()
    return (*staleness(work.ingredients, current.record), *damage)


def _without_result(reuse: Reuse, block: ReductionBlock) -> Staleness:
    if reuse.results.has_unreadable(block.instrument, block.id):
        return Staleness(Cause.DAMAGED, "the record of its result cannot be read")
    return Staleness(Cause.NEVER, "it was never run, or its result was removed")
