"""Blocks and containers as JSON or YAML: the contract's values, in readable keys."""

from __future__ import annotations

import json
from typing import Any, Final

import yaml
from pydantic import ValidationError
from yaml.events import AliasEvent
from yaml.nodes import Node

from dfs.foundation.errors import UserError
from dfs.plugin import Container, ObservationBlock
from dfs.preparation.formats.errors import DOCUMENT

LONGEST: Final = 10_000_000
"""A document of so many characters or more is not read."""


class _Loader(yaml.SafeLoader):
    """Knows plain values only; an alias could make a small file enormous."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not taken",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        return super().compose_node(parent, index)


def to_json(item: ObservationBlock | Container) -> str:
    """Write a block, or a container with all in it, as JSON."""
    return json.dumps(item.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def to_yaml(item: ObservationBlock | Container) -> str:
    """Write a block, or a container with all in it, as YAML."""
    return yaml.safe_dump(item.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


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
        content: Any = (
            json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _Loader)
        )
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UserError(DOCUMENT, f"it is neither JSON nor YAML: {_short(error)}") from error
    kind = Container if isinstance(content, dict) and "members" in content else ObservationBlock
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise UserError(DOCUMENT, first["msg"], where=path) from error


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
