"""The file of programmes and runs, as `dfs run import` takes it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dfs.foundation.errors import UserError
from dfs.programmes.errors import DOCUMENT
from dfs.programmes.model import Mode, RankClass

Username = Annotated[str, Field(min_length=1, max_length=64)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetSpec(_Part):
    """A target that was approved."""

    name: str = Field(min_length=1)
    ra_deg: float = Field(ge=0, lt=360)
    dec_deg: float = Field(ge=-90, le=90)


class BlockedTimeSpec(_Part):
    """A time in which the run must not be observed."""

    start: AwareDatetime
    end: AwareDatetime
    reason: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> BlockedTimeSpec:
        if self.start >= self.end:
            raise ValueError("it ends before it starts")
        return self


class RunSpec(_Part):
    """A run of a programme."""

    designation: str = Field(pattern=r"^[A-Z]{1,2}$")
    instrument: str = Field(min_length=1)
    telescope: str = Field(min_length=1)
    mode: Mode
    period: int = Field(ge=1)
    scheduled_period: int | None = Field(default=None, ge=1)
    rank_class: RankClass = RankClass.B
    allocated_h: float = Field(ge=0)
    too: bool = False
    too_triggers: int = Field(default=0, ge=0)
    constraints: dict[str, float | str] = {}
    targets: tuple[TargetSpec, ...] = ()
    blocked_times: tuple[BlockedTimeSpec, ...] = ()
    delegates: tuple[Username, ...] = ()


class ProgrammeSpec(_Part):
    """A programme with its runs."""

    code: str = Field(min_length=1, max_length=32)
    title: str = Field(min_length=1)
    pi: Username
    co_investigators: tuple[Username, ...] = ()
    runs: tuple[RunSpec, ...] = Field(alias="run", min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> ProgrammeSpec:
        names = [run.designation for run in self.runs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"run {twice[0]} is there twice")
        return self


class Document(_Part):
    """All that a file says."""

    programmes: tuple[ProgrammeSpec, ...] = Field(alias="programme", min_length=1)


def read(path: Path) -> Document:
    """Read a file of programmes and runs.

    Raises
    ------
    UserError
        It is no text, or as :func:`parse`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(DOCUMENT, str(error), where=str(path)) from error
    return parse(text, where=str(path))


def parse(text: str, *, where: str) -> Document:
    """Read a file of programmes and runs, TOML or JSON.

    Parameters
    ----------
    text : of the file; JSON if it begins with a brace.
    where : how messages name it.

    Raises
    ------
    UserError
        It is neither, or says what it may not; names the place.
    """
    try:
        content: Any = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise UserError(DOCUMENT, f"it is neither TOML nor JSON: {error}", where=where) from error
    try:
        return Document.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(DOCUMENT, f"{place}: {first['msg']}", where=where) from error
