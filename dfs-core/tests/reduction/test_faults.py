"""Recipes that crash, hang, eat memory or lie: each is reported, none harms another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from dfs.host import Host
from dfs.organiser.model import MissingInput, Organisation, ReductionBlock
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.model import BlockResult, BlockState
from dfs.reduction.service import reduce_blocks
from dfs.reduction.tables import BlockRow
from dfs.reduction.workspace import Workspace

CODES = {
    "segfault": "recipe.crashed",
    "exits": "recipe.crashed",
    "system_exit": "recipe.failed",
    "hang": "recipe.timeout",
    "memory": "recipe.memory",
    "misconfigured": "recipe.bad-configuration",
    "unprocessable": "recipe.unprocessable",
    "retryable": "recipe.retryable",
    "bug": "recipe.failed",
    "late": "recipe.unprocessable",
    "nothing": "recipe.no-product",
    "category": "recipe.bad-configuration",
    "metric": "recipe.bad-configuration",
    "planes": "recipe.bad-configuration",
}

Block = Callable[..., ReductionBlock]
Blocks = Callable[..., Organisation]
Workers = Callable[[], LocalEngine]


@dataclass(frozen=True)
class Run:
    """One reduction of blocks of every kind, and what it left in its workspace."""

    root: Path
    results: Mapping[str, BlockResult]
    rows: Mapping[str, tuple[str, str]]

    def log(self, kind: str) -> str:
        return (self.root / self.results[kind].log).read_text()


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    host: Host,
    faulty: Block,
    organised: Blocks,
    workers: Workers,
) -> Run:
    root = tmp_path_factory.mktemp("faults")
    blocks = [*map(faulty, ["good", "flaky", *CODES]), faulty("child", "segfault")]
    with Workspace.open(root) as workspace:
        report = reduce_blocks(
            host, organised(*blocks), workspace, jobs=2, engine=workers(), reports=False
        )
        with Session(workspace.database) as session:
            rows = {row.id: (row.state, row.code) for row in session.query(BlockRow)}
    return Run(root, {result.block.id: result for result in report.results}, rows)


@pytest.mark.parametrize("kind", CODES)
def test_each_fault_has_its_code_and_is_in_the_log(run: Run, kind: str) -> None:
    result = run.results[kind]
    assert result.state is BlockState.FAILED
    assert result.code == CODES[kind]
    assert result.detail
    assert result.products == ()
    assert CODES[kind] in run.log(kind)


def test_the_others_finish(run: Run) -> None:
    assert run.results["good"].state is BlockState.DONE
    assert run.results["good"].measurements[0].value == 1.0


def test_a_passing_trouble_is_tried_again(run: Run) -> None:
    assert run.results["flaky"].state is BlockState.DONE


def test_a_descendant_is_blocked_and_names_the_culprit(run: Run) -> None:
    child = run.results["child"]
    assert (child.state, child.code) == (BlockState.BLOCKED, "reduce.blocked")
    assert "segfault" in child.detail


def test_nothing_half_written_stays(run: Run) -> None:
    assert list((run.root / "work").iterdir()) == []
    assert sorted(p.name for p in (run.root / "products" / "faulty").iterdir()) == [
        "flaky",
        "good",
    ]


def test_every_end_is_on_record(run: Run) -> None:
    assert run.rows == {id_: (r.state.value, r.code) for id_, r in run.results.items()}


def test_a_crash_shows_where_it_happened(run: Run) -> None:
    assert "SIGSEGV" in run.results["segfault"].detail
    assert "recipes.py" in run.log("segfault")


def test_an_unexpected_error_has_its_traceback_in_the_log(run: Run) -> None:
    assert "Traceback" in run.log("bug")
    assert "Traceback" not in run.log("unprocessable")


def test_an_incomplete_block_never_runs(
    host: Host, faulty: Block, organised: Blocks, workspace: Workspace
) -> None:
    missing = (MissingInput("MASTER_BIAS", 1, 0, "there is none"),)
    block = replace(faulty("good"), missing=missing)
    child = replace(faulty("child", "good"), id="child")
    report = reduce_blocks(host, organised(block, child), workspace, jobs=1)
    first, second = report.results
    assert (first.state, first.code) == (BlockState.INCOMPLETE, "reduce.missing-calibration")
    assert "MASTER_BIAS: 0 of 1 (there is none)" in first.detail
    assert second.state is BlockState.BLOCKED or second.state is BlockState.FAILED
    assert not report.all_done
