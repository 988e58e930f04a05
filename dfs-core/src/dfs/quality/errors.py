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
OTHER_CONTENT = define(
    "qc.other-content",
    "The file is not the product that is on record.",
    "Name the product by its id, or name the file below products/ in the workspace.",
)
REASON_NEEDED = define(
    "qc.reason-needed",
    "The decision needs a reason.",
    "Give one with --reason.",
)
NOTHING_TO_REVOKE = define(
    "qc.nothing-to-revoke",
    "The product is neither certified nor rejected.",
    "'dfs qc certificates' lists the decisions on record.",
)
NOT_RECORDED = define(
    "qc.not-recorded",
    "The decision could not be written to the workspace's database.",
    "Free some space on the disk, or make the folder writable, and decide again.",
)
NOBODY = define(
    "qc.nobody",
    "Nobody knows who decides.",
    "Give a name with --by.",
)
UNKNOWN_SERIES = define(
    "qc.unknown-series",
    "No series of measurements is so called.",
    "'dfs qc list' lists the series on record.",
)
SEVERAL_SERIES = define(
    "qc.several-series",
    "More than one series of measurements is so called.",
    "Choose one with --instrument, --recipe, --category and --setup KEY=VALUE.",
)
NOT_KEY_VALUE = define(
    "qc.not-key-value",
    "An option of a set-up keyword is not KEY=VALUE.",
    "Write it like --setup DET.READ.SPEED=fast.",
)
PLOT_FORMAT = define(
    "qc.plot-format",
    "No plot can be written in that format.",
    "Name a file that ends in .png or .svg.",
)
