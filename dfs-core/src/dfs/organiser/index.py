"""The header index: a scan's memory in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from dfs.foundation.database import open_workspace_database
from dfs.foundation.errors import StorageError
from dfs.organiser.differences import Entry, decode, encode
from dfs.organiser.errors import SCAN_INDEX
from dfs.organiser.tables import IndexedFolder

__all__ = ["HeaderIndex", "open_index"]

_PARAMETERS = 10_000
"""Folders asked for in one query; databases limit how many values a query may carry."""


class HeaderIndex:
    """Remembers headers; each is valid while its file's size, mtime and inode are the same.

    Parameters
    ----------
    engine : a database of this revision.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recall(self, folders: Sequence[str], fingerprint: str) -> Mapping[str, Iterable[Entry]]:
        """Give what is known of folders for what is wanted, by folder.

        Raises
        ------
        StorageError
            The database can't be read.
        """
        found: dict[str, Iterable[Entry]] = {}
        with self._trouble(), self._engine.connect() as connection:
            for start in range(0, len(folders), _PARAMETERS):
                query = select(IndexedFolder.folder, IndexedFolder.content).where(
                    IndexedFolder.folder.in_(folders[start : start + _PARAMETERS]),
                    IndexedFolder.keywords == fingerprint,
                )
                for folder, content in connection.execute(query):
                    found[folder] = decode(content)
        return found

    def remember(self, fingerprint: str, folders: Mapping[str, Iterable[Entry]]) -> None:
        """Note all that is known of folders, in the place of what was noted before.

        Raises
        ------
        StorageError
            The database can't be written.
        """
        rows = [
            {"folder": folder, "keywords": fingerprint, "content": encode(folders[folder])}
            for folder in sorted(folders)
        ]
        names = [row["folder"] for row in rows]
        with self._trouble(), self._engine.begin() as connection:
            for start in range(0, len(names), _PARAMETERS):
                some = names[start : start + _PARAMETERS]
                connection.execute(delete(IndexedFolder).where(IndexedFolder.folder.in_(some)))
            connection.execute(insert(IndexedFolder), rows)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            where = self._engine.url.database or ""
            raise StorageError(SCAN_INDEX, str(error.orig), where=where) from error


def open_index(path: Path | None) -> HeaderIndex | None:
    """Open the index in a file of its own, made as needed; None for no path.

    Raises
    ------
    StorageError
        It cannot be opened.
    """
    return None if path is None else HeaderIndex(open_workspace_database(path))
