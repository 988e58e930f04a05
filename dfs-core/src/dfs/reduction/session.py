"""One reduction, while it runs: blocks go to workers, what they make is published and booked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dfs.foundation.clock import Clock
from dfs.foundation.errors import DfsError
from dfs.host import Host
from dfs.organiser.model import ReductionBlock
from dfs.plugin import Measurement
from dfs.quality.model import ReportMaterial
from dfs.reduction import errors
from dfs.reduction.blocks import recipe_task, resolved
from dfs.reduction.bookkeeping import deliver_events, keep_book
from dfs.reduction.dispatch import Call, Verdict
from dfs.reduction.model import (
    BlockResult,
    BlockState,
    Outcome,
    PlannedBlock,
    ProductFile,
    RecipeTask,
)
from dfs.reduction.outcome import outcome_of
from dfs.reduction.plan import blocked_by
from dfs.reduction.reporting import (
    REPORT_TIME_LIMIT_S,
    ReportCall,
    material,
    write_report,
)
from dfs.reduction.runners import Runners
from dfs.reduction.worker import PRODUCTS, WorkerCall, run_recipe
from dfs.reduction.workspace import Workspace
from dfs.ui.console import Progress

MOST_ATTEMPTS = 3
"""How often a recipe is run that calls its trouble passing."""

_REPORT = "report:"


def report_job(block_id: str) -> str:
    """Name the job that writes a block's report."""
    return f"{_REPORT}{block_id}"


@dataclass(frozen=True, slots=True)
class Means:
    """What a reduction works with.

    Parameters
    ----------
    host : the plugins.
    workspace : open for writing.
    runners : run the recipes.
    clock : gives the time.
    system : version of this system, ``dfs-0.1.0``.
    isolated : whether the engine's workers are processes of their own.
    progress : is told how many blocks are in a final state; None for nobody.
    """

    host: Host
    workspace: Workspace
    runners: Runners
    clock: Clock
    system: str
    isolated: bool
    progress: Progress | None = None


