"""The workspace: the folder that holds everything that reductions make."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Engine

from dfs.foundation.database import WORKSPACE_DATABASE, open_workspace_database
from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.files import NOT_WRITABLE, fsync_folder, replace_file, storage_error
from dfs.reduction.errors import NO_WORKSPACE, WORKSPACE_INSIDE
from dfs.reduction.locks import Claim, Presence

_LOCK: Final = ".lock"
_FOLDERS: Final = ("results", "products", "logs", "reports", "work")
_KEY_DIGITS: Final = 16


class Workspace:
    """A folder with a database, results, products, logs, reports and scratch space.

    ``results/<instrument>/<block id>/<key>-<number>/`` holds what one run of a block
    made, with its record; it is whole and never changes. ``products/<instrument>/<block
    id>`` is a link to the current one. ``logs/<block id>.log`` tells of the latest run.

    Attributes
    ----------
    root : the folder, absolute.
    database : its database.
    """

    def __init__(
        self, root: Path, database: Engine, presence: Presence, *, keep_work: bool = False
    ) -> None:
        self.root = root
        self.database = database
        self._presence = presence
        self._keep_work = keep_work
        self._scratch = root / "work" / secrets.token_hex(4)

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, keep_work: bool = False) -> Iterator[Self]:
        """Open a workspace to work in it, made if it does not exist; others may, too.

        What killed processes left is cleared if nobody else is there.

        Parameters
        ----------
        path : the folder.
        keep_work : leave the scratch folders of blocks for a look into them; the next
            one who opens the workspace clears them.

        Raises
        ------
        StorageError
            The folder or its database cannot be written.
        """
        root = path.resolve()
        with _on_disk(root):
            for folder in _FOLDERS:
                (root / folder).mkdir(parents=True, exist_ok=True)
            presence = Presence(root / _LOCK)
        with presence:
            # Who comes first makes the database, before the others are let in.
            with presence.alone() as is_alone:
                if is_alone:
                    _sweep(root)
                database = open_workspace_database(root / WORKSPACE_DATABASE)
            workspace = cls(root, database, presence, keep_work=keep_work)
            try:
                # While one connection is open, those that are closed after each transaction
                # do not write the log of transactions back, which takes some 15 ms.
                with database.connect():
                    yield workspace
            finally:
                database.dispose()
                if not keep_work:
                    shutil.rmtree(workspace._scratch, ignore_errors=True)
                    with presence.alone() as is_alone:
                        if is_alone:
                            _sweep(root)

    @classmethod
    @contextmanager
    def read(cls, path: Path) -> Iterator[Self]:
        """Open a workspace to look into it; nothing of it is removed meanwhile.

        Raises
        ------
        UserError
            ``reduce.no-workspace``.
        StorageError
            The database cannot be opened.
        """
        root = _existing(path)
        with _on_disk(root):
            presence = Presence(root / _LOCK, make=False)
        with presence:
            database = open_workspace_database(root / WORKSPACE_DATABASE)
            try:
                yield cls(root, database, presence)
            finally:
                database.dispose()

    def alone(self) -> AbstractContextManager[bool]:
        """Keep all others out during the block, if nobody is there; say whether that is so."""
        return self._presence.alone()

    # ── Where things are ────────────────────────────────────────────────────

    def relative(self, path: Path) -> str:
        """Name a file of the workspace so that the workspace can be moved."""
        return path.relative_to(self.root).as_posix()

    def scratch(self, block_id: str) -> Path:
        """Give the folder in which a block is at work."""
        return self._scratch / block_id

    def log(self, block_id: str) -> Path:
        """Give the file of a block's log."""
        return self.root / "logs" / f"{block_id}.log"

    def report(self, block_id: str) -> Path:
        """Give the folder of a block's quality report."""
        return self.root / "reports" / block_id

    def products(self, instrument: str, block_id: str) -> Path:
        """Give the link to a block's current products."""
        return self.root / "products" / instrument / block_id

    def results(self, instrument: str, block_id: str) -> Path:
        """Give the folder of all that runs of a block made."""
        return self.root / "results" / instrument / block_id

    def current(self, instrument: str, block_id: str) -> Path | None:
        """Give the folder of a block's current result; None if it has none."""
        try:
            target = self._link(instrument, block_id)
        except OSError:
            return None
        # Whatever else a link of another origin says, only a result of this block will do.
        return Path(f"{self.root}/results/{instrument}/{block_id}/{target.rpartition('/')[2]}")

    # ── What is done there ──────────────────────────────────────────────────

    def claim(self, block_id: str) -> Claim | None:
        """Claim a block, so that no other process runs it; None if another has claimed it.

        Raises
        ------
        StorageError
            The disk did not do it.
        """
        path = self.root / "work" / "claims" / block_id
        with _on_disk(path):
            path.parent.mkdir(exist_ok=True)
            return Claim.take(path)

    def publish(self, made: Path, instrument: str, block_id: str, key: str) -> Path:
        """Make a folder of finished products a result, and the block's current one.

        Parameters
        ----------
        made : the folder, in the workspace's scratch space, its files already on disk.
        instrument, block_id : the block.
        key : of all that the result depends on.

        Returns
        -------
        Path
            The result's folder.

        Raises
        ------
        StorageError
            The disk did not do it; the current result is the one it was.
        """
        target = self._new_result(self.results(instrument, block_id), key)
        with _on_disk(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            made.replace(target)
            fsync_folder(target.parent)
        self.make_current(target, instrument, block_id)
        return target

    def make_current(self, result: Path, instrument: str, block_id: str) -> None:
        """Let the link to a block's products lead to one of its results.

        Raises
        ------
        StorageError
            The disk did not do it; the link is as it was.
        """
        target = f"../../results/{instrument}/{block_id}/{result.name}"
        with suppress(OSError):
            if self._link(instrument, block_id) == target:
                return
        link = self.products(instrument, block_id)
        if link.is_dir() and not link.is_symlink():  # the workspace was copied, links followed
            self.set_aside(link)
        temporary = link.with_name(f".{link.name}.{secrets.token_hex(4)}")
        with _on_disk(link):
            link.parent.mkdir(parents=True, exist_ok=True)
            temporary.symlink_to(target)
            # If a power cut takes the new link, the next run makes it again.
            replace_file(temporary, link, fsync=False)

    def set_aside(self, folder: Path) -> Path:
        """Move what is not as it should be out of the way, for a look into it.

        Raises
        ------
        StorageError
            The disk did not do it.
        """
        name = f"{folder.name}-{secrets.token_hex(4)}"
        target = self.root / "damaged" / folder.relative_to(self.root).with_name(name)
        with _on_disk(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.replace(target)
        return target

    def discarded(self, folder: Path) -> Path:
        """Move a folder into scratch space, at once out of everybody's sight.

        Raises
        ------
        StorageError
            The disk did not do it.
        """
        target = self._scratch / secrets.token_hex(4)
        with _on_disk(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.replace(target)
        return target

    def discard(self, block_id: str) -> None:
        """Remove what a block left in its scratch folder."""
        if not self._keep_work:
            shutil.rmtree(self.scratch(block_id), ignore_errors=True)

    def _link(self, instrument: str, block_id: str) -> str:
        # Not by way of Path, which takes longer than the system does.
        return os.readlink(f"{self.root}/products/{instrument}/{block_id}")  # noqa: PTH115

    @staticmethod
    def _new_result(results: Path, key: str) -> Path:
        while (path := results / f"{key[:_KEY_DIGITS]}-{secrets.token_hex(2)}").exists():
            continue
        return path


def check_outside(workspace: Path, raw: Path) -> None:
    """Refuse a workspace within the folder of raw frames.

    Raises
    ------
    UserError
        ``usage.workspace-inside-input``.
    """
    if workspace.resolve().is_relative_to(raw.resolve()):
        raise UserError(
            WORKSPACE_INSIDE, f"the frames are in {raw.resolve()}", where=str(workspace)
        )


def is_workspace(path: Path) -> bool:
    """Tell whether reductions wrote to a folder, be the database there or lost."""
    return (path / WORKSPACE_DATABASE).is_file() or (path / "results").is_dir()


def _existing(path: Path) -> Path:
    if not is_workspace(path):
        raise UserError(NO_WORKSPACE, "nothing was reduced into it", where=str(path))
    return path.resolve()


def _sweep(root: Path) -> None:
    """Clear what killed processes left; only for who is alone in the workspace."""
    for left in (*(root / "work").glob("*"), *(root / "reports").glob(".*")):
        shutil.rmtree(left, ignore_errors=True)
    for link in (root / "products").glob("*/.*"):
        link.unlink(missing_ok=True)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise storage_error(error, path, NOT_WRITABLE) from error
