"""All pages of the stage."""

from __future__ import annotations

from fastapi import APIRouter

from dfs.preparation.pages import block, history, readme, runs, tree, visibility

router = APIRouter()
for part in (runs, tree, visibility, readme, history, block):
    router.include_router(part.router)
