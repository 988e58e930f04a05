"""Codes of comparison's errors."""

from __future__ import annotations

from dfs.foundation.errors import define

NOTHING_TO_COMPARE = define(
    "compare.nothing",
    "A folder holds nothing that could be compared.",
    "Name two FITS files, two folders with FITS files, or two workspaces of 'dfs reduce'.",
)
FILE_AND_FOLDER = define(
    "usage.file-and-folder",
    "A file cannot be compared with a folder.",
    "Name two FITS files, or two folders.",
)
