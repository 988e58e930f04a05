"""The application: rooms put together, doors closed, errors answered."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from dfs.ui.web import Services
from dfs.ui.web.pages import environment
from dfs.web.answers import answer_errors, unexpected
from dfs.web.documents import check_document
from dfs.web.permissions import door, doors
from dfs.web.security import Shield, guard
from dfs.web.table import ROOMS, ROUTERS

if TYPE_CHECKING:
    from dfs.foundation.settings import Settings

_MB: Final = 1_000_000


class Problem(BaseModel):
    """What is wrong: a sentence, its stable code, the field or thing, what to do."""

    error: str
    code: str
    path: str
    remedy: str


def create_app(services: Services, routers: Sequence[str] = ROUTERS) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    services : what its use cases are made from.
    routers : ``"module:attribute"`` of each.

    Raises
    ------
    KeyError
        A route is missing in the permission table.
    """
    app = FastAPI(
        title="DFS",
        summary="The data flow of an observatory: what pages show, as JSON, and the p2 interface.",
        version=version("dfs-core"),
        dependencies=[Depends(guard), Depends(check_document)],
        responses={"4XX": {"model": Problem, "description": "What is wrong"}},
        # The pages that FastAPI offers load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.templates = environment(
        {room: str(folder) for room in ROOMS if (folder := _folder(room, "templates"))}
    )
    for target in routers:
        module, _, attribute = target.partition(":")
        app.include_router(getattr(import_module(module), attribute))
    for room in ROOMS:
        if folder := _folder(room, "static"):
            app.mount(f"/static/{room}", StaticFiles(directory=folder), name=f"{room}_static")
    for method, path in doors(app.routes):
        door(method, path)
    answer_errors(app)
    settings: Settings = services.settings
    app.add_middleware(
        Shield,
        document_bytes=int(settings.service.document_mb * _MB),
        upload_bytes=int(settings.service.upload_mb * _MB),
        unexpected=unexpected,
    )
    return app


def _folder(room: str, name: str) -> str | None:
    folder = files(f"dfs.{room}").joinpath(name)
    return str(folder) if folder.is_dir() else None
