"""The database: one metadata for all rooms' tables, engines, revisions."""

from dfs.foundation.database.engine import (
    CURRENT,
    WORKSPACE_DATABASE,
    RevisionStatus,
    create_service_engine,
    hold,
    open_service_database,
    open_workspace_database,
    revision_status,
    service_status,
    upgrade,
    upgrade_service,
    workspace_revision,
    writing,
)
from dfs.foundation.database.schema import Base

__all__ = [
    "CURRENT",
    "WORKSPACE_DATABASE",
    "Base",
    "RevisionStatus",
    "create_service_engine",
    "hold",
    "open_service_database",
    "open_workspace_database",
    "revision_status",
    "service_status",
    "upgrade",
    "upgrade_service",
    "workspace_revision",
    "writing",
]
