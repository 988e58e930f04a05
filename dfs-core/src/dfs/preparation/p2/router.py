"""All routes of the interface."""

from __future__ import annotations

from fastapi import APIRouter

from dfs.preparation.p2 import (
    attachments,
    blocks,
    containers,
    executions,
    packages,
    runs,
    templates,
)

router = APIRouter()
for part in (runs, containers, blocks, templates, attachments, packages, executions):
    router.include_router(part.router)
