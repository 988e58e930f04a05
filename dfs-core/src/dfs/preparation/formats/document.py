"""Blocks and containers as JSON or YAML: the contract's values, in readable keys."""

from __future__ import annotations

import json
from typing import Any, Final

import yaml
from pydantic import ValidationError
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from dfs.foundation.errors import UserError
from dfs.plugin import Container, ObservationBlock
from dfs.preparation.formats.errors import DOCUMENT

LONGEST: Final = 10_000_000
"""A document of so many characters or more is not read."""


DEEPEST: Final = 50
"""So deep a document may nest."""

# libyaml is five times as fast, where PyYAML was built with it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def to_json(item: ObservationBlock | Container) -> str:
    """Write a block, or a container with all in it, as JSON."""
    return json.dumps(item.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def to_yaml(item: ObservationBlock | Container) -> str:
    """Write a block, or a container with all in it, as YAML."""
    plain = item.model_dump(mode="json")
    return str(yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True))


def parse(text: str) -> ObservationBlock | Container:
    """Read a block or a container, JSON or YAML.

    Raises
    ------
    UserError
        ``format.document``: it is neither, or says what it may not; names the place.
    """
    if len(text) >= LONGEST:
        raise UserError(DOCUMENT, f"it has {len(text)} characters, and {LONGEST} are too many")
    try:
        content: Any = json.loads(text) if text.lstrip().startswith("{") else _from_yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UserError(DOCUMENT, f"it is neither JSON nor YAML: {_short(error)}") from error
    kind = Container if isinstance(content, dict) and "members" in content else ObservationBlock
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise UserError(DOCUMENT, first["msg"], where=path) from error


def _from_yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, _Loader):
        # An alias could make a small document enormous, nesting exhaust the stack.
        if isinstance(event, AliasEvent):
            raise _at(event, "aliases are not taken")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            raise _at(event, f"it nests deeper than {DEEPEST}")
    return yaml.load(text, _Loader)


def _at(event: yaml.Event, problem: str) -> ValueError:
    mark = event.start_mark
    return ValueError(f"line {mark.line + 1}: {problem}" if mark else problem)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
