"""What stands before the grammar: comments, ``#include`` and ``#define``.

Rule sets of observatories are often kept as several headers that the C
preprocessor joins. The part of it that they use is done here, so that a message
names the file and the line that the author wrote.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from dfs.foundation.errors import ErrorCode, UserError
from dfs.organiser import errors
from dfs.organiser.rules.source import Comment, Edit, Line, Reader, Source, fault, read_text
from dfs.organiser.rules.syntax import Position

__all__ = ["preprocess"]

DIRECTIVES = ("include", "define", "undef", "ifdef", "ifndef", "else", "endif", "if", "elif")

MAX_EXPANSION = 100_000
"""Longest text that a macro may become, characters: macros of macros can grow without end."""

_STRINGS_AND_COMMENTS = re.compile(
    r"""(?P<string>"[^"\n]*"|'[^'\n]*')|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<open>/\*)""", re.DOTALL
)
_DIRECTIVE = re.compile(r"\s*#\s*(?P<word>[A-Za-z]\w*)\s*(?P<rest>.*)")
_DEFINITION = re.compile(r"(?P<name>[A-Za-z_]\w*)(?P<call>\()?\s*(?P<body>.*)")
_INCLUDED = re.compile(r"""["'<](?P<name>[^"'<>]+)["'>]\s*;?\s*$""")
_MACRO_TOKEN = re.compile(r""""[^"\n]*"|'[^'\n]*'|(?P<name>[A-Za-z_]\w*)""")


def preprocess(text: str, filename: str, *, read: Reader = read_text) -> Source:
    """Prepare rule text for the parser.

    Parameters
    ----------
    text : the rules.
    filename : where they come from; included files are looked for beside it.
    read : gives the text of an included file.

    Raises
    ------
    UserError
        ``rules.syntax`` for a comment that does not end, ``rules.directive``,
        ``rules.include``, or what ``read`` raises.
    """
    job = _Preprocessor(read)
    job.file(text, filename, ())
    starts = [0, *accumulate(len(line.code) + 1 for line in job.lines)]
    comments = tuple(
        Comment(starts[index] + job.lines[index].expanded_column(column), text)
        for index, column, text in job.comments
    )
    return Source(job.lines, comments, job.has_directives)


@dataclass(slots=True)
class _Preprocessor:
    read: Reader
    lines: list[Line] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    macros: dict[str, str] = field(default_factory=dict)
    has_directives: bool = False

    def file(self, text: str, filename: str, including: tuple[Path, ...]) -> None:
        """Append a file's lines, obeying its directives."""
        _File(self, filename, including).run(text)

    def expand(self, code: str) -> tuple[str, tuple[Edit, ...]]:
        """Replace macros in a line of code."""
        if not self.macros:
            return code, ()
        parts: list[str] = []
        edits: list[Edit] = []
        end = length = 0
        for found in _MACRO_TOKEN.finditer(code):
            name = found["name"]
            if name is None or name not in self.macros:
                continue
            parts += (code[end : found.start()], body := self._expanded(name, frozenset()))
            start = length + found.start() - end
            length = start + len(body)
            end = found.end()
            edits.append(Edit(found.start(), end, start, length))
        return "".join(parts) + code[end:], tuple(edits)

    def _expanded(self, name: str, hidden: frozenset[str]) -> str:
        # As in C, a macro is not expanded again within its own expansion.
        hidden |= {name}

        def replace(found: re.Match[str]) -> str:
            inner = found["name"]
            if inner is None or inner in hidden or inner not in self.macros:
                return found.group()
            return self._expanded(inner, hidden)

        text = _MACRO_TOKEN.sub(replace, self.macros[name])
        if len(text) > MAX_EXPANSION:
            raise _ExpansionError(f"macro {name} becomes longer than {MAX_EXPANSION} characters")
        return text


class _ExpansionError(Exception):
    """A macro grew too long."""


