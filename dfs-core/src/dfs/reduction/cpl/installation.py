"""What of CPL is installed: esorex, the folders of its plugins, the pipelines in them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dfs.foundation.errors import UserError
from dfs.reduction.cpl.errors import BROKEN, MISSING, NO_PIPELINE, TOO_OLD
from dfs.reduction.cpl.program import ask

OLDEST_ESOREX: Final = (3, 13)
"""The first whose descriptions of parameters have types, choices and ranges, see its NEWS."""

_VERSION: Final = re.compile(r"Recipe Execution Tool, version (\d[\w.]*)")
_CPL_VERSION: Final = re.compile(r"\bCPL = (\d[\w.]*)")
_FOLDERS: Final = re.compile(r"^ *recipe-dir +: *(.*?) *$", re.MULTILINE)
_PIPELINE: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]*?)-(\d[\w.+~-]*)")
_LIBRARY: Final = ".so"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline: a folder ``<name>-<version>`` of plugins.

    Parameters
    ----------
    name, version : as the folder is named.
    folder : where it is.
    """

    name: str
    version: str
    folder: Path

    @property
    def libraries(self) -> tuple[Path, ...]:
        """The plugins, which bear the names of their recipes, sorted."""
        return tuple(sorted(self.folder.glob(f"*{_LIBRARY}")))

    def library(self, recipe: str) -> Path:
        """Give what esorex must see to find a recipe: its plugin, else the whole folder."""
        path = self.folder / f"{recipe}{_LIBRARY}"
        return path if path.exists() else self.folder


@dataclass(frozen=True)
class Installation:
    """An esorex and all that it can run.

    Parameters
    ----------
    program : esorex.
    version, cpl_version : of esorex, and of the library under it.
    folders : where it looks for pipelines, in this order.
    """

    program: Path
    version: str
    cpl_version: str
    folders: tuple[Path, ...]

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """Every pipeline in its highest version, sorted by name."""
        found: dict[str, Pipeline] = {}
        for pipeline in (p for folder in self.folders for p in _pipelines(folder)):
            other = found.get(pipeline.name)
            if other is None or _order(pipeline.version) > _order(other.version):
                found[pipeline.name] = pipeline
        return tuple(found[name] for name in sorted(found))

    def pipeline(self, name: str) -> Pipeline:
        """Give a pipeline by its name.

        Raises
        ------
        UserError
            ``cpl.no-pipeline``.
        """
        found = next((p for p in self.pipelines if p.name == name), None)
        if found is None:
            known = ", ".join(f"{p.name} {p.version}" for p in self.pipelines) or "none"
            searched = ", ".join(map(str, self.folders)) or "no folder"
            raise UserError(
                NO_PIPELINE, f"there is no pipeline {name} in {searched}; there are: {known}"
            )
        return found

    def software(self, pipeline: Pipeline) -> dict[str, str]:
        """Name and version of all that runs a pipeline's recipes."""
        versions = {"esorex": self.version, "cpl": self.cpl_version}
        return versions | {pipeline.name: pipeline.version}


@lru_cache(maxsize=8)
def find_installation(program: Path | None, folders: tuple[Path, ...] = ()) -> Installation:
    """Find esorex and ask it for its version and where it looks for pipelines.

    It answers as it does to the user: by its defaults, its configuration files and
    ``ESOREX_PLUGIN_DIR``.

    Parameters
    ----------
    program : esorex; None for the one on the path.
    folders : searched for pipelines before those that esorex knows.

    Raises
    ------
    UserError
        ``cpl.missing``, ``cpl.too-old`` or ``cpl.broken``.
    """
    found = shutil.which(str(program or "esorex"))
    if found is None:
        where = f"at {program}" if program else "on the path"
        raise UserError(MISSING, f"there is no program esorex {where}")
    with TemporaryDirectory(prefix="dfs-") as folder:
        text = ask([found, "--log-level=off", "--params"], Path(folder), private=False)
    version, cpl, searched = (p.search(text) for p in (_VERSION, _CPL_VERSION, _FOLDERS))
    if version is None or searched is None:
        raise UserError(BROKEN, "it does not tell its version and its folders", where=found)
    if _order(version[1]) < OLDEST_ESOREX:
        wanted = ".".join(map(str, OLDEST_ESOREX))
        raise UserError(TOO_OLD, f"this is version {version[1]}; it takes {wanted}", where=found)
    known = [Path(one).expanduser() for one in searched[1].split(":") if one]
    return Installation(
        program=Path(found).resolve(),
        version=version[1],
        cpl_version=cpl[1] if cpl else "",
        folders=_without_repeats([*folders, *known]),
    )


def _pipelines(folder: Path) -> Sequence[Pipeline]:
    """Give the pipelines in a folder, or the one that it is."""
    try:
        candidates = [folder, *sorted(folder.iterdir())]
    except OSError:  # esorex has folders in its list that need not exist
        return ()
    named = [(_PIPELINE.fullmatch(path.name), path) for path in candidates]
    found = [Pipeline(name[1], name[2], path) for name, path in named if name]
    return [pipeline for pipeline in found if pipeline.libraries]


def _without_repeats(folders: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(folder.absolute() for folder in folders))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version))
