"""What can be wrong with runs."""

from __future__ import annotations

from dfs.foundation.errors import ErrorKind, define

DOCUMENT = define(
    "run.document",
    "The file of programmes and runs cannot be taken.",
    "Correct it where the message says; nothing of it was imported. docs/flow/runs.md "
    "describes the file.",
)
UNKNOWN_USER = define(
    "run.unknown-user",
    "A person of the programme has no account.",
    "Make one with `dfs user add`, or correct the name; nothing of the file was imported.",
)
CONTRADICTION = define(
    "run.contradiction",
    "A run is known already, with another instrument or mode.",
    "Give the run another designation: what was prepared for one instrument does not fit another.",
    ErrorKind.CONFLICT,
)
ABSENT = define(
    "run.absent",
    "There is no such run, or it is not yours.",
    "`dfs run list` shows the runs; a PI can delegate a run to others.",
    ErrorKind.ABSENT,
)
FORBIDDEN = define(
    "run.forbidden",
    "You may look at this run but not do this.",
    "Ask the PI to delegate the run to you, or the observatory for the right.",
    ErrorKind.FORBIDDEN,
)
