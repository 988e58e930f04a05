"""Headers of many files as one compact document, and back.

Frames that follow each other in a folder differ in few keywords. Kept as what differs
from the frame before, ten thousand headers are decoded in less time than it takes to
ask the disk whether their files have changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from pydantic_core import from_json

from dfs.plugin import Header, HeaderValue

__all__ = ["Entry", "Refusal", "State", "decode", "encode"]

State: TypeAlias = tuple[int, int, int]
"""Size in bytes, mtime in ns and inode of a file; while they are equal, so is the header."""


class Refusal(NamedTuple):
    """Why a file has no header: an error's code and detail."""

    code: str
    detail: str


Entry: TypeAlias = tuple[str, State, Header | Refusal]
"""Name of a file in its folder, its state, and what was read."""

_Difference: TypeAlias = dict[str, HeaderValue | None]
"""Keywords with new values; None for a keyword that is not there any more."""


def encode(entries: Iterable[Entry]) -> bytes:
    """Put entries into one document; the smaller, the closer they are in time."""
    names: list[str] = []
    states: list[State] = []
    differences: list[_Difference] = []
    refused: list[tuple[str | int, ...]] = []
    last: Header = {}
    for name, state, result in entries:
        if isinstance(result, Refusal):
            refused.append((name, *state, *result))
            continue
        names.append(name)
        states.append(state)
        differences.append(_difference(last, result))
        last = result
    document = {
        "names": names,
        "states": list(zip(*states, strict=True)),
        "differences": differences,
        "refused": refused,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def decode(document: bytes) -> Iterator[Entry]:
    """Take a document apart."""
    content = from_json(document)
    header: dict[str, Any] = {}
    differences: list[dict[str, Any]] = content["differences"]
    states = zip(*content["states"], strict=True)
    for name, state, difference in zip(content["names"], states, differences, strict=True):
        header = header | difference
        if None in difference.values():
            header = {keyword: value for keyword, value in header.items() if value is not None}
        yield name, state, header
    for name, size, mtime, inode, code, detail in content["refused"]:
        yield name, (size, mtime, inode), Refusal(code, detail)


def _difference(before: Header, after: Header) -> _Difference:
    # 1, 1.0 and T are different values although Python calls them equal.
    changed: _Difference = {
        keyword: value
        for keyword, value in after.items()
        if keyword not in before
        or before[keyword] != value
        or type(before[keyword]) is not type(value)
    }
    return changed | dict.fromkeys(before.keys() - after.keys())
