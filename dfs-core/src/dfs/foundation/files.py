"""Files that are either whole or absent, and what they are known by.

The order on disk is always the same: temporary file in the same folder → fsync →
rename → fsync folder. The caller commits its row after that.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dfs.foundation.errors import ErrorCode, StorageError, define

__all__ = [
    "DISK_FULL",
    "NOT_READABLE",
    "NOT_WRITABLE",
    "atomic_write",
    "fsync_folder",
    "replace_file",
    "sha256_file",
    "storage_error",
]

DISK_FULL = define(
    "storage.disk-full",
    "The disk is full, or the quota is used up.",
    "Free some space or name another output folder; nothing half-written was left behind.",
)
NOT_WRITABLE = define(
    "storage.not-writable",
    "A file could not be written.",
    "Check that the folder exists and that you may write to it.",
)
NOT_READABLE = define(
    "storage.not-readable",
    "A file could not be read.",
    "Check that the file exists and that you may read it.",
)

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_write(path: str | os.PathLike[str], *, fsync: bool = True) -> Iterator[BinaryIO]:
    """Write a file that appears under its name whole, or not at all.

    Parameters
    ----------
    path : final name; a file of that name is replaced. Its folder must exist.
    fsync : wait until the disk holds the file and its name. Without it the file
        is still never seen half-written by other processes, but a power cut
        may lose it.

    Yields
    ------
    BinaryIO
        Opened for reading and writing, seekable, with no name that others look for.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    target = Path(path)
    # Hidden and with a foreign suffix, so that a scan of the folder never takes it for a frame.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with temporary.open("x+b") as file:
                yield file
                file.flush()
                if fsync:
                    os.fsync(file.fileno())
            replace_file(temporary, target, fsync=fsync)
        except BaseException:
            with suppress(FileNotFoundError):
                temporary.unlink()
            raise
    except OSError as error:
        raise storage_error(error, target, NOT_WRITABLE) from error


def replace_file(
    source: str | os.PathLike[str], target: str | os.PathLike[str], *, fsync: bool = True
) -> None:
    """Give a file another name on the same disk; what had that name is gone.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    try:
        Path(source).replace(target)
        if fsync:
            fsync_folder(Path(target).parent)
    except OSError as error:
        raise storage_error(error, Path(target), NOT_WRITABLE) from error


def fsync_folder(folder: str | os.PathLike[str]) -> None:
    """Wait until the disk holds the folder's list of names."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_file(path: str | os.PathLike[str]) -> str:
    """Digest a file's bytes; 64 hexadecimal digits.

    Raises
    ------
    StorageError
        ``storage.not-readable``.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise storage_error(error, Path(path), NOT_READABLE) from error


def storage_error(
    error: OSError, path: str | os.PathLike[str], otherwise: ErrorCode
) -> StorageError:
    """Say what the disk did: ``storage.disk-full``, or else the given code."""
    code = DISK_FULL if error.errno in _NO_SPACE else otherwise
    return StorageError(code, error.strerror or str(error), where=str(path))
