"""The plan: what would become of each block, decided before anything runs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dfs.foundation.errors import UserError
from dfs.host import RegisteredInstrument
from dfs.organiser.model import ReductionBlock
from dfs.reduction import errors
from dfs.reduction.blocks import check_block
from dfs.reduction.graph import Job, Scheduler
from dfs.reduction.model import BlockState, PlannedBlock
from dfs.reduction.runners import Runners

_INCOMPLETE = frozenset(
    {errors.MISSING_CALIBRATION.name, errors.UNKNOWN_RECIPE.name, errors.NO_RUNNER.name}
)


def make_plan(
    blocks: Sequence[ReductionBlock],
    instruments: Mapping[str, RegisteredInstrument],
    runners: Runners,
    machine_mb: int,
) -> tuple[PlannedBlock, ...]:
    """Say what would become of each block.

    Parameters
    ----------
    blocks : each with its instrument among the following.
    instruments : by id.
    runners : run the recipes.
    machine_mb : memory of the machine, MB.

    Returns
    -------
    tuple of PlannedBlock
        In the order of the blocks.

    Raises
    ------
    UserError
        ``reduce.cycle`` or ``reduce.unknown-block``.
    """
    plan = {block.id: _checked(block, instruments, runners, machine_mb) for block in blocks}
    ended = {id_: planned.state for id_, planned in plan.items() if planned.state.is_final}
    jobs = [block_job(block) for block in blocks]
    culprits = Scheduler(jobs, slots=1, memory_mb=machine_mb, ended=ended).culprits
    for id_, culprit in culprits.items():
        cause = plan[culprit]
        detail = blocked_by(cause.block, cause.state, cause.detail)
        plan[id_] = PlannedBlock(plan[id_].block, BlockState.BLOCKED, errors.BLOCKED.name, detail)
    return tuple(plan[block.id] for block in blocks)


def block_job(block: ReductionBlock, memory_mb: int = 0) -> Job:
    """Give a block's job for the scheduler."""
    return Job(
        id=block.id,
        depends_on=block.depends_on,
        priority=block.priority,
        time_mjd=block.time_mjd,
        memory_mb=memory_mb,
    )


def blocked_by(culprit: ReductionBlock, state: BlockState, detail: str) -> str:
    """Say which block is waited for in vain, and why it has no products."""
    return f"it needs block {culprit.id} ({culprit.name}), which is {state}: {detail}"


def _checked(
    block: ReductionBlock,
    instruments: Mapping[str, RegisteredInstrument],
    runners: Runners,
    machine_mb: int,
) -> PlannedBlock:
    try:
        recipe = check_block(block, instruments[block.instrument], runners, machine_mb)
    except UserError as error:
        name = error.code.name
        state = BlockState.INCOMPLETE if name in _INCOMPLETE else BlockState.FAILED
        return PlannedBlock(block, state, name, error.detail)
    return PlannedBlock(block, BlockState.WAITING, memory_mb=recipe.memory_mb)
