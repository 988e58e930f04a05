"""What the application is assembled from, in the order of the flow."""

from __future__ import annotations

from typing import Final

ROUTERS: Final = (
    "dfs.web.pages:router",
    "dfs.web.login:router",
    "dfs.accounts.pages:router",
    "dfs.preparation.pages.router:router",
    "dfs.preparation.p2.router:router",
)
"""``"module:attribute"`` of every router."""

ROOMS: Final = ("ui", "web", "accounts", "preparation")
"""Rooms with templates and static files, in folders ``templates`` and ``static``."""
