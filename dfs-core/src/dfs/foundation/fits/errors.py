"""What can be wrong with a FITS file, or with what somebody wants written into one."""

from __future__ import annotations

from dfs.foundation.errors import define

NOT_FITS = define(
    "fits.not-fits",
    "The file is not FITS.",
    "Move it out of the folder of frames, or ignore the message.",
)
UNREADABLE = define(
    "fits.unreadable",
    "The file cannot be opened or read.",
    "Check its permissions, and that it is a regular file and not a broken or circular link.",
)
TRUNCATED = define(
    "fits.truncated",
    "The file ends before its header or the pixels that its header promises.",
    "Fetch the file again; if it is so at the source, its NAXIS keywords are wrong.",
)
HEADER_TOO_LONG = define(
    "fits.header-too-long",
    "The header is longer than any real instrument's.",
    "Look at the file with another tool; DFS reads headers of at most 18 000 cards.",
)
TOO_LARGE = define(
    "fits.too-large",
    "A compressed file unpacks to more than DFS is willing to unpack.",
    "Unpack the file yourself if you trust it.",
)
BAD_COMPRESSION = define(
    "fits.bad-compression",
    "The compressed file is damaged.",
    "Fetch the file again.",
)
BAD_STRUCTURE = define(
    "fits.bad-structure",
    "The cards that give the size of the pixels are missing, misplaced or impossible.",
    "The writer of the file does not follow the FITS standard; report it to them.",
)
BAD_VALUE = define(
    "fits.bad-value",
    "A keyword's value is not one that FITS knows.",
    "Correct the card, or the program that wrote it.",
)
NON_ASCII = define(
    "fits.non-ascii",
    "A card holds a character that FITS does not allow.",
    "Correct the card: FITS headers hold printable ASCII only.",
)
BAD_KEYWORD = define(
    "fits.bad-keyword",
    "A keyword cannot be written as FITS.",
    "Use letters, digits, '-' and '_', with dots between the words of a long name.",
)
NO_SUCH_UNIT = define(
    "fits.no-such-unit",
    "The file has no header-data unit of that name or number.",
    "List the units of the file and name one of them.",
)
NOT_AN_IMAGE = define(
    "fits.not-an-image",
    "The header-data unit holds no two-dimensional image.",
    "Name a unit that holds one.",
)
NOT_A_TABLE = define(
    "fits.not-a-table",
    "The header-data unit holds no binary table.",
    "Name a unit that holds one.",
)
