"""Reading tables from outside, and noting everything that is wrong in them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from dfs.instruments.model import Fault
from dfs.plugin.values import Value

V = TypeVar("V", bound=Value)


class Notebook:
    """Collects faults while files are read, so that an author sees all of them at once.

    Parameters
    ----------
    texts : of the files, by path below the package's folder.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.faults: list[Fault] = []
        self.remarks: list[Fault] = []

    def fault(self, file: str, key: str, message: str) -> None:
        """Note what is wrong, and read on."""
        self.faults.append(Fault(file, key, message))

    def toml(self, file: str) -> dict[str, Any]:
        """Read a file; empty if it is not there or no TOML."""
        try:
            return tomllib.loads(self.texts[file])
        except KeyError:
            self.fault(file, "", "there is no such file")
        except tomllib.TOMLDecodeError as error:
            self.fault(file, "", f"it is no TOML: {error}")
        return {}

    def unknown(
        self, file: str, key: str, table: Mapping[str, object], known: frozenset[str]
    ) -> None:
        """Note every key that has no meaning."""
        for name in table.keys() - known:
            self.fault(file, join(key, name), "there is no such key")

    def tables(self, file: str, key: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the table under a key; empty if there is none."""
        value = table.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.fault(file, key, "it is no table")
        return {}

    def rows(self, file: str, key: str, value: object) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the tables of an array of tables, each with its key."""
        if not isinstance(value, list):
            self.fault(file, key, "it is no array of tables")
            return
        for index, row in enumerate(value):
            if isinstance(row, dict):
                yield f"{key}[{index}]", dict(row)
            else:
                self.fault(file, f"{key}[{index}]", "it is no table")

    def words(self, file: str, key: str, value: object) -> list[str]:
        """Insist on a list of names."""
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        self.fault(file, key, "it is no list of names")
        return []

    def value(
        self,
        kind: type[V],
        file: str,
        key: str,
        table: object,
        spelt: Mapping[str, str] = MappingProxyType({}),
    ) -> V | None:
        """Make a value of the contract, or say which keys are wrong.

        Parameters
        ----------
        spelt : how the file spells a field that it calls otherwise.
        """
        try:
            return kind.model_validate(table)
        except ValidationError as error:
            told = set()
            for each in error.errors(include_url=False, include_input=False):
                field = str(each["loc"][0]) if each["loc"] else ""
                place = join(key, spelt.get(field, field))
                if place not in told:  # a union complains once for each of its types
                    told.add(place)
                    self.fault(file, place, each["msg"])
            return None

    def one(self, kind: type[V], file: str, key: str, table: Mapping[str, Any]) -> V | None:
        """Make a value of the contract of the table under a key, if there is one."""
        return self.value(kind, file, key, table[key]) if key in table else None


def join(key: str, name: str) -> str:
    """Give the key of an entry below another key."""
    return f"{key}.{name}" if key and name else key or name
