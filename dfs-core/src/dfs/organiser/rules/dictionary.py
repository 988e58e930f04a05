"""Data-interface dictionaries: which keywords an observatory defines.

The format is a text file of records, ``Parameter Name:`` first, with a lower-case
``i`` (or ``j``, ``k``, ``n``) in a name where an index stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dfs.foundation.errors import UserError
from dfs.organiser import errors
from dfs.organiser.rules.source import Reader, read_text

__all__ = ["Dictionary", "Entry", "load_dictionaries", "parse_dictionary"]

_FIELD = re.compile(r"(?P<name>[A-Z][A-Za-z ]*?)\s*:\s*(?P<value>.*)")
_FIELDS = {
    "Class": "classes",
    "Context": "context",
    "Type": "type",
    "Value Format": "format",
    "Unit": "unit",
    "Comment Format": "comment",
    "Comment Field": "comment",
    "Description": "description",
}
_INDEX = re.compile(r"(?<=[A-Z0-9_])[ijkn](?![a-z])")


@dataclass(frozen=True, slots=True)
class Entry:
    """A keyword as a dictionary defines it.

    Parameters
    ----------
    name : dotted spelling, with ``i`` and the like where an index stands.
    classes : uses of the keyword, ``header|conf-log``.
    context : subsystem that owns it.
    type : ``string``, ``integer``, ``double`` or ``logical``.
    format : format of the value, as in C.
    unit : physical unit; empty if there is none.
    comment : text that follows the value in a header.
    description : what it means.
    """

    name: str
    classes: str = ""
    context: str = ""
    type: str = ""
    format: str = ""
    unit: str = ""
    comment: str = ""
    description: str = ""


@dataclass(frozen=True)
class Dictionary:
    """Keywords of one or several dictionaries, by name."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    @cached_property
    def _indexed(self) -> tuple[tuple[re.Pattern[str], Entry], ...]:
        return tuple(
            (re.compile(r"\d+".join(map(re.escape, _INDEX.split(name)))), entry)
            for name, entry in self.entries.items()
            if _INDEX.search(name)
        )

    @cached_property
    def categories(self) -> frozenset[str]:
        """First parts of hierarchical names, such as ``INS`` and ``DET``."""
        return frozenset(name.split(".")[0] for name in self.entries if "." in name)

    def find(self, keyword: str) -> Entry | None:
        """Give the entry of a keyword, index wildcards resolved; None if it has none."""
        exact = self.entries.get(keyword)
        if exact is not None:
            return exact
        return next((entry for form, entry in self._indexed if form.fullmatch(keyword)), None)


def parse_dictionary(text: str) -> dict[str, Entry]:
    """Read the records of a dictionary; the later of two of one name holds."""
    entries: dict[str, Entry] = {}
    record: dict[str, str] = {}
    current = ""

    def close() -> None:
        if "name" in record:
            values = {key: value.strip() for key, value in record.items()}
            entries[values["name"]] = Entry(**values)

    for line in text.splitlines():
        if line.startswith("#"):
            continue
        found = _FIELD.match(line)
        if found and found["name"] == "Parameter Name":
            close()
            record = {"name": ".".join(found["value"].split())}
            current = ""
        elif found and found["name"] in _FIELDS:
            current = _FIELDS[found["name"]]
            record[current] = found["value"]
        elif current == "description":
            record[current] += f"\n{line.strip()}"
    close()
    return entries


def load_dictionaries(paths: Iterable[str | Path], *, read: Reader = read_text) -> Dictionary:
    """Read dictionary files and join them.

    Raises
    ------
    UserError
        ``rules.unreadable``, ``rules.not-text`` or ``rules.dictionary``.
    """
    entries: dict[str, Entry] = {}
    for path in paths:
        found = parse_dictionary(read(Path(path)))
        if not found:
            detail = "no 'Parameter Name:' record found"
            raise UserError(errors.RULES_DICTIONARY, detail, where=str(path))
        entries |= found
    return Dictionary(entries)
