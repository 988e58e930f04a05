"""The database: one metadata for all rooms' tables, engines, revisions."""

from dfs.foundation.database.engine import (
    CURRENT,
    WORKSPACE_DATABASE,
    RevisionStatus,
    open_workspace_database,
    revision_status,
    upgrade,
    workspace_revision,
    writing,
)
from dfs.foundation.database.schema import Base

__all__ = [
    "CURRENT",
    "WORKSPACE_DATABASE",
    "Base",
    "RevisionStatus",
    "open_workspace_database",
    "revision_status",
    "upgrade",
    "workspace_revision",
    "writing",
]
