"""On what machine and with which libraries recipes run here."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from dfs.foundation.machine import memory_mb, usable_cores

__all__ = ["environment", "host_name", "machine"]

_LIBRARIES: Final = ("numpy", "astropy")
_CPU_FACTS: Final = Path("/proc/cpuinfo")


def host_name() -> str:
    """Give the name by which this machine calls itself."""
    return platform.node()


@cache
def machine() -> Mapping[str, str]:
    """Give host name, operating system, processor, cores and memory, by name."""
    return {
        "host": host_name(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": str(usable_cores()),
        "memory_mb": str(memory_mb()),
    }


@cache
def environment() -> Mapping[str, str]:
    """Give the versions of Python and of the libraries that compute, by name.

    The libraries' metadata are asked, so that none of them is imported.
    """
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:  # a site may do without astropy
            continue
    return found


def _processor() -> str:
    try:
        lines = _CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # only Linux tells the model in this way
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()
