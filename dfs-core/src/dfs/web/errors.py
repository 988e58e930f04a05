"""What can be wrong with the service itself."""

from __future__ import annotations

from dfs.foundation.errors import define

EXTRA = define(
    "web.extra-missing",
    "The service needs libraries that are not installed.",
    "Install them with: pip install 'dfs-core[web]'",
)
