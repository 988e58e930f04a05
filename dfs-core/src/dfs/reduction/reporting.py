"""What quality control is told of a block for its report, and the writing in a worker."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dfs.host import Host
from dfs.organiser.model import ReductionBlock
from dfs.quality import service as quality
from dfs.quality.model import ReportInput, ReportMaterial, ReportProduct, RunEntry
from dfs.reduction import blocklog
from dfs.reduction.model import BlockResult
from dfs.reduction.reuse.service import Work
from dfs.reduction.workspace import Workspace

REPORT_MEMORY_MB: Final = 512
REPORT_TIME_LIMIT_S: Final = 300.0
_LOG_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class ReportCall:
    """A report that a worker is to write.

    Parameters
    ----------
    folder : where to.
    material : what of.
    """

    folder: str
    material: ReportMaterial


def write_report(call: ReportCall) -> str:
    """Write a block's report and give the path of its page.

    Raises
    ------
    StorageError
        The disk did not do it.
    """
    from dfs.quality.report.block import write_block_report  # draws: only workers need it

    return str(write_block_report(Path(call.folder), call.material))


def material(host: Host, workspace: Workspace, result: BlockResult, work: Work) -> ReportMaterial:
    """Gather what a report says of a block that is done."""
    block = result.block
    instrument = host.instruments[block.instrument]
    return ReportMaterial(
        block=block.id,
        name=block.name,
        instrument=block.instrument,
        instrument_title=instrument.instrument.title,
        action=block.action,
        recipe=block.recipe,
        recipe_title=work.runnable.recipe.title,
        state=result.state.value,
        problem=result.detail,
        parameters=work.ingredients.parameters,
        setup=result.measurements[0].setup if result.measurements else block.setup,
        inputs=_inputs(block),
        products=tuple(
            ReportProduct(
                id=product.id,
                category=product.category,
                path=str(workspace.root / product.path),
                shown_path=product.path,
                unit=product.unit,
            )
            for product in result.products
        ),
        measured=quality.describe(
            host,
            block.instrument,
            block.recipe,
            result.measurements,
            result.scores,
            database=workspace.database,
            block_id=block.id,
        ),
        log_tail=blocklog.tail(workspace.root / result.log, _LOG_LINES),
        software=work.provenance.software,
        time_mjd=block.time_mjd,
        started_at=result.started_at,
        ended_at=result.ended_at,
        peak_memory_mb=result.peak_memory_mb,
    )


def report_page(workspace: Workspace, result: BlockResult, *, is_booked: bool) -> str:
    """Give the page that tells of a result, relative to the workspace; empty if there is none.

    Parameters
    ----------
    workspace : open.
    result : whose page is wanted.
    is_booked : whether this result was the current one all the time; else the report
        itself is asked which run it tells of.
    """
    folder = f"reports/{result.block.id}"
    page = f"{folder}/report.html"
    if not os.path.isfile(f"{workspace.root}/{page}"):  # noqa: PTH113 - asked for a night's blocks
        return ""
    if not is_booked:
        try:
            told = json.loads((workspace.root / folder / "report.json").read_bytes())
        except (OSError, ValueError):
            return ""
        began = result.started_at and result.started_at.isoformat()
        if not isinstance(told, dict) or told.get("started_at") != began:
            return ""
    return page


def _inputs(block: ReductionBlock) -> tuple[ReportInput, ...]:
    own = tuple(ReportInput(frame.tag, frame.path) for frame in block.inputs)
    return own + tuple(
        ReportInput(frame.tag, frame.path, frame.level.name.lower(), frame.distance_days)
        for frame in block.calibrations
    )


def run_page(host: Host, workspace: Workspace, results: Sequence[BlockResult]) -> str:
    """Write the page on all blocks of a run; give its path, relative to the workspace.

    Raises
    ------
    StorageError
        The disk did not do it.
    """
    from dfs.quality.report.run import write_run_report

    reports = workspace.root / "reports"
    entries = [
        RunEntry(
            block=result.block.id,
            name=result.block.name,
            instrument_title=host.instruments[result.block.instrument].instrument.title,
            action=result.block.action,
            recipe=result.block.recipe,
            state=result.state.value,
            scores=result.scores,
            problem=result.detail,
            seconds=result.seconds,
            report=result.report.removeprefix("reports/"),
        )
        for result in results
    ]
    return workspace.relative(write_run_report(reports, entries))
