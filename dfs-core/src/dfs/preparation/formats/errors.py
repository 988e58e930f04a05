"""What can be wrong with files of blocks."""

from __future__ import annotations

from dfs.foundation.errors import ErrorKind, define

OBX = define(
    "format.obx",
    "The file is no Observation Block as P2PP writes it.",
    "Each line is a keyword and a value in quotes; correct the line that the message names.",
)
DOCUMENT = define(
    "format.document",
    "The document is no block or container.",
    "Correct it where the message says; `dfs ob export` shows how one looks.",
)
ARCHIVE = define(
    "format.archive",
    "The ZIP file is none that was exported here, or is damaged.",
    "Export it again; nothing of it was imported.",
)
ARCHIVE_SIZE = define(
    "format.archive-size",
    "The ZIP file holds more than is taken.",
    "Export fewer blocks at a time; nothing of it was imported.",
    ErrorKind.TOO_LARGE,
)
TARGETS = define(
    "format.targets",
    "The list of targets cannot be read.",
    "It is a table, CSV or VOTable, with the columns name, ra and dec.",
)
