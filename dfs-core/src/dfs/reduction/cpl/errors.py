"""What can go wrong with recipes of the Common Pipeline Library, as codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dfs.foundation.errors import ErrorCode, define

# ── What is installed ───────────────────────────────────────────────────────

MISSING = define(
    "cpl.missing",
    "The program esorex, which runs CPL recipes, is not there.",
    "Install it (Debian: apt-get install esorex), or name it in reduction.esorex; native "
    "recipes run without it, --runner native.",
)
TOO_OLD = define(
    "cpl.too-old",
    "The installed esorex does not describe recipes in the way that DFS reads.",
    "Install a newer one, or name it in reduction.esorex.",
)
BROKEN = define(
    "cpl.broken",
    "The program esorex does not work, or does not answer as it should.",
    "Run `esorex --params` by hand and put right what it complains of.",
)
NO_PIPELINE = define(
    "cpl.no-pipeline",
    "The pipeline that brings a CPL recipe is not installed.",
    "Install it (Debian: apt-get install cpl-plugin-NAME), or name its folder in "
    "reduction.cpl_plugins; `dfs recipe discover` lists those that are there.",
)

NOT_INSTALLED: Final = (MISSING, TOO_OLD, BROKEN, NO_PIPELINE)
"""Why no CPL recipe can run, whatever its frames are."""

# ── What a recipe said: its exit code is CPL's error code ───────────────────

FAILED = define(
    "cpl.failed",
    "The CPL recipe ended with an error.",
    "The block's log holds all that it said; its pipeline's manual may know the error.",
)
FILE = define(
    "cpl.file",
    "The CPL recipe could not read or write a file.",
    "Look at the file that the message names, and at the room on the disk.",
)
MISSING_INPUT = define(
    "cpl.missing-input",
    "Something that the CPL recipe needs, a static table or another calibration, is not "
    "in its set of frames, or a keyword is not in their headers.",
    "Add what the message names to the folder of frames, or to the plugin's rules; "
    "`dfs recipe discover PIPELINE.RECIPE` says what the recipe takes.",
)
ILLEGAL_INPUT = define(
    "cpl.illegal-input",
    "The CPL recipe does not accept its frames or parameters, or they do not match.",
    "The block's log says which; look at the frames, their tags and their headers.",
)
TYPE_MISMATCH = define(
    "cpl.type-mismatch",
    "A keyword or a column has another type than the CPL recipe wants.",
    "CPL is strict: a keyword that it reads as a number with a fraction must be written "
    "with a decimal point. Correct the program that wrote the file.",
)
NO_SOLUTION = define(
    "cpl.no-solution",
    "A numerical method of the CPL recipe found no solution.",
    "Look at the frames, which may hold too little light or too few lines.",
)
OPTIONS = define(
    "cpl.options",
    "The program esorex refused its options or the recipe's parameters.",
    "Correct the parameter that the message names; if it is none of yours, report it.",
)

# ── What it made ────────────────────────────────────────────────────────────

DAMAGED_PRODUCT = define(
    "cpl.damaged-product",
    "A product of the CPL recipe is no whole FITS file.",
    "Look for a crash or a full disk in the block's log, and run the block again.",
)
WRONG_CATEGORY = define(
    "cpl.wrong-category",
    "The CPL recipe made a product of a category that its declaration does not have.",
    "Correct the plugin: declare the category, or map it in the recipe's `categories`.",
)

BY_EXIT_CODE: Final[Mapping[int, ErrorCode]] = {
    **dict.fromkeys((5, 6, 7, 8, 9), FILE),
    10: MISSING_INPUT,
    **dict.fromkeys((11, 12, 13, 14), ILLEGAL_INPUT),
    **dict.fromkeys((17, 18, 21), NO_SOLUTION),
    **dict.fromkeys((19, 20), TYPE_MISMATCH),
    **dict.fromkeys(range(250, 255), OPTIONS),
}
"""CPL 7's codes by their meaning, as ``cpl_error_get_message_default`` gives it:

5 read or write, 6 format, 7 already open, 8 not created, 9 not found; 10 data not
found; 11 beyond boundaries, 12 null, 13 do not match, 14 illegal input; 17 singular
matrix, 18 division by zero, 21 not converged; 19 and 20 types. Above 249 esorex itself
speaks. All others are told as they are.
"""
