"""What files of a block must be, as far as their bytes tell."""

from __future__ import annotations

import re
import struct
from typing import Final

from dfs.foundation.errors import UserError
from dfs.preparation.errors import BAD_VALUE, CHART, FILE_NAME, FILE_SIZE

LARGEST: Final = 1 << 20
"""Bytes of the largest file, as the client's documentation says of charts."""
CHARTS: Final = 5
"""Most finding charts of a block, ditto."""
_LARGEST_IMAGE: Final = 25_000_000
_PAF_NAME: Final = re.compile(r'^PAF\.NAME\s+"([^"]*)"', re.MULTILINE)


def read_file_name(name: str) -> str:
    """Check the name of a file, which must not lead anywhere.

    Raises
    ------
    UserError
        ``preparation.file-name``.
    """
    problem = ""
    if not name.strip() or name in {".", ".."}:
        problem = "it is empty"
    elif "/" in name or "\\" in name:
        problem = "it names a folder"
    elif len(name) > 128 or not name.isprintable():
        problem = "it is too long, or has characters that cannot be printed"
    if problem:
        raise UserError(FILE_NAME, problem, where="name")
    return name


def check_size(content: bytes) -> None:
    """Insist that a file is not too large.

    Raises
    ------
    UserError
        ``preparation.file-size``.
    """
    if len(content) > LARGEST:
        raise UserError(FILE_SIZE, f"it has {len(content)} bytes, more than {LARGEST}")


def read_text(content: bytes) -> str:
    """Read a text file.

    Raises
    ------
    UserError
        ``preparation.file-size``, or ``preparation.value``: it is not UTF-8.
    """
    check_size(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(BAD_VALUE, f"byte {error.start} is not UTF-8", where="content") from error
    if "\0" in text:
        raise UserError(BAD_VALUE, "it is not text", where="content")
    return text


# ── Finding charts ──────────────────────────────────────────────────────────


def check_jpeg(content: bytes) -> None:
    """Look at the frame headers of a JPEG, so that nobody decodes a bomb.

    Raises
    ------
    UserError
        ``preparation.file-size``, or ``preparation.chart``: it is no JPEG, or has too many
        pixels.

    Notes
    -----
    Segments as ITU-T T.81 (1992), annex B.1.1, tells them.
    """
    check_size(content)
    if not content.startswith(b"\xff\xd8\xff"):
        raise UserError(CHART, "it does not begin as a JPEG does")
    position, frames = 2, 0
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            break
        marker = content[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        (length,) = struct.unpack_from(">H", content, position + 2)
        if marker == 0xDA and frames:  # start of scan: the header is over
            return
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            if position + 9 > len(content):
                break
            height, width = struct.unpack_from(">HH", content, position + 5)
            if not 0 < width * height <= _LARGEST_IMAGE:
                raise UserError(CHART, f"it has {width} × {height} pixels")
            frames += 1
        position += 2 + length
    raise UserError(CHART, "its headers are damaged")


# ── Parameter files ─────────────────────────────────────────────────────────


def shown_name(text: str, name: str) -> str:
    """Give what stands for a parameter file: its ``PAF.NAME``, else the file's name."""
    match = _PAF_NAME.search(text)
    return match[1] if match and match[1].strip() else name
