"""Of which version software is; in a development install, of which sources."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dfs.foundation.files import sha256_file
from dfs.reduction.provenance.model import Software

__all__ = ["CORE", "core_software", "installed_software"]

CORE: Final = "dfs-core"
"""Name of the distribution of this system."""


def core_software() -> Software:
    """Give version and fingerprint of this system."""
    return installed_software(CORE, "dfs")


@cache
def installed_software(name: str, module: str) -> Software:
    """Give version and fingerprint of a distribution, as this process found it first.

    A released distribution is known by its version. One that is installed for
    development (PEP 660, PEP 610 ``dir_info.editable``), or not installed at all, changes
    without a new version; it is known by its sources.

    Parameters
    ----------
    name : of the distribution.
    module : any module of its package.

    Raises
    ------
    StorageError
        ``storage.not-readable``: a source cannot be read.
    """
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Software("", _sources(module))
    return Software(found.version, _sources(module) if _is_editable(found) else "")


def _is_editable(found: Distribution) -> bool:
    try:
        origin = json.loads(found.read_text("direct_url.json") or "{}")
    except ValueError:
        return False
    match origin:
        case {"dir_info": {"editable": bool(is_editable)}}:
            return is_editable
    return False


def _sources(module: str) -> str:
    """Digest the files of a module's package, code and data; empty if there are none."""
    top = module.partition(".")[0]
    try:
        spec = find_spec(top)
    except ValueError:  # a module that was made by hand
        spec = None
    if spec is None:
        return ""
    digest = hashlib.sha256()
    if spec.submodule_search_locations is None:
        files = [Path(spec.origin)] if spec.has_location and spec.origin else []
        root = files[0].parent if files else Path()
    else:
        root = Path(next(iter(spec.submodule_search_locations)))
        files = sorted(path for path in root.rglob("*") if _is_source(path))
    for path in files:
        digest.update(f"{path.relative_to(root).as_posix()} {sha256_file(path)}\n".encode())
    return digest.hexdigest() if files else ""


def _is_source(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts[-2:])
    return path.is_file() and "__pycache__" not in path.parts and not hidden
