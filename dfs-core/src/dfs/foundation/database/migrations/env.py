"""Alembic's environment: runs on the engine that :mod:`..engine` hands over."""

from __future__ import annotations

from alembic import context

from dfs.foundation.database.schema import Base

with context.config.attributes["engine"].begin() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    context.run_migrations()
