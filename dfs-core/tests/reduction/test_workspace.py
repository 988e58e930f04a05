"""The workspace: results that never change, links to the current ones, and locks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dfs.foundation.errors import StorageError, UserError
from dfs.reduction.workspace import Workspace, check_outside

KEY, OTHER = "a" * 64, "b" * 64

HOLD = """
import sys
from pathlib import Path
from dfs.reduction.workspace import Workspace
with Workspace.open(Path(sys.argv[1])) as workspace:
    claim = workspace.claim("block")
    print("here", flush=True)
    sys.stdin.read()
"""


def made(workspace: Workspace, text: str) -> Path:
    folder = workspace.scratch("block") / "products"
    folder.mkdir(parents=True)
    (folder / "a.fits").write_text(text)
    return folder


def current(root: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in (root / "products" / "demo" / "block").glob("*")}


def test_new_products_replace_old_ones_as_a_whole_and_the_old_result_stays(
    tmp_path: Path,
) -> None:
    with Workspace.open(tmp_path) as workspace:
        old = workspace.publish(made(workspace, "old"), "demo", "block", KEY)
        (old / "stray").touch()
        new = workspace.publish(made(workspace, "new"), "demo", "block", OTHER)
        assert current(tmp_path) == {"a.fits": "new"}
        assert workspace.current("demo", "block") == new
        assert (old / "a.fits").read_text() == "old"
        assert {old.name[:16], new.name[:16]} == {KEY[:16], OTHER[:16]}


def test_the_link_survives_a_move_of_the_workspace(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "here") as workspace:
        workspace.publish(made(workspace, "old"), "demo", "block", KEY)
    (tmp_path / "here").rename(tmp_path / "there")
    assert current(tmp_path / "there") == {"a.fits": "old"}


@pytest.mark.parametrize("had_products", [True, False])
def test_old_products_stay_when_the_new_ones_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, had_products: bool
) -> None:
    with Workspace.open(tmp_path) as workspace:
        if had_products:
            workspace.publish(made(workspace, "old"), "demo", "block", KEY)
        folder = made(workspace, "new")

        def refuse(path: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr("dfs.reduction.workspace.fsync_folder", refuse)
            with pytest.raises(StorageError, match="Input/output"):
                workspace.publish(folder, "demo", "block", OTHER)
        assert current(tmp_path) == ({"a.fits": "old"} if had_products else {})


def test_a_folder_in_the_place_of_a_link_is_set_aside(tmp_path: Path) -> None:
    with Workspace.open(tmp_path) as workspace:
        workspace.products("demo", "block").mkdir(parents=True)
        (workspace.products("demo", "block") / "b.fits").write_text("copied")
        workspace.publish(made(workspace, "new"), "demo", "block", KEY)
        assert current(tmp_path) == {"a.fits": "new"}
        (aside,) = tmp_path.glob("damaged/products/demo/*/b.fits")
        assert aside.read_text() == "copied"


def test_a_claimed_block_is_nobody_elses_until_its_owner_lets_go_or_dies(tmp_path: Path) -> None:
    with (
        Workspace.open(tmp_path) as workspace,
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        assert workspace.claim("block") is None
        second = workspace.claim("another block")
        assert second is not None
        second.release()
        other.kill()
        other.wait()
        mine = workspace.claim("block")
        assert mine is not None
        mine.release()


def test_what_was_killed_is_swept_by_who_comes_first_but_not_while_others_work(
    tmp_path: Path,
) -> None:
    left = tmp_path / "work" / "dead" / "block"
    left.mkdir(parents=True)
    link = tmp_path / "products" / "demo" / ".block.1234"
    link.parent.mkdir(parents=True)
    link.symlink_to("nowhere")
    with Workspace.open(tmp_path) as first:
        assert not left.parent.exists()
        assert not os.path.lexists(link)
        mine = made(first, "half")
        with Workspace.open(tmp_path):
            assert mine.exists()
        assert mine.exists()
    assert list((tmp_path / "work").iterdir()) == []


def test_nothing_is_removed_while_somebody_is_there(tmp_path: Path) -> None:
    with Workspace.open(tmp_path) as mine:
        with mine.alone() as is_alone:
            assert is_alone
        with Workspace.open(tmp_path), mine.alone() as is_alone:
            assert not is_alone


def test_a_look_into_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught, Workspace.read(tmp_path):
        pass
    assert caught.value.code.name == "reduce.no-workspace"
    assert list(tmp_path.iterdir()) == []


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
