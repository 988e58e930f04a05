"""What only the command line can find wrong."""

from __future__ import annotations

from dfs.foundation.errors import define

NO_WORKSPACE = define(
    "workspace.absent",
    "The folder is no workspace of DFS.",
    "Name the folder with --workspace; `dfs reduce --out DIR` makes one.",
)
