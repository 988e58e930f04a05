"""What the host knows of plugins, as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dfs.plugin import Instrument

PACKAGE_FILE: Final = "package.toml"
"""What the folder of an instrument package must hold; its content is read on first use."""


class PluginState(StrEnum):
    """Whether a plugin is served, and if not, who has to act."""

    READY = "ready"
    """Admitted."""
    DISABLED = "disabled"
    """Switched off in the settings."""
    INCOMPATIBLE = "incompatible"
    """Needs another version of the core, of Python or of a package."""
    CONFLICT = "conflict"
    """Claims what another plugin claims as well."""
    BROKEN = "broken"
    """Does not keep the contract."""


def source(distribution: str, version: str) -> str:
    """Name who brings a plugin, as messages do."""
    return f"{distribution} {version}".strip()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that was found and not yet looked into.

    Parameters
    ----------
    id : name of its entry point, the instrument's id.
    module : what the entry point names.
    distribution, version : who brings it.
    requires : requirements of the distribution, as its metadata states them.
    requires_python : the Python versions that it states; empty for any.
    load : imports it and gives the plugin.
    """

    id: str
    module: str
    distribution: str
    version: str
    requires: tuple[str, ...]
    requires_python: str
    load: Callable[[], object]

    @property
    def source(self) -> str:
        """Distribution and version, as messages name them."""
        return source(self.distribution, self.version)


@dataclass(frozen=True, slots=True)
class PluginReport:
    """What became of a plugin that was found.

    Parameters
    ----------
    id : name of its entry point, the instrument's id.
    state : whether it is served.
    distribution, version : who brings it.
    module : what the entry point names.
    reason : a sentence why it is not ready; empty if it is.
    api : the contract that it was written for; empty if unknown.
    instrument : what it declares, if it is ready.
    """

    id: str
    state: PluginState
    distribution: str
    version: str
    module: str
    reason: str
    api: str
    instrument: Instrument | None

    @property
    def source(self) -> str:
        """Distribution and version, as messages name them."""
        return source(self.distribution, self.version)
