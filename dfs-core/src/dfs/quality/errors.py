"""Codes of quality control's errors."""

from __future__ import annotations

from dfs.foundation.errors import define

NO_WORKSPACE = define(
    "qc.no-workspace",
    "The folder is no workspace: it holds no database.",
    "Name the folder that 'dfs reduce' wrote to with --workspace, or reduce something first.",
)
UNKNOWN_TARGET = define(
    "qc.unknown-target",
    "No block or product of that name has a measurement.",
    "Give the beginning of a block's id, a product's id or its path; "
    "'dfs qc show' without an argument lists them all.",
)
AMBIGUOUS_TARGET = define(
    "qc.ambiguous-target",
    "More than one block's id begins so.",
    "Give more letters of the id.",
)
