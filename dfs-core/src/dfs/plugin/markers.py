"""The names under which hooks are marked, and the version of the contract."""

from __future__ import annotations

from typing import Final

import pluggy

API_VERSION: Final = "0.3"
"""Version of the contract that this core serves.

Until 1.0 each stage of the flow adds its hooks with a new minor version, and a
plugin is admitted when it was written for this version or an older one.
"""

PROJECT: Final = "dfs"
"""The pluggy project name."""

ENTRY_POINT_GROUP: Final = "dfs.instruments"
"""The entry-point group in which a distribution names its plugin modules."""

API_ATTRIBUTE: Final = "DFS_API"
"""The module attribute in which a plugin says which contract it was written for."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
