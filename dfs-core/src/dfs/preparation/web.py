"""The stage as requests find it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from dfs.instruments.service import Packages
from dfs.preparation.service import Preparation
from dfs.ui.web import services


def preparation(request: Request) -> Preparation:
    """Give the stage; instrument packages are read once a process."""
    state = request.app.state
    if not hasattr(state, "preparation"):
        found = services(request)
        state.preparation = Preparation(
            engine=found.engine,
            clock=found.clock,
            host=found.host,
            packages=Packages(found.host),
            observatory=found.observatory,
        )
    stage: Preparation = state.preparation
    return stage


Stage = Annotated[Preparation, Depends(preparation)]
"""The stage, in the signature of a route."""
