"""The plan: what would become of each block, decided before anything runs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dfs.foundation.errors import UserError
from dfs.host import RegisteredInstrument
from dfs.organiser.model import ReductionBlock
from dfs.reduction import errors
from dfs.reduction.blocks import check_block
from dfs.reduction.cpl.errors import NOT_INSTALLED
from dfs.reduction.graph import Job, Scheduler
from dfs.reduction.model import BlockState, PlannedBlock
from dfs.reduction.runners import Runners

_INCOMPLETE = frozenset(
    code.name
    for code in (
        errors.MISSING_CALIBRATION,
        errors.UNKNOWN_RECIPE,
        errors.NO_RUNNER,
        *NOT_INSTALLED,
    )
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

    def checked(block: ReductionBlock) -> PlannedBlock:
        return _checked(block, instruments, runners, machine_mb)

    plan = {block.id: checked(block) for block in blocks}
    ended = {id_: planned.state for id_, planned in plan.items() if planned.state.is_final}
    jobs = [_certain_job(block) for block in blocks]
    culprits = Scheduler(jobs, slots=1, memory_mb=machine_mb, ended=ended).culprits
    impossible = {id_: plan[culprits.get(id_, id_)] for id_ in (*ended, *culprits)}
    plan = {id_: _without(planned, impossible, checked) for id_, planned in plan.items()}
    jobs = [block_job(planned.block) for planned in plan.values()]
    culprits = Scheduler(jobs, slots=1, memory_mb=machine_mb, ended=ended).culprits
    for id_, culprit in culprits.items():
        cause = plan[culprit]
        detail = blocked_by(cause.block, cause.state, cause.detail)
        plan[id_] = replace(
            plan[id_],
            state=BlockState.BLOCKED,
            code=errors.BLOCKED.name,
            detail=detail,
            memory_mb=0,
        )
    return tuple(plan[block.id] for block in blocks)


def _certain_job(block: ReductionBlock) -> Job:
    """Give a block's job as if it took no optional calibration."""
    needed = {c.block for c in block.calibrations if c.block and not c.is_optional}
    return Job(id=block.id, depends_on=frozenset(needed))


def _without(
    planned: PlannedBlock,
    impossible: Mapping[str, PlannedBlock],
    checked: Callable[[ReductionBlock], PlannedBlock],
) -> PlannedBlock:
    """Take what is optional and will not be made out of a block, so that it runs without it.

    Only what lacks something is left out so; what is wrong has to be put right.

    Parameters
    ----------
    planned : the block.
    impossible : blocks that cannot run, with the one that is to blame.
    checked : says whether a block can run.
    """
    kept, left_out = [], []
    for calibration in planned.block.calibrations:
        culprit = impossible.get(calibration.block)
        if calibration.is_optional and culprit and culprit.state is BlockState.INCOMPLETE:
            left_out.append(f"{calibration.tag} of block {calibration.block}: {culprit.detail}")
        else:
            kept.append(calibration)
    if not left_out:
        return planned
    reduced = checked(replace(planned.block, calibrations=tuple(kept)))
    # The rules may let go what the recipe insists on.
    return planned if reduced.state.is_final else replace(reduced, left_out=tuple(left_out))


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