class Session:
    """The jobs of one reduction, see :class:`dfs.reduction.dispatch.Jobs`.

    Attributes
    ----------
    results : of each block that is in a final state.
    troubles : what went wrong beside the blocks, one sentence each.
    """

    def __init__(self, means: Means, plan: Sequence[PlannedBlock]) -> None:
        self.results: dict[str, BlockResult] = {}
        self.troubles: list[str] = []
        self._means = means
        self._blocks = {planned.block.id: planned.block for planned in plan}
        self._tasks: dict[str, RecipeTask] = {}
        self._begun: dict[str, BlockResult] = {}
        self._attempts: dict[str, int] = {}
        self._materials: dict[str, ReportMaterial] = {}
        self._refuse(plan)

    def _refuse(self, plan: Sequence[PlannedBlock]) -> None:
        refused = [
            BlockResult(planned.block, planned.state, code=planned.code, detail=planned.detail)
            for planned in plan
            if planned.state.is_final
        ]
        if refused:
            now = self._means.clock()
            keep_book(self._means.workspace.database, self._means.host, refused, now)
        self.results |= {result.block.id: result for result in refused}
        self._tell()

    # ── What the dispatcher asks ────────────────────────────────────────────

    def call(self, id_: str) -> Call | None:
        """Give what a job runs; None if it failed before it began."""
        if id_.startswith(_REPORT):
            block_id = id_.removeprefix(_REPORT)
            folder = self._means.workspace.report(block_id)
            argument = ReportCall(str(folder), self._materials.pop(block_id))
            return Call(write_report, argument, REPORT_TIME_LIMIT_S)
        try:
            return self._block_call(self._blocks[id_])
        except DfsError as error:
            self._end(_failed(BlockResult(self._blocks[id_], BlockState.FAILED), error))
            return None

    def settle(self, id_: str, answer: Future[Any]) -> Verdict:
        """Take what came of a call."""
        if id_.startswith(_REPORT):
            return self._settle_report(id_.removeprefix(_REPORT), answer)
        task, workspace = self._tasks[id_], self._means.workspace
        outcome = outcome_of(answer, task.recipe, workspace.log(id_))
        if outcome.retryable and self._attempts[id_] < MOST_ATTEMPTS:
            return Verdict.AGAIN
        begun = replace(
            self._begun[id_],
            ended_at=self._means.clock(),
            peak_memory_mb=outcome.peak_memory_mb,
            code=outcome.code,
            detail=outcome.detail,
        )
        try:
            result = self._published(begun, outcome)
        except DfsError as error:
            result = _failed(begun, error)
        workspace.discard(id_)
        self._end(result)
        return Verdict.DONE if result.state is BlockState.DONE else Verdict.FAILED

    def blocked(self, id_: str, culprit: str) -> None:
        """Learn that a job can never run, because of another one's failure."""
        if id_ in self._blocks:
            cause = self.results[culprit]
            detail = blocked_by(cause.block, cause.state, cause.detail)
            code = errors.BLOCKED.name
            self._end(BlockResult(self._blocks[id_], BlockState.BLOCKED, code=code, detail=detail))

    def cancel(self) -> None:
        """Note that all that has not ended never will."""
        cancelled = [
            self._begun.get(id_, BlockResult(block, BlockState.CANCELLED))
            for id_, block in self._blocks.items()
            if id_ not in self.results
        ]
        reason = "the reduction was ended before this block was done"
        ended = [
            replace(r, state=BlockState.CANCELLED, code=errors.CANCELLED.name, detail=reason)
            for r in cancelled
        ]
        keep_book(self._means.workspace.database, self._means.host, ended, self._means.clock())
        self.results |= {result.block.id: result for result in ended}

    # ── Blocks ──────────────────────────────────────────────────────────────

    def _block_call(self, planned: ReductionBlock) -> Call:
        means, workspace = self._means, self._means.workspace
        products = {id_: self.results[id_].products for id_ in planned.depends_on}
        block = resolved(planned, products, str(workspace.root))
        instrument = means.host.instruments[block.instrument]
        runnable = means.runners.choose(instrument.recipes[block.recipe])
        self._tasks[block.id] = recipe_task(block, runnable, instrument, means.system)
        self._attempts[block.id] = self._attempts.get(block.id, 0) + 1
        log = workspace.log(block.id)
        self._begun[block.id] = BlockResult(
            block, BlockState.RUNNING, log=workspace.relative(log), started_at=means.clock()
        )
        argument = WorkerCall(
            task=self._tasks[block.id],
            runner=runnable.runner,
            folder=str(workspace.scratch(block.id)),
            log=str(log),
            isolated=means.isolated,
        )
        return Call(run_recipe, argument, runnable.recipe.time_limit_s)

    def _published(self, begun: BlockResult, outcome: Outcome) -> BlockResult:
        if outcome.made is None:
            return replace(begun, state=BlockState.FAILED)
        block, workspace = begun.block, self._means.workspace
        made = workspace.scratch(block.id) / PRODUCTS
        folder = workspace.publish(made, block.instrument, block.id)
        products = tuple(
            ProductFile(
                id=product_id(block.id, product.category),
                category=product.category,
                path=workspace.relative(folder / product.filename),
                sha256=sha256,
                size_bytes=size_bytes,
                unit=product.unit,
            )
            for product, (sha256, size_bytes) in zip(
                outcome.made.products, outcome.files, strict=True
            )
        )
        measurements = measurements_of(block, outcome)
        return replace(begun, state=BlockState.DONE, products=products, measurements=measurements)

    def _end(self, result: BlockResult) -> None:
        means = self._means
        scores = keep_book(means.workspace.database, means.host, [result], means.clock())
        deliver_events(means.workspace.database, means.host, means.clock)
        result = replace(result, scores=scores)
        self.results[result.block.id] = result
        if result.state is BlockState.DONE:
            task = self._tasks[result.block.id]
            self._materials[result.block.id] = material(means.host, means.workspace, result, task)
        self._begun.pop(result.block.id, None)
        self._tell(result)

    def _settle_report(self, block_id: str, answer: Future[Any]) -> Verdict:
        workspace, result = self._means.workspace, self.results[block_id]
        if (error := answer.exception()) is not None:
            said = str(error) or type(error).__name__
            self.troubles.append(f"block {block_id}: the report could not be written: {said}")
            return Verdict.FAILED
        page = workspace.relative(Path(answer.result()))
        self.results[block_id] = replace(result, report=page)
        return Verdict.DONE

    def _tell(self, result: BlockResult | None = None) -> None:
        if self._means.progress is not None:
            message = f"{result.block.name}: {result.state}" if result else ""
            self._means.progress.update(len(self.results), len(self._blocks), message)


def product_id(block_id: str, category: str) -> str:
    """Name a product for good: the same in each run of its block."""
    return f"{block_id}.{category}"


def measurements_of(block: ReductionBlock, outcome: Outcome) -> tuple[Measurement, ...]:
    """Say of which product, when and in which set-up the values were measured."""
    if outcome.made is None:
        return ()
    return tuple(
        Measurement(
            name=metric.name,
            value=metric.value,
            category=metric.category,
            product=product_id(block.id, metric.category),
            time_mjd=block.time_mjd,
            setup=dict(outcome.made.setup),
        )
        for metric in outcome.made.metrics
    )


def _failed(result: BlockResult, error: DfsError) -> BlockResult:
    place = f"{error.where}: " if error.where else ""
    detail = f"{place}{error.detail}"
    return replace(result, state=BlockState.FAILED, code=error.code.name, detail=detail)
