"""Settings: one TOML file, overridden by the environment, validated as a whole.

The file is the one that ``DFS_CONFIG`` names, else ``dfs.toml`` in the working
folder, else ``dfs/dfs.toml`` in the user's configuration folder. A variable
``DFS_<SECTION>__<NAME>`` overrides one value of it, for lists with commas between.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dfs.foundation.errors import UserError, define
from dfs.foundation.machine import memory_mb, usable_cores

FILE_VARIABLE = "DFS_CONFIG"
FILE_NAME = "dfs.toml"
_PREFIX = "DFS_"
_DELIMITER = "__"

INVALID = define(
    "settings.invalid",
    "A setting has a value that is not allowed, or a name that does not exist.",
    "Correct it where the message says; `dfs config show` lists every setting and its origin.",
)
UNREADABLE = define(
    "settings.unreadable",
    "The settings file cannot be read.",
    "Check its path and that it is TOML.",
)


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Names = Annotated[list[str], NoDecode, BeforeValidator(_split)]
"""A list of names; in the environment with commas between."""

Paths = Annotated[list[Path], NoDecode, BeforeValidator(_split)]
"""A list of files or folders, likewise."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PluginSettings(_Section):
    """Which instrument plugins are served."""

    disabled: Names = Field(default=[], description="ids that are not served")
    required: Names = Field(default=[], description="ids without which a command does not start")


class OrganiserSettings(_Section):
    """How frames are organised."""

    breakpoints: Path | None = Field(
        default=None, description="file of instrument interventions that no association crosses"
    )
    index: Path | None = Field(
        default=None, description="database in which headers are remembered between runs"
    )


class ReductionSettings(_Section):
    """What a reduction may use."""

    jobs: int | None = Field(
        default_factory=usable_cores, ge=1, description="worker processes at a time"
    )
    memory_mb: int | None = Field(
        default_factory=lambda: memory_mb() * 8 // 10,
        ge=1,
        description="memory of all workers together, MB",
    )
    runner: Literal["best", "native", "esorex"] = Field(
        default="best", description="how recipes are run; best: natively where that is possible"
    )
    engine: str = Field(default="local", description="where blocks are run")
    superseded_gb: float | None = Field(
        default=20.0,
        ge=0,
        description="space for results that newer ones have superseded, GB; the longest unused "
        "go first",
    )
    keep_work: bool = Field(default=False, description="keep the scratch folders of blocks")
    esorex: Path | None = Field(
        default=None, description="the esorex program, if not the one on the path"
    )
    cpl_plugins: Paths = Field(
        default=[], description="folders of CPL pipelines to search before those that esorex knows"
    )


class ObservatorySettings(_Section):
    """Which observatory this is."""

    file: Path | None = Field(
        default=None, description="its observatory.toml; without it, a demonstration observatory"
    )
    conditions: Path | None = Field(
        default=None, description="table of real conditions; without it, a model"
    )


class ServiceSettings(_Section):
    """How the service runs."""

    database: str = Field(
        default="sqlite:///dfs-service.sqlite",
        description="its database: sqlite:///PATH, or postgresql+psycopg://USER@HOST/NAME",
    )
    host: str = Field(default="127.0.0.1", description="address on which it listens")
    port: int = Field(default=8400, ge=1, le=65535, description="port on which it listens")
    document_mb: float = Field(
        default=2.0, gt=0, description="largest JSON document or form that is read, MB"
    )
    upload_mb: float = Field(default=8.0, gt=0, description="largest file that is read, MB")
    admin_password: SecretStr | None = Field(
        default=None,
        description="password of the user admin that the first start makes; without it, one is "
        "made up and shown once",
    )


