"""Rule text as the parser sees it, and the way back to what the author wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dfs.foundation.errors import ErrorCode, UserError
from dfs.organiser import errors
from dfs.organiser.rules.syntax import Position

__all__ = ["Comment", "Edit", "Line", "Reader", "Source", "fault", "read_text"]

Reader = Callable[[Path], str]
"""Gives the text of a file, as `read_text` does."""

EXCERPT_WIDTH = 100
"""Longest excerpt of a line in a message, characters."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A macro's use in a line: columns, from 0, in the author's line and in the code."""

    written: int
    written_end: int
    expanded: int
    expanded_end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code with its origin.

    Parameters
    ----------
    code : what the parser reads: comments blank, macros expanded.
    text : what the author wrote.
    file, number : where the author wrote it.
    edits : uses of macros, left to right.
    """

    code: str
    text: str
    file: str
    number: int
    edits: tuple[Edit, ...] = ()

    def written_column(self, expanded: int) -> int:
        """Column, from 0, of the author's line, for one of the code."""
        shift = 0
        for edit in self.edits:
            if expanded < edit.expanded:
                break
            if expanded < edit.expanded_end:
                return edit.written
            shift = edit.written_end - edit.expanded_end
        return expanded + shift

    def expanded_column(self, written: int) -> int:
        """Column, from 0, of the code, for one of the author's line."""
        shift = 0
        for edit in self.edits:
            if written < edit.written_end:
                break
            shift = edit.expanded_end - edit.written_end
        return written + shift


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its delimiters and its offset in the code."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Code for the parser.

    Parameters
    ----------
    lines : lines of code with their origins.
    comments : comments in order of offset.
    has_directives : a preprocessor line was obeyed, so the code is not the file's text.
    """

    lines: Sequence[Line]
    comments: tuple[Comment, ...]
    has_directives: bool

    @property
    def code(self) -> str:
        """The whole text for the parser."""
        return "\n".join(line.code for line in self.lines)

    def position(self, line: int, column: int) -> Position:
        """Place in the author's file, for a place in the code; both count from 1."""
        origin = self.lines[line - 1]
        return Position(origin.file, origin.number, origin.written_column(column - 1) + 1)

    def fault(self, message: str, line: int, column: int) -> UserError:
        """Make a syntax error for a place in the code; lines and columns count from 1."""
        place = self.position(line, column)
        return fault(errors.RULES_SYNTAX, message, place, self.lines[line - 1].text)


def fault(code: ErrorCode, message: str, place: Position, text: str) -> UserError:
    """Make an error that shows the line and points at the column."""
    start = max(0, min(place.column - EXCERPT_WIDTH // 2, len(text) - EXCERPT_WIDTH))
    excerpt = text[start : start + EXCERPT_WIDTH]
    # Tabs are repeated so that the caret stands below its character.
    pad = "".join("\t" if char == "\t" else " " for char in text[start : place.column - 1])
    pad += " " * max(0, place.column - 1 - len(text))
    return UserError(code, f"{message}\n  {excerpt}\n  {pad}^", where=str(place))


def read_text(path: Path) -> str:
    """Read a text file in UTF-8 or, failing that, Latin-1.

    Raises
    ------
    UserError
        ``rules.unreadable`` or ``rules.not-text``.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or str(cause)
        raise UserError(errors.RULES_UNREADABLE, reason, where=str(path)) from cause
    if b"\0" in data:
        raise UserError(errors.RULES_NOT_TEXT, "the file holds binary data", where=str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