class _File:
    """One file's pass through the preprocessor."""

    def __init__(self, job: _Preprocessor, filename: str, including: tuple[Path, ...]) -> None:
        self.job = job
        self.filename = filename
        self.path = Path(filename)
        self.including = (*including, self.path.resolve())
        self.written: list[str] = []
        self.conditions: list[tuple[bool, int]] = []
        """Open ``#ifdef``: whether its lines count, and its line number."""

    def run(self, text: str) -> None:
        text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
        self.written = text.split("\n")
        code, comments = self._blank_comments(text)
        remaining = iter(enumerate(code.split("\n"), 1))
        for number, line in remaining:
            if line.lstrip().startswith("#"):
                body, last = line, number
                while body.endswith("\\"):
                    last, more = next(remaining, (last, ""))
                    body = f"{body[:-1]} {more}"
                self._hash_line(number, body, comments)
                for _ in range(number + 1, last + 1):
                    self._emit("", last)
            elif self._active:
                for column, comment in comments.get(number, ()):
                    self.job.comments.append((len(self.job.lines), column, comment))
                self._emit(line, number)
            else:
                self._emit("", number)
        if self.conditions:
            _, opened = self.conditions[-1]
            raise self._fault(errors.RULES_DIRECTIVE, "#endif is missing for this line", opened, 0)

    @property
    def _active(self) -> bool:
        return all(holds for holds, _ in self.conditions)

    def _emit(self, code: str, number: int) -> None:
        try:
            expanded, edits = self.job.expand(code)
        except _ExpansionError as cause:
            raise self._fault(errors.RULES_DIRECTIVE, str(cause), number, 0) from cause
        written = self.written[number - 1]
        self.job.lines.append(Line(expanded, written, self.filename, number, edits))

    def _blank_comments(self, text: str) -> tuple[str, dict[int, list[tuple[int, str]]]]:
        """Replace comments by blanks of their size, and list them by line number."""
        comments: dict[int, list[tuple[int, str]]] = {}
        parts: list[str] = []
        end = 0
        number, line_start = 1, 0
        for found in _STRINGS_AND_COMMENTS.finditer(text):
            if found["string"] is not None:
                continue
            start = found.start()
            number += text.count("\n", end, start)
            line_start = text.rfind("\n", 0, start) + 1
            if found["open"] is not None:
                message = "the comment that begins here does not end: '*/' is missing"
                raise self._fault(errors.RULES_SYNTAX, message, number, start - line_start)
            comment = found.group()
            comments.setdefault(number, []).append((start - line_start, comment.rstrip()))
            parts += (text[end:start], re.sub(r"[^\n]", " ", comment))
            end = found.end()
            number += comment.count("\n")
        return "".join(parts) + text[end:], comments

    # --- lines that begin with '#' ---

    def _hash_line(
        self, number: int, line: str, comments: dict[int, list[tuple[int, str]]]
    ) -> None:
        found = _DIRECTIVE.fullmatch(line)
        word = found["word"] if found else ""
        if word not in DIRECTIVES:
            self._decoration(number, line, word)
            for column, comment in comments.get(number, ()):
                self.job.comments.append((len(self.job.lines) - 1, column, comment))
            return
        self.job.has_directives = True
        included_at = len(self.job.lines)
        rest = found["rest"].strip() if found else ""
        column = line.index("#")
        match word:
            case "ifdef" | "ifndef":
                holds = (rest.split()[0] in self.job.macros) if rest else False
                self.conditions.append((holds == (word == "ifdef"), number))
            case "else" | "endif" if not self.conditions:
                message = f"#{word} without #ifdef"
                raise self._fault(errors.RULES_DIRECTIVE, message, number, column)
            case "else":
                holds, opened = self.conditions.pop()
                self.conditions.append((not holds, opened))
            case "endif":
                self.conditions.pop()
            case _ if not self._active:
                pass
            case "define":
                self._define(rest, number, column)
            case "undef":
                self.job.macros.pop(rest, None)
            case "include":
                self._include(rest, number, column)
            case _:
                message = f"#{word} is not understood: only #ifdef and #ifndef are"
                raise self._fault(errors.RULES_DIRECTIVE, message, number, column)
        if len(self.job.lines) == included_at:
            self._emit("", number)

    def _decoration(self, number: int, line: str, word: str) -> None:
        """Take any other line with '#' as a comment, unless it is a slip of the pen."""
        if self._active:
            meant = difflib.get_close_matches(word, DIRECTIVES, 1, 0.75)
            column = line.index("#")
            if meant:
                message = f"#{word} is not understood; is #{meant[0]} meant?"
                raise self._fault(errors.RULES_DIRECTIVE, message, number, column)
            self.job.comments.append((len(self.job.lines), column, f"//{line[column + 1 :]}"))
        self._emit("", number)

    def _define(self, rest: str, number: int, column: int) -> None:
        found = _DEFINITION.fullmatch(rest)
        if found is None:
            message = "#define needs a name: #define NAME text"
            raise self._fault(errors.RULES_DIRECTIVE, message, number, column)
        if found["call"]:
            message = f"macro {found['name']} takes arguments; only plain macros are understood"
            raise self._fault(errors.RULES_DIRECTIVE, message, number, column)
        self.job.macros[found["name"]] = found["body"].strip()

    def _include(self, rest: str, number: int, column: int) -> None:
        found = _INCLUDED.match(rest)
        if found is None:
            message = '#include needs a file name in quotes: #include "file"'
            raise self._fault(errors.RULES_DIRECTIVE, message, number, column)
        path = self.path.parent / found["name"]
        if path.resolve() in self.including:
            message = f"{found['name']} includes itself"
            raise self._fault(errors.RULES_INCLUDE, message, number, column)
        try:
            text = self.job.read(path)
        except UserError as cause:
            message = f"{found['name']} can't be included: {cause.detail}"
            raise self._fault(errors.RULES_INCLUDE, message, number, column) from cause
        self.job.file(text, str(path), self.including)

    def _fault(self, code: ErrorCode, message: str, number: int, column: int) -> UserError:
        place = Position(self.filename, number, column + 1)
        return fault(code, message, place, self.written[number - 1])
