"""Codes of tracing's errors."""

from __future__ import annotations

from dfs.foundation.errors import define

UNKNOWN_PRODUCT = define(
    "trace.unknown-product",
    "There is no file and no product of this name.",
    "Give the path of a FITS file, or a product's id as `dfs reduce --json` tells it; "
    "--workspace names the folder that holds its record.",
)
AMBIGUOUS_PRODUCT = define(
    "trace.ambiguous-product",
    "More than one product is so called.",
    "Give more of the id, or the path of the file.",
)
NOT_ON_RECORD = define(
    "trace.not-on-record",
    "A step cannot be written down, because too little is known of it.",
    "Keep the product in its workspace, or give with --workspace the one that made it.",
)
NOT_WRITABLE_IN_SET = define(
    "trace.unusual-path",
    "A path holds characters that no set of frames can hold.",
    "Rename the file, and reduce it again.",
)
SCRIPT_FOLDER = define(
    "usage.script-folder",
    "The folder for the script is not empty.",
    "Name a new folder with --script; nothing is ever replaced.",
)
