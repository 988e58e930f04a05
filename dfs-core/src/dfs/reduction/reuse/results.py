"""The store of results: which one will do for a key, and whether it is still whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dfs.foundation.errors import DfsError, ErrorCode, StorageError
from dfs.reduction.errors import PROVENANCE_DAMAGED, RESULT_DAMAGED
from dfs.reduction.provenance.model import ProvenanceRecord, RecordedProduct
from dfs.reduction.provenance.record import read_record
from dfs.reduction.reuse.digests import FileDigests
from dfs.reduction.workspace import Workspace

__all__ = ["Results", "StoredResult"]

_KEY_DIGITS = 16


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What a run of a block made.

    Parameters
    ----------
    folder : where it lies.
    record : how it was made.
    """

    folder: Path
    record: ProvenanceRecord


class Results:
    """The results in a workspace.

    Parameters
    ----------
    workspace : open.
    digests : of files that do not look as they did.
    only_look : leave damaged results where they are.

    Attributes
    ----------
    troubles : what was found damaged, a sentence each.
    """

    def __init__(
        self, workspace: Workspace, digests: FileDigests, *, only_look: bool = False
    ) -> None:
        self.troubles: list[str] = []
        self._workspace = workspace
        self._digests = digests
        self._only_look = only_look

    def find(self, instrument: str, block_id: str, key: str) -> StoredResult | None:
        """Give a whole result of this key, the current one if it will do.

        One that is damaged is set aside.

        Raises
        ------
        StorageError
            The disk failed.
        """
        for folder in self._candidates(instrument, block_id, key[:_KEY_DIGITS]):
            record = self._read(folder)
            if record is not None and record.key == key:
                if not (problem := self.problem(folder, record)):
                    return StoredResult(folder, record)
                self._set_aside(folder, RESULT_DAMAGED, problem)
        return None

    def current(self, instrument: str, block_id: str) -> StoredResult | None:
        """Give a block's current result, whole or not; None if it has none that can be read."""
        folder = self._workspace.current(instrument, block_id)
        if folder is None:
            return None
        try:
            return StoredResult(folder, read_record(folder))
        except StorageError:
            return None

    def has_unreadable(self, instrument: str, block_id: str) -> bool:
        """Tell whether a block has a result whose record cannot be read."""
        folder = self._workspace.current(instrument, block_id)
        return folder is not None and folder.is_dir()

    def problem(self, folder: Path, record: ProvenanceRecord) -> str:
        """Say what is wrong with the files of a result; empty if nothing is."""
        return next(filter(None, (self._wrong_with(folder, p) for p in record.products)), "")

    def _wrong_with(self, folder: Path, product: RecordedProduct) -> str:
        path = f"{folder}/{product.filename}"
        try:
            status = os.stat(path)  # noqa: PTH116 - asked for each product of a night
            if status.st_size != product.size_bytes:
                return f"{product.filename} has {status.st_size} bytes, not {product.size_bytes}"
            if status.st_mtime_ns == product.modified_ns:
                return ""
            if self._digests.of(path) != product.sha256:
                return f"{product.filename} does not hold what it held"
        except FileNotFoundError:
            return f"{product.filename} is gone"
        except (OSError, DfsError) as error:
            return f"{product.filename} cannot be read: {error}"
        return ""

    def _candidates(self, instrument: str, block_id: str, beginning: str) -> Iterator[Path]:
        current = self._workspace.current(instrument, block_id)
        if current is not None and current.name.startswith(beginning) and current.is_dir():
            yield current
        try:
            others = sorted(self._workspace.results(instrument, block_id).iterdir())
        except OSError:
            return
        yield from (p for p in others if p.name.startswith(beginning) and p != current)

    def _read(self, folder: Path) -> ProvenanceRecord | None:
        try:
            return read_record(folder)
        except StorageError as error:
            self._set_aside(folder, PROVENANCE_DAMAGED, error.detail)
            return None

    def _set_aside(self, folder: Path, code: ErrorCode, problem: str) -> None:
        if self._only_look:
            return
        try:
            there = self._workspace.set_aside(folder)
        except StorageError as error:
            if folder.exists():
                raise
            self.troubles.append(f"{folder}: {problem}, and was gone: {error.detail} [{code}]")
            return
        shown = self._workspace.relative(folder)
        self.troubles.append(
            f"{shown}: {problem}; it is now {self._workspace.relative(there)} [{code}]"
        )
