"""A folder that appears whole, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from dfs.foundation.errors import StorageError
from dfs.foundation.files import NOT_WRITABLE, atomic_write, fsync_folder, replace_file

__all__ = ["write_folder"]


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder with these files; a folder of that name is replaced.

    Parameters
    ----------
    folder : final name; the folders above it are made.
    files : contents by name.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``; what was there is still there.
    """
    token = secrets.token_hex(4)
    new = folder.with_name(f".{folder.name}.{token}.part")
    old = folder.with_name(f".{folder.name}.{token}.old")
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            with atomic_write(new / name) as file:
                file.write(content)
        fsync_folder(new)
        if folder.is_dir():
            # A folder cannot be renamed onto one with content, hence two steps.
            replace_file(folder, old)
        replace_file(new, folder)
    except OSError as error:
        raise StorageError(
            NOT_WRITABLE, error.strerror or str(error), where=os.fspath(folder)
        ) from error
    finally:
        if old.is_dir() and not folder.exists():
            old.replace(folder)
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
