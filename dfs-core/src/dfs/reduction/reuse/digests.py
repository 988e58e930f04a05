"""Digests of files, remembered as long as the files look the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

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
        wanted: dict[str, set[str]] = {}
        for path in set(paths).difference(self._known):
            folder, _, name = path.rpartition("/")
            wanted.setdefault(folder, set()).add(name)
        row, folders = FileDigestRow, sorted(wanted)
        columns = row.folder, row.name, row.size_bytes, row.modified_ns, row.inode, row.sha256
        with self._trouble(), self._database.connect() as connection:
            for start in range(0, len(folders), _ASKED_AT_ONCE):
                some = folders[start : start + _ASKED_AT_ONCE]
                # A whole folder is sooner fetched than ten thousand names are told.
                for folder, name, *state, sha256 in connection.execute(
                    select(*columns).where(row.folder.in_(some))
                ):
                    path = f"{folder}/{name}"
                    if name in wanted[folder] and _state(path) == tuple(state):
                        self._known[path] = sha256

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
        names: dict[str, list[str]] = {}
        rows = []
        for path, state, sha256 in found:
            folder, _, name = path.rpartition("/")
            names.setdefault(folder, []).append(name)
            rows.append({"folder": folder, "name": name, "sha256": sha256} | state._asdict())
            self._known[path] = sha256
        if not rows:
            return
        row = FileDigestRow
        with self._trouble(), self._database.begin() as connection:
            for folder, some in names.items():
                before = (row.folder == folder) & row.name.in_(some)
                connection.execute(delete(row).where(before))
            connection.execute(insert(row), rows)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            where = str(self._database.url.database)
            raise StorageError(NOT_RECORDED, str(error.orig), where=where) from error


def _state(path: str) -> FileState | None:
    try:
        return file_state(path)
    except StorageError:
        return None  # who needs the file will say so
