"""The public interface, described so that a change of it cannot pass unseen.

``python dfs-core/tests/architecture/api_snapshot.py`` writes it anew to
``dfs-core/api/plugin-api.json``.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

FILE = Path(__file__).parents[2] / "api" / "plugin-api.json"
PUBLIC = ("dfs.plugin", "dfs.algorithms", "dfs.testkit")

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def describe() -> dict[str, Any]:
    """Describe the hooks and everything that the public packages export."""
    from dfs.plugin import API_VERSION, hookspecs
    from dfs.plugin.hookspecs import HOOKS

    hooks = {
        name: {
            "kind": kind.value,
            "signature": _signature(getattr(hookspecs, name)),
        }
        for name, kind in HOOKS.items()
    }
    exported = {name: _module(importlib.import_module(name)) for name in PUBLIC}
    return {"api": API_VERSION, "hooks": hooks, **exported}


def _module(module: ModuleType) -> dict[str, Any]:
    """Describe what a module exports; a package that lists nothing exports its modules' lists."""
    if hasattr(module, "__all__"):
        return {name: _thing(_exported(module, name)) for name in sorted(module.__all__)}
    inner = sorted(info.name for info in pkgutil.iter_modules(getattr(module, "__path__", ())))
    modules = {name: _exported(module, name) for name in inner}
    return {name: _module(m) for name, m in modules.items() if hasattr(m, "__all__")}


def _exported(module: ModuleType, name: str) -> Any:
    # A package may export modules that it does not import itself.
    if not hasattr(module, name):
        importlib.import_module(f"{module.__name__}.{name}")
    return getattr(module, name)


def _thing(thing: Any) -> Any:
    if inspect.ismodule(thing):
        return _module(thing)
    if inspect.isclass(thing):
        return _class(thing)
    if inspect.isfunction(thing):
        return _signature(thing)
    # A constant or an alias as it is written, a marker by its kind.
    return type(thing).__name__ if _ADDRESS.search(repr(thing)) else repr(thing)


def _signature(function: Callable[..., Any]) -> str:
    # A default that is a function shows where it lies in memory.
    return _ADDRESS.sub("", str(inspect.signature(function)))


def _class(cls: type) -> Any:
    if issubclass(cls, BaseModel):
        return _without_prose(cls.model_json_schema())
    if issubclass(cls, enum.Enum):
        return {member.name: member.value for member in cls}
    described: dict[str, Any] = {}
    if is_dataclass(cls):
        described["fields"] = {
            field.name: str(getattr(field.type, "__name__", field.type)) for field in fields(cls)
        }
    elif issubclass(cls, Exception):
        described["bases"] = [base.__name__ for base in cls.__bases__]
    members = {
        name: _member(member)
        for name, member in vars(cls).items()
        if not name.startswith("_") and name not in described.get("fields", {})
    }
    return described | {"members": {n: m for n, m in sorted(members.items()) if m}}


def _member(member: Any) -> str:
    if isinstance(member, property) and member.fget is not None:
        return f"property{_signature(member.fget)}"
    function = getattr(member, "__func__", member)
    return _signature(function) if inspect.isfunction(function) else ""


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, dict):
        # A field may well be called "title"; the prose of that name is a string.
        return {
            key: _without_prose(value)
            for key, value in schema.items()
            if not (key in {"title", "description"} and isinstance(value, str))
        }
    return [_without_prose(item) for item in schema] if isinstance(schema, list) else schema


def differences(old: Any, new: Any, place: str = "") -> dict[str, bool]:
    """Give what changed, as place → whether it is an addition and nothing else."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: dict[str, bool] = {}
        for key in sorted({*old, *new}):
            inner = f"{place}.{key}" if place else key
            if key not in old:
                found[inner] = True
            elif key not in new:
                found[inner] = False
            else:
                found |= differences(old[key], new[key], inner)
        return found
    return {} if old == new else {place: False}


def due(old_api: str, new_api: str, changes: Mapping[str, bool]) -> str:
    """Say which version of the contract the changes call for; empty if it has been given.

    Before 1.0 every change calls for the next minor version. From 1.0 an addition does,
    and anything else for the next major one.
    """
    major, minor = map(int, old_api.split("."))
    breaking = major >= 1 and not all(changes.values())
    wanted = (major + 1, 0) if breaking else (major, minor + 1)
    given = tuple(map(int, new_api.split(".")))
    return "" if given >= wanted else ".".join(map(str, wanted))


def render() -> str:
    """Give the text of the snapshot."""
    return json.dumps(describe(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(render(), encoding="utf-8")
    print(f"wrote {FILE}")
