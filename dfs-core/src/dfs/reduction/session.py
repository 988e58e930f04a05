"""One reduction, while it runs: blocks go to workers, what they make is published and booked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from dfs.foundation.clock import Clock
from dfs.foundation.errors import DfsError
from dfs.host import Host
from dfs.organiser.collector import collection_paused
from dfs.organiser.model import ReductionBlock
from dfs.quality.model import ReportMaterial
from dfs.reduction import errors
from dfs.reduction.blocks import recipe_task, resolved
from dfs.reduction.bookkeeping import booked, deliver_events, keep_book, keep_places
from dfs.reduction.dispatch import Call, Verdict
from dfs.reduction.locks import Claim
from dfs.reduction.model import BlockResult, BlockState, PlannedBlock
from dfs.reduction.outcome import outcome_of
from dfs.reduction.plan import blocked_by
from dfs.reduction.reporting import (
    REPORT_TIME_LIMIT_S,
    ReportCall,
    material,
    report_page,
    write_report,
)
from dfs.reduction.reuse.adoption import adopt, is_booked
from dfs.reduction.reuse.content import digest_files
from dfs.reduction.reuse.service import Reuse, Work
from dfs.reduction.runners import Runners
from dfs.reduction.worker import PRODUCTS, WorkerCall, run_recipe
from dfs.reduction.workspace import Workspace
from dfs.ui.console import Progress

MOST_ATTEMPTS: Final = 3
"""How often a recipe is run that calls its trouble passing."""

MOST_DEATHS: Final = 2
"""How often a worker may die or hang at the same work before that is left alone."""

_DIGEST_TIME_LIMIT_S: Final = 3600.0
_REPORT: Final = "report:"


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
    force : whether blocks are run although there are results that would do.
    reports : whether blocks get reports.
    progress : is told how many blocks are in a final state; None for nobody.
    """

    host: Host
    workspace: Workspace
    runners: Runners
    clock: Clock
    system: str
    isolated: bool
    force: bool = False
    reports: bool = True
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    """A block at work.

    Parameters
    ----------
    work : what is known of it.
    result : the result so far.
    """

    work: Work
    result: BlockResult


