"""The application: rooms put together, doors closed, errors answered."""

from __future__ import annotations

import logging
from http import HTTPStatus
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from dfs.foundation.errors import DfsError, PluginError, StorageError
from dfs.ui.web import Services, error_reply, wants_html
from dfs.ui.web.pages import environment
from dfs.ui.web.replies import reply
from dfs.ui.web.services import NOBODY
from dfs.web.permissions import door, doors
from dfs.web.security import Shield, guard
from dfs.web.table import ROOMS, ROUTERS

if TYPE_CHECKING:
    from dfs.foundation.settings import Settings

log = logging.getLogger(__name__)

_MB: Final = 1_000_000


def create_app(services: Services) -> FastAPI:
    """Make the application.

    Raises
    ------
    KeyError
        A route is missing in the permission table.
    """
    app = FastAPI(
        title="DFS",
        version=version("dfs-core"),
        dependencies=[Depends(guard)],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.templates = environment(
        {room: str(folder) for room in ROOMS if (folder := _folder(room, "templates"))}
    )
    for target in ROUTERS:
        module, _, attribute = target.partition(":")
        app.include_router(getattr(import_module(module), attribute))
    for room in ROOMS:
        if folder := _folder(room, "static"):
            app.mount(f"/static/{room}", StaticFiles(directory=folder), name=f"{room}_static")
    for method, path in doors(iter(app.routes)):
        door(method, path)
    _answer_errors(app)
    settings: Settings = services.settings
    app.add_middleware(
        Shield,
        document_bytes=int(settings.service.document_mb * _MB),
        upload_bytes=int(settings.service.upload_mb * _MB),
    )
    return app


def _folder(room: str, name: str) -> str | None:
    folder = files(f"dfs.{room}").joinpath(name)
    return str(folder) if folder.is_dir() else None


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(DfsError)
    def known(request: Request, error: DfsError) -> Response:
        if error.code is NOBODY and wants_html(request):
            return RedirectResponse(f"/login?next={request.url.path}", HTTPStatus.SEE_OTHER)
        if isinstance(error, StorageError | PluginError):
            log.error("%s %s: %s", request.method, request.url.path, error)
        return error_reply(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first: dict[str, Any] = dict(error.errors()[0])
        path = ".".join(str(part) for part in first["loc"] if part != "body")
        return reply(request, HTTPStatus.BAD_REQUEST, first["msg"], "web.invalid-request", path)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        answer = reply(
            request, status, status.phrase, f"web.{status.name.lower().replace('_', '-')}"
        )
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        log.exception("%s %s", request.method, request.url.path, exc_info=error)
        message = "something went wrong here; it is in the log of the service"
        return reply(request, HTTPStatus.INTERNAL_SERVER_ERROR, message, "web.internal-error")
