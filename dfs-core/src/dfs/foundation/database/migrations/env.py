"""Alembic's environment: runs on the engine that :mod:`..engine` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from dfs.foundation.database.schema import Base

with context.config.attributes["engine"].begin() as connection:
    if connection.dialect.name == "sqlite":
        # Its driver begins no transaction before it makes tables, so what is killed in
        # between would leave some of them, and the next one could not make them again.
        connection.execute(text("BEGIN IMMEDIATE"))
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    context.run_migrations()
