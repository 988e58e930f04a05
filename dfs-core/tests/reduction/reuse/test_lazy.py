"""Nothing is computed twice, and what has changed is computed again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.orm import Session

from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.pixels import open_image
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.host import Host
from dfs.organiser.model import Organisation, ReductionBlock
from dfs.plugin import RecipeContext
from dfs.quality import service as quality
from dfs.reduction.engines.inline import InlineEngine
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.model import BlockState, ReductionReport
from dfs.reduction.provenance.record import read_record
from dfs.reduction.reuse.model import Cause
from dfs.reduction.service import reduce_blocks, stale_blocks
from dfs.reduction.tables import BlockRow
from dfs.reduction.workspace import Workspace

Reduce = Callable[..., ReductionReport]
BIAS, DARK, FLAT = "id-of-bias", "id-of-dark", "id-of-flat"


@pytest.fixture
def night(cascade: Organisation, tmp_path: Path) -> Organisation:
    """Give the cascade on frames of our own, which may be changed and moved."""
    return relocated(cascade, tmp_path / "raw", copy=True)


@pytest.fixture
def reduce(host: Host, workspace: Workspace) -> Reduce:
    def run(organisation: Organisation, **options: object) -> ReductionReport:
        wanted = {"reports": False, "workspace": workspace, **options}
        return reduce_blocks(host, organisation, jobs=1, engine=InlineEngine(), **wanted)  # type: ignore[arg-type]

    return run


@pytest.fixture
def causes(host: Host, workspace: Workspace) -> Callable[[Organisation], dict[str, list[Cause]]]:
    """Say why blocks would be run."""
    return lambda organisation: {
        found.block.id: [reason.cause for reason in found.reasons]
        for found in stale_blocks(host, organisation, workspace)
    }


Causes = Callable[[Organisation], dict[str, list[Cause]]]


def relocated(organisation: Organisation, folder: Path, *, copy: bool = False) -> Organisation:
    folder.mkdir()

    def at(block: ReductionBlock) -> ReductionBlock:
        frames = []
        for frame in block.inputs:
            path = folder / Path(frame.path).name
            (shutil.copy if copy else shutil.move)(frame.path, path)
            frames.append(replace(frame, path=str(path)))
        return replace(block, inputs=tuple(frames))

    return replace(organisation, blocks=tuple(map(at, organisation.blocks)))


def run_again(report: ReductionReport) -> set[str]:
    assert report.all_done, [(r.block.id, r.code, r.detail) for r in report.results]
    return {result.block.id for result in report.results if not result.reused}


def rewrite(path: str, add: int = 0, **cards: object) -> None:
    """Write a frame anew under its name, with other pixels or other keywords."""
    data = open_image(path).read()
    header = read_header(path) | cards
    write_fits(path, [Hdu(header, np.asarray(data + add, np.uint16))])  # type: ignore[arg-type]


# ── Nothing has changed ─────────────────────────────────────────────────────


def test_a_second_run_takes_every_result(
    reduce: Reduce, causes: Causes, night: Organisation
) -> None:
    first, second = reduce(night), reduce(night)
    assert run_again(first) == {BIAS, DARK, FLAT}
    assert run_again(second) == set()
    for before, after in zip(first.results, second.results, strict=True):
        assert after == replace(before, reused=True)
    assert causes(night) == {}


def test_frames_may_be_moved_and_the_book_knows_where_they_are(
    reduce: Reduce, night: Organisation, tmp_path: Path, workspace: Workspace
) -> None:
    reduce(night)
    moved = relocated(night, tmp_path / "elsewhere")
    assert run_again(reduce(moved)) == set()
    with Session(workspace.database) as session:
        row = session.get_one(BlockRow, BIAS)
    assert row.block["inputs"][0]["path"] == moved.blocks[0].inputs[0].path


def test_a_lost_database_is_made_again_from_the_results(
    host: Host, night: Organisation, tmp_path: Path
) -> None:
    def reduced() -> tuple[ReductionReport, object]:
        with Workspace.open(tmp_path / "out") as workspace:
            report = reduce_blocks(
                host, night, workspace, jobs=1, engine=InlineEngine(), reports=True
            )
            return report, [
                (r.product, r.name, r.value, r.verdict)
                for r in quality.measurements(workspace.database)
            ]

    first, measured = reduced()
    pages = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("reports/*/*.html")}
    assert len(pages) == 3
    for left in (tmp_path / "out").glob("dfs.sqlite*"):
        left.unlink()
    second, again = reduced()
    assert run_again(second) == set()
    assert again == measured
    assert [r.scores for r in second.results] == [r.scores for r in first.results]
    assert [r.report for r in second.results] == [r.report for r in first.results]
    assert {path: path.stat().st_mtime_ns for path in pages} == pages


def test_a_workspace_may_be_moved(host: Host, night: Organisation, tmp_path: Path) -> None:
    reports = []
    for name in ("here", "there"):
        with Workspace.open(tmp_path / name) as workspace:
            reports.append(
                reduce_blocks(host, night, workspace, jobs=1, engine=InlineEngine(), reports=False)
            )
        if name == "here":
            (tmp_path / "here").rename(tmp_path / "there")
    assert run_again(reports[1]) == set()
    assert all((tmp_path / "there" / r.products[0].path).is_file() for r in reports[1].results)


def test_a_file_that_was_touched_is_read_again_and_is_the_same(
    reduce: Reduce, night: Organisation
) -> None:
    reduce(night)
    os.utime(night.blocks[0].inputs[0].path, (1.0, 1.0))
    assert run_again(reduce(night)) == set()


# ── Something has changed ───────────────────────────────────────────────────


def test_a_frame_that_was_replaced_under_its_name_is_noticed(
    reduce: Reduce, causes: Causes, night: Organisation
) -> None:
    reduce(night)
    rewrite(night.blocks[0].inputs[0].path, add=40)
    assert causes(night) == {
        BIAS: [Cause.INPUT],
        DARK: [Cause.ANCESTOR],
        FLAT: [Cause.ANCESTOR, Cause.ANCESTOR],
    }
    assert run_again(reduce(night)) == {BIAS, DARK, FLAT}


def test_a_calibration_that_was_replaced_under_its_name_is_noticed(
    reduce: Reduce, causes: Causes, night: Organisation, tmp_path: Path, workspace: Workspace
) -> None:
    dark = night.blocks[1]
    made = reduce(night).results[0].products[0]
    master = tmp_path / "master.fits"
    shutil.copy(workspace.root / made.path, master)
    on_file = replace(dark.calibrations[0], path=str(master), block="", category="")
    alone = replace(night, blocks=(replace(dark, id="alone", calibrations=(on_file,)),))
    assert run_again(reduce(alone)) == {"alone"}
    assert run_again(reduce(alone)) == set()
    header = read_header(master)
    write_fits(master, [Hdu(header, open_image(master).read() + np.float32(1))])
    assert causes(alone) == {"alone": [Cause.INPUT]}
    assert run_again(reduce(alone)) == {"alone"}


def test_what_is_made_anew_alike_leaves_its_descendants_fresh(
    reduce: Reduce, causes: Causes, night: Organisation
) -> None:
    reduce(night)
    # Another file by content, from which the recipe makes the same pixels and keywords.
    rewrite(night.blocks[0].inputs[-1].path, **{"TPL.EXPNO": 99})
    assert set(causes(night)) == {BIAS, DARK, FLAT}
    assert run_again(reduce(night)) == {BIAS}


def test_a_parameter_concerns_its_block_and_what_comes_after(
    reduce: Reduce, causes: Causes, night: Organisation, workspace: Workspace
) -> None:
    reduce(night)
    bias, dark, flat = night.blocks
    other = replace(night, blocks=(bias, replace(dark, parameters={"kappa": 2.0}), flat))
    assert causes(other) == {DARK: [Cause.PARAMETER], FLAT: [Cause.ANCESTOR]}
    assert run_again(reduce(other)) == {DARK, FLAT}
    # A step back takes what was made then.
    assert causes(night) == {}
    back = reduce(night)
    assert run_again(back) == set()
    record = read_record(workspace.root / back.results[1].folder)
    assert record.parameters == {"kappa": 4.0}
    current = workspace.current("demo", DARK)
    assert current == workspace.root / back.results[1].folder


def test_a_missing_calibration_is_another_input(
    reduce: Reduce, causes: Causes, night: Organisation
) -> None:
    reduce(night)
    bias, dark, flat = night.blocks
    less = replace(night, blocks=(bias, dark, replace(flat, calibrations=flat.calibrations[:1])))
    assert causes(less) == {FLAT: [Cause.INPUT]}
    assert run_again(reduce(less)) == {FLAT}


def test_force_runs_everything(reduce: Reduce, night: Organisation) -> None:
    first, second = reduce(night), reduce(night, force=True)
    assert run_again(second) == {BIAS, DARK, FLAT}
    folders = [{r.folder for r in report.results} for report in (first, second)]
    assert folders[0].isdisjoint(folders[1])


def test_where_nothing_was_reduced_everything_is_to_run(host: Host, night: Organisation) -> None:
    found = stale_blocks(host, night, None)
    assert {s.block.id: [r.cause for r in s.reasons] for s in found} == {
        BIAS: [Cause.NEVER],
        DARK: [Cause.NEVER],
        FLAT: [Cause.NEVER],
    }


# ── Damage by hand ──────────────────────────────────────────────────────────


def _cut(folder: Path) -> None:
    (product,) = folder.glob("*.fits")
    product.write_bytes(product.read_bytes()[:-2880])


def _flip(folder: Path) -> None:
    (product,) = folder.glob("*.fits")
    content = bytearray(product.read_bytes())
    content[-3000] ^= 1
    product.write_bytes(bytes(content))


def _remove(folder: Path) -> None:
    (product,) = folder.glob("*.fits")
    product.unlink()


def _scribble(folder: Path) -> None:
    (folder / "provenance.json").write_text('{"key": "1"')


def _empty(folder: Path) -> None:
    (folder / "provenance.json").write_text('{"format": 1}')


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_cut, "reduce.result-damaged"),
        (_flip, "reduce.result-damaged"),
        (_remove, "reduce.result-damaged"),
        (_scribble, "provenance.damaged"),
        (_empty, "provenance.damaged"),
    ],
)
def test_a_damaged_result_is_set_aside_with_a_word_and_made_again(
    reduce: Reduce,
    causes: Causes,
    night: Organisation,
    workspace: Workspace,
    damage: Callable[[Path], None],
    code: str,
) -> None:
    folder = workspace.root / reduce(night).results[0].folder
    damage(folder)
    assert causes(night)[BIAS] == [Cause.DAMAGED]
    again = reduce(night)
    assert run_again(again) == {BIAS}, "those after it are the same, because it is"
    (trouble,) = again.troubles
    assert f"[{code}]" in trouble
    (aside,) = workspace.root.glob("damaged/results/demo/*/*")
    assert workspace.relative(aside) in trouble
    assert not folder.exists()
    assert reduce(night).troubles == ()


@pytest.mark.parametrize("what", ["results", "products", "results/demo/id-of-bias"])
def test_what_was_removed_by_hand_is_there_again(
    reduce: Reduce, night: Organisation, workspace: Workspace, what: str
) -> None:
    reduce(night)
    shutil.rmtree(workspace.root / what)
    again = reduce(night)
    assert again.all_done
    assert all((workspace.root / r.products[0].path).is_file() for r in again.results)
    assert (run_again(again) == set()) == (what == "products")


def test_a_copy_that_followed_the_links_and_lost_the_times_is_still_good(
    host: Host, reduce: Reduce, night: Organisation, workspace: Workspace, tmp_path: Path
) -> None:
    reduce(night)
    shutil.copytree(workspace.root, tmp_path / "copy", copy_function=shutil.copyfile)
    with Workspace.open(tmp_path / "copy") as copied:
        again = reduce(night, workspace=copied)
        assert run_again(again) == set()
        assert (copied.root / "products" / "demo" / BIAS).is_symlink()


# ── Poison ──────────────────────────────────────────────────────────────────


def test_a_block_that_kills_its_worker_twice_is_left_alone_until_forced(
    host: Host,
    faulty: Callable[..., ReductionBlock],
    organised: Callable[..., Organisation],
    workers: Callable[[], LocalEngine],
    workspace: Workspace,
) -> None:
    blocks = organised(faulty("segfault"))

    def state(**options: bool) -> tuple[BlockState, str]:
        (result,) = reduce_blocks(
            host, blocks, workspace, jobs=1, engine=workers(), reports=False, **options
        ).results
        return result.state, result.code

    assert state() == (BlockState.FAILED, "recipe.crashed")
    assert state() == (BlockState.FAILED, "recipe.crashed")
    assert state() == (BlockState.PARKED, "reduce.parked")
    assert state() == (BlockState.PARKED, "reduce.parked")
    assert state(force=True) == (BlockState.FAILED, "recipe.crashed")


def test_who_fails_by_itself_is_tried_again(
    reduce: Reduce, night: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(context: RecipeContext) -> None:
        raise ValueError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr("dfs_demo.recipes.bias", broken)
        for _ in range(3):
            assert reduce(night).results[0].code == "recipe.failed"
    assert run_again(reduce(night)) == {BIAS, DARK, FLAT}


# ── The record ──────────────────────────────────────────────────────────────


def test_the_record_and_the_header_tell_of_the_making(
    reduce: Reduce, night: Organisation, workspace: Workspace
) -> None:
    dark = reduce(night).results[1]
    record = read_record(workspace.root / dark.folder)
    assert (record.id, record.key, record.runner) == (DARK, dark.key, "native")
    assert [frame.is_raw for frame in record.inputs] == [True, True, True, False]
    assert record.inputs[-1].product == f"{BIAS}.MASTER_BIAS"
    assert record.inputs[-1].sha256 != record.inputs[-1].content
    assert record.measurements == dark.measurements
    assert set(record.machine) == {"host", "system", "processor", "cores", "memory_mb"}
    assert {"python", "numpy"} <= set(record.environment)
    header: Mapping[str, object] = read_header(workspace.root / dark.products[0].path)
    assert header["PRO.DFS.ID"] == dark.products[0].id
    assert header["PRO.DFS.KEY"] == dark.key[:32]
    assert header["PRO.DFS.RUNNER"] == "native"
    assert header["PRO.DFS.HOST"] == record.machine["host"]
    assert str(header["PRO.DFS.SOFT1"]).startswith("dfs-core ")
    assert header["PRO.REC1.RAW1.SHA256"] == record.inputs[0].sha256[:32]
    assert header["PRO.REC1.CAL1.SHA256"] == record.inputs[-1].sha256[:32]
    assert json.loads((workspace.root / dark.folder / "provenance.json").read_text())["format"] == 1
