"""A bias, a dark and a flat, each on the products of those before it."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.pixels import open_image
from dfs.foundation.outbox import OutboxRow
from dfs.host import Host
from dfs.organiser.model import Organisation
from dfs.plugin import BlockReduced, RecipeContext, Verdict, hookimpl
from dfs.quality import service as quality
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.model import BlockResult, BlockState, ReductionReport
from dfs.reduction.service import reduce_blocks
from dfs.reduction.tables import BlockRow, ProductRow
from dfs.reduction.workspace import Workspace

NOW = dt.datetime(2026, 11, 23, 8, 0, 0, tzinfo=dt.UTC)
CATEGORIES = ["MASTER_BIAS", "MASTER_DARK", "MASTER_FLAT"]


def inline(
    host: Host, organisation: Organisation, workspace: Workspace, **options: object
) -> ReductionReport:
    """Reduce within this process, without reports unless asked for."""
    wanted = {"reports": False, "clock": lambda: NOW, **options}
    return reduce_blocks(
        host,
        organisation,
        workspace,
        jobs=1,
        engine=InlineEngine(),
        **wanted,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def reduced(
    host: Host,
    cascade: Organisation,
    workers: Callable[[], LocalEngine],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, ReductionReport]:
    root = tmp_path_factory.mktemp("cascade")
    with Workspace.open(root) as workspace:
        report = reduce_blocks(host, cascade, workspace, jobs=2, engine=workers())
    return root, report


def test_each_block_is_done_on_the_products_before_it(
    reduced: tuple[Path, ReductionReport],
) -> None:
    root, report = reduced
    assert report.all_done
    assert [r.products[0].category for r in report.results] == CATEGORIES
    flat = report.results[2]
    assert [Path(c.path).is_relative_to(root) for c in flat.block.calibrations] == [True, True]
    assert flat.peak_memory_mb is not None
    assert flat.peak_memory_mb > 10


def test_a_product_is_what_the_books_say(reduced: tuple[Path, ReductionReport]) -> None:
    root, report = reduced
    with Workspace.open(root) as workspace, Session(workspace.database) as session:
        rows = {row.id: row for row in session.scalars(select(ProductRow))}
        states = set(session.scalars(select(BlockRow.state)))
    assert states == {"done"}
    for result in report.results:
        (product,) = result.products
        content = (root / product.path).read_bytes()
        row = rows[product.id]
        assert (
            row.path
            == product.path
            == f"products/demo/{result.block.id}/"
            + (f"{result.block.name}_{product.category.lower()}.fits")
        )
        assert row.size_bytes == len(content)
        assert row.sha256 == hashlib.sha256(content).hexdigest()


def test_quality_is_judged_and_on_record(reduced: tuple[Path, ReductionReport]) -> None:
    root, report = reduced
    bias = report.results[0]
    names = [m.name for m in bias.measurements]
    assert names == ["QC.BIAS.LEVEL", "QC.BIAS.RON"]
    assert {score.verdict for score in bias.scores} == {Verdict.GOOD}
    with Workspace.open(root) as workspace:
        records = quality.measurements(workspace.database, block=bias.block.id)
    assert [record.name for record in records] == names
    assert records[0].product == bias.products[0].id
    assert records[0].setup["DET.READ.SPEED"]


def test_each_block_has_a_report_and_the_run_has_one(
    reduced: tuple[Path, ReductionReport],
) -> None:
    root, report = reduced
    assert report.troubles == ()
    assert (root / report.page).is_file()
    for result in report.results:
        assert (root / result.report).is_file()
        told = json.loads((root / result.report).with_suffix(".json").read_text())
        assert told["block"] == result.block.id


@pytest.mark.skipif(not shutil.which("fitsverify"), reason="fitsverify is not installed")
def test_fitsverify_finds_nothing(reduced: tuple[Path, ReductionReport]) -> None:
    root, report = reduced
    for result in report.results:
        path = root / result.products[0].path
        said = subprocess.run(
            ["fitsverify", "-q", path], check=False, capture_output=True, text=True
        )
        assert said.returncode == 0, said.stdout
        assert "verification OK" in said.stdout


def test_data_error_and_quality_name_each_other(reduced: tuple[Path, ReductionReport]) -> None:
    root, report = reduced
    path = root / report.results[0].products[0].path
    primary, error, quality_ = (
        read_header(path, ["HDUCLAS2", "SCIDATA", "ERRDATA", "QUALDATA", "HDUCLAS3"]),
        read_header(path, ["EXTNAME", "HDUCLAS3", "SCIDATA"], ["ERR"]),
        read_header(path, ["EXTNAME", "HDUCLAS3", "SCIDATA"], ["DQ"]),
    )
    assert primary == {"HDUCLAS2": "DATA", "ERRDATA": "ERR", "QUALDATA": "DQ"}
    assert error == {"EXTNAME": "ERR", "HDUCLAS3": "RMSE", "SCIDATA": "PRIMARY"}
    assert quality_ == {"EXTNAME": "DQ", "HDUCLAS3": "FLAG16BIT", "SCIDATA": "PRIMARY"}
    data = open_image(path).read()
    assert open_image(path, "ERR").shape == open_image(path, "DQ").shape == data.shape
    statistics = read_header(path, ["DATAMIN", "DATAMAX", "PRO.DATAMED", "PRO.DATAAVG"])
    assert statistics["DATAMIN"] == data.min()
    assert statistics["PRO.DATAMED"] == np.median(data)
    assert statistics["PRO.DATAAVG"] == pytest.approx(data.mean(dtype=float))


def test_a_forced_second_run_replaces_the_products_as_a_whole(
    host: Host, cascade: Organisation, workspace: Workspace
) -> None:
    first = inline(host, cascade, workspace)
    stray = workspace.root / first.results[0].products[0].path
    stray = stray.with_name("of-an-older-version.fits")
    stray.write_bytes(b"")
    second = inline(host, cascade, workspace, force=True)
    assert second.all_done
    assert not any(result.reused for result in second.results)
    assert not stray.exists()
    assert [r.products for r in second.results] == [r.products for r in first.results]
    with Session(workspace.database) as session:
        assert len(session.scalars(select(ProductRow)).all()) == 3


def test_a_failing_second_run_keeps_the_products_of_the_first(
    host: Host, cascade: Organisation, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = inline(host, cascade, workspace).results[0].products[0]
    before = (workspace.root / product.path).read_bytes()

    def broken(context: RecipeContext) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dfs_demo.recipes.bias", broken)
    again = inline(host, cascade, workspace, force=True)
    assert [r.state for r in again.results] == [
        BlockState.FAILED,
        BlockState.BLOCKED,
        BlockState.BLOCKED,
    ]
    assert again.results[0].code == "storage.disk-full"
    assert (workspace.root / product.path).read_bytes() == before
    with Session(workspace.database) as session:
        row = session.get_one(BlockRow, again.results[0].block.id)
        assert row.state == "failed"
        assert [p.id for p in row.products] == [product.id]


@pytest.mark.parametrize("had_products", [False, True])
@pytest.mark.parametrize("fails_at", range(1, 7))
def test_a_disk_that_fills_up_leaves_nothing_half_written(
    host: Host,
    cascade: Organisation,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    fails_at: int,
    had_products: bool,
) -> None:
    bias = replace(cascade, blocks=cascade.blocks[:1])
    if had_products:
        inline(host, bias, workspace)
    calls = itertools.count(1)

    def fsync(descriptor: int) -> None:
        if next(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fsync)
        (result,) = inline(host, bias, workspace, force=True).results
    # The product, its name, the record, its name, the result's name: the sixth is never
    # asked for.
    wanted = 6
    assert (result.state is BlockState.FAILED) == (fails_at < wanted)
    assert result.code == ("storage.disk-full" if fails_at < wanted else "")
    with Session(workspace.database) as session:
        booked = {row.path: row.sha256 for row in session.scalars(select(ProductRow))}
    there = {
        workspace.relative(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (workspace.root / "products").glob("*/*/*.fits")
    }
    assert there == booked
    assert len(there) == int(had_products or fails_at >= wanted)
    assert not workspace.scratch(result.block.id).exists()


def test_a_missing_product_of_the_block_before_is_named(
    host: Host, cascade: Organisation, workspace: Workspace
) -> None:
    bias, dark, _ = cascade.blocks
    surprise = replace(dark.calibrations[0], category="MASTER_SURPRISE")
    changed = replace(dark, calibrations=(surprise,))
    report = inline(host, replace(cascade, blocks=(bias, changed)), workspace)
    assert report.results[1].code == "reduce.missing-product"
    assert "MASTER_SURPRISE" in report.results[1].detail


def test_too_few_frames_are_found_before_anything_runs(
    host: Host, cascade: Organisation, workspace: Workspace
) -> None:
    bias = replace(cascade.blocks[0], inputs=cascade.blocks[0].inputs[:2])
    report = inline(host, replace(cascade, blocks=(bias,)), workspace)
    assert report.results[0].code == "recipe.bad-configuration"
    assert "at least 3 BIAS" in report.results[0].detail
    assert report.results[0].log == ""


def test_a_parameter_that_the_recipe_does_not_have_is_named(
    host: Host, cascade: Organisation, workspace: Workspace
) -> None:
    bias = replace(cascade.blocks[0], parameters={"kapa": 3})
    report = inline(host, replace(cascade, blocks=(bias,)), workspace)
    assert report.results[0].code == "recipe.parameter"


def test_a_frame_that_vanished_fails_its_block_alone(
    host: Host, cascade: Organisation, workspace: Workspace
) -> None:
    bias = cascade.blocks[0]
    gone = replace(bias.inputs[0], path=f"{bias.inputs[0].path}.gone")
    broken = replace(bias, id="broken", inputs=(gone, *bias.inputs[1:]))
    report = inline(host, replace(cascade, blocks=(broken, bias)), workspace)
    assert [(r.state, r.code) for r in report.results] == [
        (BlockState.FAILED, "storage.not-readable"),
        (BlockState.DONE, ""),
    ]


def test_progress_ends_with_every_block(
    host: Host, cascade: Organisation, workspace: Workspace
) -> None:
    told: list[tuple[int, int | None]] = []

    class Bar:
        def update(self, done: int, total: int | None, message: str = "") -> None:
            told.append((done, total))

    inline(host, cascade, workspace, progress=Bar())
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_hook_dfs_recipes(host: Host) -> None:
    """What a plugin declares is what runs."""
    recipe = host.instruments["demo"].recipes["demo_bias"]
    assert [i.tag for i in recipe.inputs] == ["BIAS"]
    assert [p.category for p in recipe.products] == ["MASTER_BIAS"]
    module, _, function = recipe.function.partition(":")
    assert callable(getattr(import_module(module), function))


def test_hook_dfs_block_reduced(cascade: Organisation, workspace: Workspace) -> None:
    """Every plugin is told after the commit; one that fails harms nobody."""
    heard: list[BlockReduced] = []

    class Listener:
        DFS_API = "0.1"

        @hookimpl
        def dfs_instrument(self) -> object:
            declared = import_module("dfs_demo.plugin").dfs_instrument()
            return declared.model_copy(update={"instrume": ("LISTENER",)})

        @hookimpl
        def dfs_block_reduced(self, block: BlockReduced) -> None:
            with Session(workspace.database) as session:
                assert session.get_one(BlockRow, block.block).state == "done"
            heard.append(block)
            raise RuntimeError("a listener's own trouble")

    modules = {"demo": import_module("dfs_demo.plugin"), "listener": Listener()}
    report = inline(Host.from_modules(modules), cascade, workspace)
    assert report.all_done
    assert [event.block for event in heard] == [block.id for block in cascade.blocks]
    assert heard[0].products[0].category == "MASTER_BIAS"
    assert heard[0].scores
    with Session(workspace.database) as session:
        assert all(row.delivered_at == NOW for row in session.scalars(select(OutboxRow)))


def test_results_survive_a_moved_workspace(
    reduced: tuple[Path, ReductionReport], tmp_path: Path
) -> None:
    root, report = reduced
    copy = tmp_path / "elsewhere"
    shutil.copytree(root, copy)
    assert all((copy / p.path).is_file() for r in report.results for p in r.products)


def test_the_parent_imports_no_recipe(plugin_modules: Path) -> None:
    """Numpy and recipes belong to workers; a parent that waits stays light."""
    code = "import sys, dfs.reduction.commands; print(sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("numpy", "sqlalchemy", "pebble", "astropy", "pydantic"):
        assert f"'{heavy}'" not in said.stdout


def test_a_result_without_a_run_has_no_duration(cascade: Organisation) -> None:
    assert BlockResult(cascade.blocks[0], BlockState.CANCELLED).seconds is None
