"""The workspace: one writer, and products that are whole whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs.foundation.errors import StorageError, UserError
from dfs.reduction.workspace import Workspace, check_outside


def made(workspace: Workspace, text: str) -> Path:
    folder = workspace.scratch("block") / "products"
    folder.mkdir(parents=True)
    (folder / "a.fits").write_text(text)
    return folder


def test_a_second_writer_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    first, second = Workspace.open(tmp_path), Workspace.open(tmp_path)
    with first, pytest.raises(UserError, match="is at work here") as caught, second:
        pass
    assert caught.value.code.name == "reduce.workspace-busy"
    with Workspace.open(tmp_path):
        pass


def test_new_products_replace_old_ones_as_a_whole(tmp_path: Path) -> None:
    with Workspace.open(tmp_path) as workspace:
        workspace.publish(made(workspace, "old"), "demo", "block")
        (workspace.products("demo", "block") / "stray").touch()
        folder = workspace.publish(made(workspace, "new"), "demo", "block")
        assert [(p.name, p.read_text()) for p in folder.iterdir()] == [("a.fits", "new")]


@pytest.mark.parametrize("had_products", [True, False])
def test_old_products_stay_when_the_new_ones_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, had_products: bool
) -> None:
    with Workspace.open(tmp_path) as workspace:
        if had_products:
            workspace.publish(made(workspace, "old"), "demo", "block")
        folder = made(workspace, "new")

        def refuse(path: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr("dfs.reduction.workspace.fsync_folder", refuse)
            with pytest.raises(StorageError, match="Input/output"):
                workspace.publish(folder, "demo", "block")
        there = list((tmp_path / "products").rglob("a.fits"))
        assert [path.read_text() for path in there] == (["old"] if had_products else [])


def test_a_run_killed_between_two_renames_is_put_right_by_the_next(tmp_path: Path) -> None:
    with Workspace.open(tmp_path) as workspace:
        workspace.publish(made(workspace, "old"), "demo", "block")
    aside = tmp_path / "work" / "dead" / "replaced" / "demo" / "block"
    aside.parent.mkdir(parents=True)
    (tmp_path / "products" / "demo" / "block").rename(aside)
    (tmp_path / "work" / "dead" / "other").mkdir()
    with Workspace.open(tmp_path) as workspace:
        assert (workspace.products("demo", "block") / "a.fits").read_text() == "old"
        assert list((tmp_path / "work").iterdir()) == []


def test_scratch_folders_are_kept_for_a_look_if_asked_for(tmp_path: Path) -> None:
    with Workspace.open(tmp_path, keep_work=True) as workspace:
        folder = made(workspace, "half")
        workspace.discard("block")
    assert (folder / "a.fits").read_text() == "half"
    with Workspace.open(tmp_path):
        assert not folder.exists()


def test_a_workspace_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError), Workspace.open(tmp_path / "file" / "out"):
        pass


def test_a_file_that_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "dfs.sqlite").write_text("this is not a database, however long it may be")
    with pytest.raises(StorageError) as caught, Workspace.open(tmp_path):
        pass
    assert caught.value.code.name == "storage.database"


def test_the_raw_folder_is_never_written_to(tmp_path: Path) -> None:
    check_outside(tmp_path / "out", tmp_path / "raw")
    check_outside(tmp_path, tmp_path / "raw")
    for inside in (tmp_path, tmp_path / "out"):
        with pytest.raises(UserError) as caught:
            check_outside(inside, tmp_path)
        assert caught.value.code.name == "usage.workspace-inside-input"