class Session:
    """The jobs of one reduction, see :class:`dfs.reduction.dispatch.Jobs`.

    Parameters
    ----------
    means : what it works with.
    plan : what would become of each block; one whose result will do is done from the
        beginning.

    Attributes
    ----------
    results : of each block that is in a final state.
    troubles : what went wrong beside the blocks, one sentence each.
    """

    def __init__(self, means: Means, plan: Sequence[PlannedBlock]) -> None:
        self.results: dict[str, BlockResult] = {}
        self._means = means
        self._reuse = Reuse(means.workspace, means.host)
        self.troubles: list[str] = self._reuse.results.troubles
        self._blocks = {planned.block.id: planned.block for planned in plan}
        self._booked = booked(means.workspace.database, self._blocks)
        self._reading: set[str] = set()
        self._begun: dict[str, _Begun] = {}
        self._claims: dict[str, Claim] = {}  # by job, they keep other processes from it
        self._attempts: dict[str, int] = {}
        self._materials: dict[str, ReportMaterial] = {}
        self._refuse(plan)
        wanted = [planned.block for planned in plan if not planned.state.is_final]
        self._reuse.recall(wanted)
        if not means.force:
            with collection_paused():  # many objects, and none of them garbage
                self._take_finished(wanted)
        self._tell()

    def _refuse(self, plan: Sequence[PlannedBlock]) -> None:
        refused = [
            BlockResult(planned.block, planned.state, code=planned.code, detail=planned.detail)
            for planned in plan
            if planned.state.is_final
        ]
        keep_book(self._means.workspace.database, self._means.host, refused, self._means.clock())
        self.results |= {result.block.id: result for result in refused}

    def _take_finished(self, blocks: Sequence[ReductionBlock]) -> None:
        """Take the results that will do, all at once; what is not clear yet has its turn later."""
        taken: dict[str, Work] = {}
        moved = []
        for block in blocks:
            if not all(needed in taken for needed in block.depends_on):
                continue
            try:
                work = self._work(resolved(block, self.results, str(self._means.workspace.root)))
                if work is not None and (found := self._reuse.find(work)) is not None:
                    self.results[block.id] = self._reuse.taken(work.block, found)
                    taken[block.id] = work
                    if work.has_moved_since(found.record):
                        moved.append(work.block)
            except DfsError:
                continue
        self._adopt(list(taken.values()))
        keep_places(self._means.workspace.database, moved)

    def _adopt(self, works: Sequence[Work]) -> None:
        means = self._means
        results = [self.results[work.block.id] for work in works]
        database = means.workspace.database
        results = adopt(database, means.host, results, self._booked, means.clock)
        for work, result in zip(works, results, strict=True):
            id_ = work.block.id
            known = is_booked(result, self._booked.get(id_))
            page = report_page(means.workspace, result, is_booked=known)
            self.results[id_] = replace(result, report=page)
            if means.reports and not page:
                self._materials[id_] = self._material(work, result)

    # ── What the dispatcher asks ────────────────────────────────────────────

    @property
    def ended(self) -> dict[str, BlockState]:
        """The jobs that are in a final state; a block whose report will do needs none."""
        reports = [report_job(id_) for id_, result in self.results.items() if result.report]
        return {
            **{id_: result.state for id_, result in self.results.items()},
            **dict.fromkeys(reports, BlockState.DONE),
        }

    def call(self, id_: str) -> Call | Verdict:
        """Give what a job runs, or what became of it if nothing need run."""
        if id_.startswith(_REPORT):
            return self._report_call(id_.removeprefix(_REPORT))
        try:
            return self._next_step(self._blocks[id_])
        except DfsError as error:
            return self._end(_failed(BlockResult(self._blocks[id_], BlockState.FAILED), error))

    def settle(self, id_: str, answer: Future[Any]) -> Verdict:
        """Take what came of a call."""
        if id_.startswith(_REPORT):
            return self._settle_report(id_.removeprefix(_REPORT), answer)
        if id_ in self._reading:
            return self._settle_reading(id_, answer)
        return self._settle_block(id_, answer)

    def blocked(self, id_: str, culprit: str) -> None:
        """Learn that a job can never run, because of another one's failure."""
        if id_ in self._blocks:
            cause = self.results[culprit]
            detail = blocked_by(cause.block, cause.state, cause.detail)
            code = errors.BLOCKED.name
            self._end(BlockResult(self._blocks[id_], BlockState.BLOCKED, code=code, detail=detail))

    def cancel(self) -> None:
        """Note that all that has not ended never will."""
        state, code = BlockState.CANCELLED, errors.CANCELLED.name
        reason = "the reduction was ended before this block was done"
        begun = {id_: begun.result for id_, begun in self._begun.items()}
        cancelled = [
            replace(
                begun.get(id_) or BlockResult(block, state), state=state, code=code, detail=reason
            )
            for id_, block in self._blocks.items()
            if id_ not in self.results
        ]
        keep_book(self._means.workspace.database, self._means.host, cancelled, self._means.clock())
        self.results |= {result.block.id: result for result in cancelled}

    def close(self) -> None:
        """Let other processes have what is not done."""
        for id_ in list(self._claims):
            self._let_go(id_)

    # ── Blocks ──────────────────────────────────────────────────────────────

    def _next_step(self, planned: ReductionBlock) -> Call | Verdict:
        block = resolved(planned, self.results, str(self._means.workspace.root))
        work = self._work(block)
        if work is None:
            self._reading.add(block.id)
            return Call(digest_files, self._reuse.unread(block), _DIGEST_TIME_LIMIT_S)
        if not self._claimed(block.id):
            return Verdict.HELD
        if not self._means.force and (verdict := self._spared(work)) is not None:
            self._let_go(block.id)
            return verdict
        return self._recipe_call(work)

    def _claimed(self, job: str) -> bool:
        claim = self._means.workspace.claim(job)
        if claim is not None:
            self._claims[job] = claim
        return claim is not None

    def _let_go(self, job: str) -> None:
        if (claim := self._claims.pop(job, None)) is not None:
            claim.release()

    def _work(self, block: ReductionBlock) -> Work | None:
        """Gather what is known of a block; None if frames have to be read before."""
        if self._reuse.unread(block):
            return None
        recipe = self._means.host.instruments[block.instrument].recipes[block.recipe]
        made = [self.results[id_] for id_ in sorted(block.depends_on)]
        return self._reuse.work(block, self._means.runners.choose(recipe), made)

    def _spared(self, work: Work) -> Verdict | None:
        """Take an earlier result, or leave alone what kills its workers; None to run it."""
        id_ = work.block.id
        if (found := self._reuse.find(work)) is not None:
            self.results[id_] = self._reuse.taken(work.block, found)
            self._adopt([work])
            if work.has_moved_since(found.record):
                keep_places(self._means.workspace.database, [work.block])
            self._tell(self.results[id_])
            return Verdict.DONE
        before = self._booked.get(id_)
        if before is None or before.key != work.key or before.deaths < MOST_DEATHS:
            return None
        detail = f"{work.block.recipe} died or hung {before.deaths} times on these frames"
        code = errors.PARKED.name
        parked = BlockResult(work.block, BlockState.PARKED, code=code, detail=detail, key=work.key)
        return self._end(parked)

    def _recipe_call(self, work: Work) -> Call:
        means, block = self._means, work.block
        log = means.workspace.log(block.id)
        task = recipe_task(block, work.runnable, work.instrument, means.system, work.provenance)
        self._attempts[block.id] = self._attempts.get(block.id, 0) + 1
        begun = BlockResult(
            block,
            BlockState.RUNNING,
            log=means.workspace.relative(log),
            started_at=means.clock(),
            key=work.key,
        )
        argument = WorkerCall(
            task=task,
            runner=work.runnable.runner,
            folder=str(means.workspace.scratch(block.id)),
            log=str(log),
            isolated=means.isolated,
        )
        self._begun[block.id] = _Begun(work, begun)
        return Call(run_recipe, argument, work.runnable.recipe.time_limit_s)

    def _settle_reading(self, id_: str, answer: Future[Any]) -> Verdict:
        self._reading.discard(id_)
        block = self._blocks[id_]
        error = answer.exception()
        try:
            if isinstance(error, DfsError):
                raise error
            if error is None:
                self._reuse.digests.learn(answer.result())
                return Verdict.AGAIN
        except DfsError as trouble:
            return self._end(_failed(BlockResult(block, BlockState.FAILED), trouble))
        log = self._means.workspace.log(id_)
        recipe = self._means.host.instruments[block.instrument].recipes[block.recipe]
        outcome = outcome_of(answer, recipe, log)
        code, detail = outcome.code, f"while its frames were read: {outcome.detail}"
        return self._end(BlockResult(block, BlockState.FAILED, code=code, detail=detail))

    def _settle_block(self, id_: str, answer: Future[Any]) -> Verdict:
        begun, workspace = self._begun[id_], self._means.workspace
        outcome = outcome_of(answer, begun.work.runnable.recipe, workspace.log(id_))
        if outcome.retryable and self._attempts[id_] < MOST_ATTEMPTS:
            self._let_go(id_)
            return Verdict.AGAIN
        ended = replace(
            begun.result,
            state=BlockState.FAILED,
            ended_at=self._means.clock(),
            peak_memory_mb=outcome.peak_memory_mb,
            code=outcome.code,
            detail=outcome.detail,
        )
        try:
            if outcome.made is not None:
                made = workspace.scratch(id_) / PRODUCTS
                ended = self._reuse.keep(begun.work, ended, outcome, made)
        except DfsError as error:
            ended = _failed(ended, error)
        workspace.discard(id_)
        return self._end(ended)

    def _end(self, result: BlockResult) -> Verdict:
        means, id_ = self._means, result.block.id
        scores = keep_book(means.workspace.database, means.host, [result], means.clock())
        deliver_events(means.workspace.database, means.host, means.clock)
        self.results[id_] = result = replace(result, scores=scores)
        begun = self._begun.pop(id_, None)
        if begun is not None and result.state is BlockState.DONE and means.reports:
            self._materials[id_] = self._material(begun.work, result)
        self._let_go(id_)
        self._tell(result)
        return Verdict.DONE if result.state is BlockState.DONE else Verdict.FAILED

    def _material(self, work: Work, result: BlockResult) -> ReportMaterial:
        return material(self._means.host, self._means.workspace, result, work)

    def _report_call(self, block_id: str) -> Call | Verdict:
        if block_id not in self._materials:
            return Verdict.DONE  # the report of an earlier run tells of the result that was taken
        workspace, result = self._means.workspace, self.results[block_id]
        if not self._claimed(report_job(block_id)):
            return Verdict.HELD
        told = self._materials.pop(block_id)
        if page := report_page(workspace, result, is_booked=False):  # another process wrote it
            self.results[block_id] = replace(result, report=page)
            self._let_go(report_job(block_id))
            return Verdict.DONE
        argument = ReportCall(str(workspace.report(block_id)), told)
        return Call(write_report, argument, REPORT_TIME_LIMIT_S)

    def _settle_report(self, block_id: str, answer: Future[Any]) -> Verdict:
        workspace, result = self._means.workspace, self.results[block_id]
        self._let_go(report_job(block_id))
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


def _failed(result: BlockResult, error: DfsError) -> BlockResult:
    place = f"{error.where}: " if error.where else ""
    detail = f"{place}{error.detail}"
    return replace(result, state=BlockState.FAILED, code=error.code.name, detail=detail)