class Settings(BaseSettings):
    """Every setting."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_DELIMITER, frozen=True, extra="forbid"
    )

    plugins: PluginSettings = Field(default_factory=PluginSettings)
    organiser: OrganiserSettings = Field(default_factory=OrganiserSettings)
    reduction: ReductionSettings = Field(default_factory=ReductionSettings)
    observatory: ObservatorySettings = Field(default_factory=ObservatorySettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the environment over what is passed in, which is the file's content."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


@dataclass(frozen=True, slots=True)
class SettingOrigin:
    """A setting, its value and where the value comes from.

    Parameters
    ----------
    name : section and name, ``reduction.jobs``.
    value : the effective value, JSON-like.
    origin : ``default``, a file's path, or ``environment DFS_…``.
    help : what it does.
    """

    name: str
    value: object
    origin: str
    help: str


def settings_file() -> Path | None:
    """Give the file that the settings are read from, if there is one.

    Raises
    ------
    UserError
        ``DFS_CONFIG`` names a file that does not exist.
    """
    if named := os.environ.get(FILE_VARIABLE):
        path = Path(named)
        if not path.is_file():
            raise UserError(UNREADABLE, f"{FILE_VARIABLE} names no file", where=named)
        return path
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for path in (Path(FILE_NAME), home / "dfs" / FILE_NAME):
        if path.is_file():
            return path
    return None


def load_settings() -> Settings:
    """Read and validate the settings.

    Raises
    ------
    UserError
        The file cannot be read, or a setting is unknown or not allowed; the message
        names the file or the variable.
    """
    path = settings_file()
    content = _read(path)
    if stray := sorted(_stray_variables(os.environ)):
        raise UserError(INVALID, "this is not the name of a setting", where=stray[0])
    try:
        return Settings(**content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"][:2])
        unknown = first["type"] == "extra_forbidden"
        problem = "there is no such setting" if unknown else first["msg"]
        raise UserError(
            INVALID, f"{name}: {problem}", where=_origin(name, content, path)
        ) from error


def settings_origins() -> tuple[SettingOrigin, ...]:
    """Give every setting with its effective value and its origin.

    Raises
    ------
    UserError
        As :func:`load_settings`.
    """
    path = settings_file()
    content = _read(path)
    values = load_settings().model_dump(mode="json")
    origins = []
    for section, field in Settings.model_fields.items():
        model: Any = field.annotation
        for name, setting in model.model_fields.items():
            origins.append(
                SettingOrigin(
                    name=f"{section}.{name}",
                    value=values[section][name],
                    origin=_origin(f"{section}.{name}", content, path),
                    help=setting.description or "",
                )
            )
    return tuple(origins)


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(UNREADABLE, str(error), where=str(path)) from error
    for section, field in Settings.model_fields.items():
        model: Any = field.annotation
        given = content.get(section)
        for name, setting in model.model_fields.items():
            # A path in the file is meant from where the file lies.
            if not isinstance(given, dict) or name not in given:
                continue
            if setting.annotation == Path | None:
                given[name] = path.parent / str(given[name])
            elif setting.annotation == list[Path] and isinstance(given[name], list):
                given[name] = [path.parent / str(one) for one in given[name]]
    return content


def _origin(name: str, content: Mapping[str, Any], path: Path | None) -> str:
    section, _, key = name.partition(".")
    variable = f"{_PREFIX}{section}{_DELIMITER}{key}".upper()
    found = next((given for given in os.environ if given.upper() == variable), None)
    if found is not None:
        return f"environment {found}"
    given = content.get(section)
    in_file = key in given if isinstance(given, Mapping) and key else section in content
    return str(path) if in_file else "default"


def _stray_variables(environment: Mapping[str, str]) -> Iterator[str]:
    for variable in environment:
        prefix, rest = variable[: len(_PREFIX)], variable[len(_PREFIX) :]
        section, delimiter, _ = rest.lower().partition(_DELIMITER)
        # A section is set value by value; a misspelt section must not pass unseen.
        if prefix.upper() == _PREFIX and bool(delimiter) != (section in Settings.model_fields):
            yield variable
