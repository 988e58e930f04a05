"""The workspace: the folder that holds everything that reductions make."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Engine

from dfs.foundation.database import open_workspace_database
from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.files import NOT_WRITABLE, fsync_folder, storage_error
from dfs.reduction.errors import WORKSPACE_BUSY, WORKSPACE_INSIDE

_DATABASE: Final = "dfs.sqlite"
_LOCK: Final = ".lock"
_REPLACED: Final = "replaced"


class Workspace:
    """A folder with a database, products, logs, reports and scratch space.

    ``products/<instrument>/<block id>/`` holds what the latest successful run of a
    block made, and is always whole; ``logs/<block id>.log`` tells of the latest run.

    Attributes
    ----------
    root : the folder, absolute.
    database : its database.
    """

    def __init__(self, root: Path, database: Engine, *, keep_work: bool = False) -> None:
        self.root = root
        self.database = database
        self._keep_work = keep_work
        self._scratch = root / "work" / secrets.token_hex(4)

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, keep_work: bool = False) -> Iterator[Self]:
        """Open a workspace to write to it, made if it does not exist; nobody else may meanwhile.

        Parameters
        ----------
        path : the folder.
        keep_work : leave the scratch folders of blocks for a look into them; the next
            one who opens the workspace clears them.

        Raises
        ------
        UserError
            ``reduce.workspace-busy``.
        StorageError
            The folder or its database cannot be written.
        """
        root = path.resolve()
        with _on_disk(root):
            for folder in ("products", "logs", "reports", "work"):
                (root / folder).mkdir(parents=True, exist_ok=True)
        with _lock(root / _LOCK):
            workspace = cls(root, open_workspace_database(root / _DATABASE), keep_work=keep_work)
            try:
                workspace._sweep()
                yield workspace
            finally:
                if not keep_work:
                    shutil.rmtree(workspace._scratch, ignore_errors=True)
                workspace.database.dispose()

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
        """Give the folder of a block's products."""
        return self.root / "products" / instrument / block_id

    def publish(self, made: Path, instrument: str, block_id: str) -> Path:
        """Put a folder of finished products in the place of what the block made before.

        The old products go only when the new ones are there; a run that is killed in
        between leaves them aside, and the next one puts them back.

        Parameters
        ----------
        made : the folder, in the workspace's scratch space, its files already on disk.

        Raises
        ------
        StorageError
            The disk did not do it; the old products are where they were.
        """
        target = self.products(instrument, block_id)
        aside = self._scratch / _REPLACED / instrument / block_id
        with _on_disk(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            had_products = target.exists()
            if had_products:
                aside.parent.mkdir(parents=True, exist_ok=True)
                target.replace(aside)
            try:
                made.replace(target)
                fsync_folder(target.parent)
            except OSError:
                if not made.exists():
                    target.replace(made)
                if had_products:
                    aside.replace(target)
                raise
        shutil.rmtree(aside, ignore_errors=True)
        return target

    def discard(self, block_id: str) -> None:
        """Remove what a block left in its scratch folder."""
        if not self._keep_work:
            shutil.rmtree(self.scratch(block_id), ignore_errors=True)

    def _sweep(self) -> None:
        """Clear what a killed run left."""
        for aside in sorted((self.root / "work").glob(f"*/{_REPLACED}/*/*")):
            target = self.products(aside.parent.name, aside.name)
            if not target.exists():
                with _on_disk(target):
                    aside.replace(target)
        for left in (*(self.root / "work").iterdir(), *(self.root / "reports").glob(".*")):
            shutil.rmtree(left, ignore_errors=True)


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


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a file's lock; the system lets go of it even if we are killed."""
    with _on_disk(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            raise UserError(
                WORKSPACE_BUSY,
                f"process {holder or 'unknown'} is at work here",
                where=str(path.parent),
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise storage_error(error, path, NOT_WRITABLE) from error
