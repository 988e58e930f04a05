"""What files hold: digests of their bytes, and of what of a product outlives its making."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Final

from dfs.foundation.files import NOT_READABLE, sha256_file, storage_error
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.sources import open_source
from dfs.foundation.fits.structure import units
from dfs.reduction.model import FileDigest, FileState

__all__ = ["digest_files", "digest_product", "file_state"]

_FITS: Final = b"SIMPLE  ="
_STRIP_BYTES: Final = 1 << 20

_PASSING: Final = re.compile(
    r"DATE|PIPEFILE|CHECKSUM|DATASUM|DATAMD5"
    r"|PRO\.DFS\..*"
    r"|PRO\.REC\d+\.(?:START|STOP|DRS\.ID|PIPE\.ID|(?:RAW|CAL)\d+\.(?:NAME|SHA256|DATAMD5))"
)
"""Keywords of a product that tell of this very run, not of what came out of it."""


def file_state(path: str) -> FileState:
    """Give what tells, without reading it, whether a file has changed.

    Raises
    ------
    StorageError
        ``storage.not-readable``.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - asked for each frame of a night
    except OSError as error:
        raise storage_error(error, path, NOT_READABLE) from error
    return FileState(status.st_size, status.st_mtime_ns, status.st_ino)


def digest_files(paths: Sequence[str]) -> tuple[tuple[str, FileState, str], ...]:
    """Give state and SHA-256 of files, with their paths; what an engine runs.

    Raises
    ------
    StorageError
        ``storage.not-readable``.
    """
    # The state is that of before: if the file changes meanwhile, its digest is not trusted.
    return tuple((path, file_state(path), sha256_file(path)) for path in paths)


def digest_product(path: Path) -> FileDigest:
    """Digest a product twice while it is read once: all its bytes, and what lasts of them.

    What lasts of a FITS file are the data of every unit and the keywords that do not
    tell of this run (time, machine, checksums, where its inputs lay), so that a product
    that was made again alike has the same content. Of any other file all bytes last.

    Raises
    ------
    UserError
        ``fits.…``: it is a FITS file, and damaged.
    StorageError
        ``storage.not-readable``.
    """
    try:
        with path.open("rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            size = status.st_size
            whole, content = hashlib.sha256(), hashlib.sha256()
            if file.read(len(_FITS)) != _FITS:
                file.seek(0)
                _feed(file, size, whole, content)
                return FileDigest(whole.hexdigest(), content.hexdigest(), size, status.st_mtime_ns)
            file.seek(0)
            for unit in units(open_source(path)):
                _feed(file, unit.data_offset - file.tell(), whole)
                content.update(_lasting(unit.cards, str(path)))
                _feed(file, unit.data_size, whole, content)
            _feed(file, size - file.tell(), whole)
    except OSError as error:
        raise storage_error(error, path, NOT_READABLE) from error
    return FileDigest(whole.hexdigest(), content.hexdigest(), size, status.st_mtime_ns)


def _feed(file: FileIO, size: int, *digests: hashlib._Hash) -> None:
    buffer = memoryview(bytearray(min(size, _STRIP_BYTES)))
    while size > 0 and (read := file.readinto(buffer[:size])):
        for digest in digests:
            digest.update(buffer[:read])
        size -= read


def _lasting(cards: bytes, where: str) -> bytes:
    # What is wrong with a card is for those who need it to say.
    header = read_cards(cards, None, where=where, problems=[])
    kept = {keyword: value for keyword, value in header.items() if not _PASSING.fullmatch(keyword)}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode("ascii")
