"""What can be wrong when a plugin is made, as codes."""

from __future__ import annotations

from dfs.foundation.errors import define

BAD_NAME = define(
    "usage.plugin-name",
    "The name cannot be that of an instrument.",
    "Use lower-case letters and digits, a letter first, such as 'mycam'.",
)
PLUGIN_EXISTS = define(
    "scaffold.exists",
    "The folder of the new plugin is already there.",
    "Choose another name or another --out; nothing is overwritten.",
)
