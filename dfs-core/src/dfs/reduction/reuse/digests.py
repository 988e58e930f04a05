"""Digests of files, remembered as long as the files look the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from dfs.foundation.errors import StorageError
from dfs.reduction.errors import NOT_RECORDED
from dfs.reduction.model import FileState
from dfs.reduction.reuse.content import digest_files, file_state
from dfs.reduction.tables import FileDigestRow

__all__ = ["FileDigests"]

_ASKED_AT_ONCE = 10_000
"""Databases limit how many values a query may carry."""


class FileDigests:
    """The SHA-256 of files; each holds while its file's size, mtime and inode are the same.

    Parameters
    ----------
    database : remembers them.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._known: dict[str, str] = {}

    def recall(self, paths: Iterable[str]) -> None:
        """Look which of these files are known in the state in which they are now.

        Raises
        ------
        StorageError
            ``reduce.not-recorded``: the database cannot be read.
        """
        wanted = sorted(set(paths).difference(self._known))
        row = FileDigestRow
        columns = row.path, row.size_bytes, row.modified_ns, row.inode, row.sha256
        try:
            with self._database.connect() as connection:
                for start in range(0, len(wanted), _ASKED_AT_ONCE):
                    some = wanted[start : start + _ASKED_AT_ONCE]
                    for path, *state, sha256 in connection.execute(
                        select(*columns).where(row.path.in_(some))
                    ):
                        if _state(path) == tuple(state):
                            self._known[path] = sha256
        except DBAPIError as error:
            raise self._trouble(error) from error

    def known(self, path: str) -> str | None:
        """Give a file's digest; None if it has to be read first."""
        return self._known.get(path)

    def of(self, path: str) -> str:
        """Give a file's digest, read now if it is not known.

        Raises
        ------
        StorageError
            ``storage.not-readable``, or the database failed.
        """
        if path not in self._known:
            self.recall([path])
        if path not in self._known:
            self.read([path])
        return self._known[path]

    def read(self, paths: Sequence[str]) -> None:
        """Read files, and remember their digests.

        Raises
        ------
        StorageError
            ``storage.not-readable``, or the database failed.
        """
        self.learn(digest_files(paths))

    def learn(self, found: Sequence[tuple[str, FileState, str]]) -> None:
        """Remember digests of files in these states.

        Raises
        ------
        StorageError
            ``reduce.not-recorded``.
        """
        rows = [
            {
                "path": path,
                "size_bytes": state.size_bytes,
                "modified_ns": state.modified_ns,
                "inode": state.inode,
                "sha256": sha256,
            }
            for path, state, sha256 in found
        ]
        self._known |= {path: sha256 for path, _, sha256 in found}
        if not rows:
            return
        paths = [path for path, _, _ in found]
        try:
            with self._database.begin() as connection:
                connection.execute(delete(FileDigestRow).where(FileDigestRow.path.in_(paths)))
                connection.execute(insert(FileDigestRow), rows)
        except DBAPIError as error:
            raise self._trouble(error) from error

    def _trouble(self, error: DBAPIError) -> StorageError:
        return StorageError(NOT_RECORDED, str(error.orig), where=str(self._database.url.database))


def _state(path: str) -> FileState | None:
    try:
        return file_state(path)
    except StorageError:
        return None  # who needs the file will say so
