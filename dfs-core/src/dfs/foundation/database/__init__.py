"""The database: one metadata for all rooms' tables, engines, revisions."""

from dfs.foundation.database.engine import (
    CURRENT,
    RevisionStatus,
    memory_engine,
    open_workspace_database,
    revision_status,
    upgrade,
)
from dfs.foundation.database.schema import Base

__all__ = [
    "CURRENT",
    "Base",
    "RevisionStatus",
    "memory_engine",
    "open_workspace_database",
    "revision_status",
    "upgrade",
]
