"""Why a rule text was refused, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dfs.foundation.errors import UserError
from dfs.organiser.rules.source import Source

if TYPE_CHECKING:
    from lark import Token
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

__all__ = ["WORDS", "glued_word", "refusal"]

WORDS = tuple(
    """
    action and as between by calibFiles cluster else execute file from group if inputFiles is like
    maxRet minRet not or priority product rawFiles recipe regexp select string then tryBetween
    undefined where
    """.split()  # noqa: SIM905 - a list a person can read
)
"""Words of the language."""

_NAMED = {
    "STRING": "a string in quotes",
    "NUMBER": "a number",
    "LOGICAL": "T or F",
    "KEYWORD": "a keyword",
    "NAME": "a name",
    "COMPARATOR": "a comparison",
    "SET": "inputFiles, calibFiles or rawFiles",
    "CARD": "'minRet', 'maxRet'",
    "UNDEFINED": "'undefined'",
    "STRING_TYPE": "'string'",
    "TRY_BETWEEN": "'tryBetween'",
    "_NOT": "'not'",
    "_SEMICOLON": "';'",
    "_COMMA": "','",
    "_LBRACE": "'{'",
    "_RBRACE": "'}'",
    "_LPAR": "'('",
    "_RPAR": "')'",
    "_ASSIGN": "'='",
    "PLUS": "'+'",
    "MINUS": "'-'",
    "TIMES": "'*'",
    "DIVIDE": "'/'",
    "$END": "the end of the file",
}
_VALUE = frozenset({"STRING", "NUMBER", "LOGICAL", "KEYWORD", "_LPAR", "MINUS", "PLUS", "_NOT"})
_OPERATORS = frozenset(
    {"COMPARATOR", "LIKE", "REGEXP", "BETWEEN", "TRY_BETWEEN", "_IS", "PLUS", "MINUS", "TIMES"}
    | {"DIVIDE"}
)
_OPERAND_ENDS = frozenset({"STRING", "NUMBER", "LOGICAL", "KEYWORD", "NAME", "_RPAR"})
_GLUED = re.compile(r"[A-Z0-9_](and|or|then|like|regexp|where|between|is|group|not)$")


def glued_word(name: str) -> str:
    """Word of the language into which a name runs, as in ``DET.WIN1.BINXand``; else empty."""
    found = _GLUED.search(name)
    return found[1] if found else ""


def refusal(refused: UnexpectedInput, source: Source) -> UserError:
    """Turn lark's refusal into an error for the author."""
    from lark import exceptions

    if isinstance(refused, exceptions.UnexpectedToken):
        return _unexpected_token(refused, source)
    if isinstance(refused, exceptions.UnexpectedCharacters):
        return _unexpected_character(refused, source)
    return source.fault("the text can't be read", refused.line, refused.column)


def _unexpected_token(refused: UnexpectedToken, source: Source) -> UserError:
    token: Token = refused.token
    expected = set(refused.accepts or refused.expected)
    before: Token | None = refused.token_history[-1] if refused.token_history else None
    at_end = token.type == "$END"
    if before is not None and before.type in {"KEYWORD", "NAME"} and (word := glued_word(before)):
        message = f"{before!s:.60} runs into the word '{word}': a blank is missing"
        return source.fault(message, before.line or 1, before.column or 1)
    line, column = token.line or 1, token.column or 1
    if at_end:
        line = len(source.lines)
        column = len(source.lines[-1].code) + 1
    found = "the file ends" if at_end else f"found {str(token)[:60]!r}"
    hint = _hint(token, expected)
    if (
        before is not None
        and before.type in _OPERAND_ENDS
        and (at_end or (before.end_line or 1) < line)
    ):
        # What is missing belongs behind the last thing understood, not on a later line.
        line, column = before.end_line or 1, before.end_column or 1
    return source.fault(f"{found}, expected {_in_words(expected)}{hint}", line, column)


def _unexpected_character(refused: UnexpectedCharacters, source: Source) -> UserError:
    line, column = refused.line, refused.column
    char = source.lines[line - 1].code[column - 1 : column] or "the end of the line"
    expected: set[str] = refused.interactive_parser.accepts()  # type: ignore[no-untyped-call]
    if char in "\"'" and not ({"STRING"} & expected and _closed(source, line, column)):
        return source.fault("the string that begins here does not end on its line", line, column)
    found = f"found {char!r}"
    return source.fault(f"{found}, expected {_in_words(expected)}", line, column)


def _closed(source: Source, line: int, column: int) -> bool:
    code = source.lines[line - 1].code
    return code[column - 1] in code[column:]


def _hint(token: Token, expected: set[str]) -> str:
    if token == "=" and "COMPARATOR" in expected:
        return "; '=' assigns, '==' compares"
    if token == "=" and expected >= _VALUE - {"_NOT"}:
        return "; '==' compares, '=' assigns"
    if token == "==" and "_ASSIGN" in expected:
        return "; '==' compares, '=' assigns"
    meant = [word for word in WORDS if word.lower() == str(token).lower() and word != token]
    if meant:
        return f"; is '{meant[0]}' meant? Words of the language keep their case"
    return ""


def _in_words(expected: Iterable[str]) -> str:
    names = set(expected)
    parts: list[str] = []
    if {"STRING", "NUMBER", "KEYWORD"} <= names:
        parts.append("a value")
        names -= _VALUE
    if "COMPARATOR" in names:
        parts.append("a comparison")
    # What is possible but helps nobody is left out.
    names = names - _OPERATORS or names
    if names & {"_RBRACE", "_IF"}:
        names.discard("_SEMICOLON")
    elif "_SEMICOLON" in names:
        return _NAMED["_SEMICOLON"]
    parts += sorted(_NAMED.get(name) or f"'{name.strip('_').lower()}'" for name in names)
    if len(parts) > 1:
        return f"{', '.join(parts[:-1])} or {parts[-1]}"
    return parts[0] if parts else "nothing more"
