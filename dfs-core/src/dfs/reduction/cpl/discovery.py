"""What esorex tells of a recipe: its parameters, and its manual page."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.files import atomic_write
from dfs.reduction.cpl.errors import BROKEN
from dfs.reduction.cpl.installation import Installation, Pipeline
from dfs.reduction.cpl.parameters import CplParameter, read_parameters
from dfs.reduction.cpl.program import NO_PARAMETERS, PRIVATE_OPTIONS, ask
from dfs.reduction.errors import NO_RUNNER

_FORMAT: Final = 1  # of what is remembered; another one is asked for anew
_SECTION: Final = re.compile(r"^([A-Z]+)\n((?:^(?:  .*)?\n)*)", re.MULTILINE)
_UNREADABLE: Final = (KeyError, TypeError, ValueError)
_PLUGINS: Final = "plugins"
_DESCRIPTION: Final = "recipe.json"


@dataclass(frozen=True, slots=True)
class CplDescription:
    """A recipe as its pipeline describes it.

    Parameters
    ----------
    pipeline : who brings it.
    name : what the pipeline calls it.
    library : what esorex must see to find it.
    parameters : in the order of the pipeline.
    synopsis : one line.
    description : all that its authors say, lines of text.
    """

    pipeline: Pipeline
    name: str
    library: Path
    parameters: tuple[CplParameter, ...]
    synopsis: str
    description: str


def describe(installation: Installation, pipeline: Pipeline, name: str) -> CplDescription:
    """Ask esorex for a recipe; what it said once is remembered until the plugin changes.

    Raises
    ------
    UserError
        ``reduce.no-runner``: the pipeline has no such recipe; ``cpl.broken``.
    """
    memory = _memory(installation.program, pipeline.library(name), name)
    try:
        return _read(json.loads(memory.read_text("utf-8")), pipeline, name)
    except (OSError, *_UNREADABLE):
        told = _ask(installation, pipeline, name)  # nothing remembered, or damaged by hand
    try:
        description = _read(told, pipeline, name)
    except _UNREADABLE as error:
        what = f"{type(error).__name__} {error}"
        raise UserError(BROKEN, f"its description of {name} cannot be read: {what}") from error
    with suppress(OSError, StorageError):  # it only saves time
        memory.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(memory, fsync=False) as file:
            file.write(json.dumps(told).encode())
    return description


def show_only(library: Path, folder: Path) -> str:
    """Make a folder of plugins that holds one only: esorex loads all that it sees.

    Parameters
    ----------
    library : the plugin, or a pipeline's whole folder, which is shown as it is.
    folder : esorex's working folder.

    Returns
    -------
    str
        What esorex is to be told, seen from its working folder.
    """
    if library.is_dir():
        return str(library)
    plugins = folder / _PLUGINS
    plugins.mkdir()
    (plugins / library.name).symlink_to(library)
    return _PLUGINS


def _ask(installation: Installation, pipeline: Pipeline, name: str) -> dict[str, Any]:
    """Ask with the recipe's plugin alone; if that cannot be loaded alone, with all of them."""
    try:
        return _ask_with(pipeline.library(name), installation, name)
    except UserError:
        pass
    try:
        return _ask_with(pipeline.folder, installation, name)
    except UserError as error:
        names = ", ".join(path.stem for path in pipeline.libraries)
        raise UserError(
            NO_RUNNER,
            f"{pipeline.name} {pipeline.version} has no recipe {name} that esorex can load; "
            f"it has {names}",
        ) from error


def _ask_with(library: Path, installation: Installation, name: str) -> dict[str, Any]:
    with TemporaryDirectory(prefix="dfs-") as scratch:
        folder = Path(scratch)
        options = [
            str(installation.program),
            *PRIVATE_OPTIONS,
            NO_PARAMETERS,
            "--msg-level=error",
            f"--recipe-dir={show_only(library, folder)}",
        ]
        ask([*options, f"--create-config={_DESCRIPTION}", name], folder)
        manual = ask([*options, "--man-page", name], folder)
        try:
            text = (folder / _DESCRIPTION).read_text("utf-8", errors="replace")
            entries = json.loads(text, strict=False)
        except (OSError, ValueError) as error:
            said = f"esorex wrote no description of {name}: {error}"
            raise UserError(BROKEN, said, where=str(library)) from error
    return {"library": str(library), "parameters": entries, "manual": manual}


def _read(told: Mapping[str, Any], pipeline: Pipeline, name: str) -> CplDescription:
    sections = {title: _unindented(text) for title, text in _SECTION.findall(told["manual"])}
    return CplDescription(
        pipeline=pipeline,
        name=name,
        library=Path(told["library"]),
        parameters=read_parameters(told["parameters"]),
        synopsis=" ".join(sections.get("NAME", "").partition("--")[2].split()),
        description=sections.get("DESCRIPTION", ""),
    )


def _memory(program: Path, library: Path, name: str) -> Path:
    known = [str(_FORMAT), name]
    for path in (program, library):
        real = path.resolve()
        status = real.stat()
        known += [str(real), str(status.st_mtime_ns), str(status.st_size)]
    key = hashlib.sha256("\0".join(known).encode()).hexdigest()[:32]
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "dfs" / "cpl" / f"{name}-{key}.json"


def _unindented(text: str) -> str:
    return "\n".join(line[2:] for line in text.splitlines()).strip("\n")
