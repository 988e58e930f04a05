"""The base of every value that crosses the contract."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value: an unknown field is an error, equality is by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
