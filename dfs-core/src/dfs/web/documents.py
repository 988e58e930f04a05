"""What a JSON document may hold: nothing that no database or no other JSON reader takes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from dfs.foundation.errors import UserError
from dfs.web.errors import NOT_STORABLE

_SUSPICIOUS: Final = re.compile(
    rb"""\\u(0000|[dD][89a-fA-F])  # NUL, or half of a character beyond 16 bits
    | NaN | Infinity | [eE]\+?\d{3} | \d{309}  # what may be no finite number
    | \x00  # a document in UTF-16, in which the above is not seen
    """,
    re.VERBOSE,
)
"""What spells such values; hardly any document holds it, and is walked through."""


async def check_document(request: Request) -> None:
    """Refuse a document with a number that is none, or a text that cannot be kept.

    Raises
    ------
    UserError
        It holds one; names the field.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return
    if not _SUSPICIOUS.search(await request.body()):
        return
    try:
        document = await request.json()
    except (ValueError, RecursionError):
        return  # The route does not read it, or it would have been refused before.
    await run_in_threadpool(_check, document)


def _check(document: Any) -> None:
    for where, value in _leaves(document):
        if problem := _problem(value):
            raise UserError(NOT_STORABLE, problem, where=where)


def _problem(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "it is not a finite number"
    if isinstance(value, str):
        if "\x00" in value:
            return "it contains the character NUL"
        if any("\ud800" <= character <= "\udfff" for character in value):
            return "it contains half a character"
    return ""


def _leaves(document: Any) -> Iterator[tuple[str, Any]]:
    """Give every name and value, with its place; deep documents need no deep stack."""
    waiting = [("", document)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, dict):
            for name, part in value.items():
                yield where, name
                waiting.append((f"{where}.{name}" if where else name, part))
        elif isinstance(value, list):
            waiting += [(f"{where}[{number}]", part) for number, part in enumerate(value)]
        else:
            yield where, value
