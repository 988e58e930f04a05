"""What goes wrong, answered: known errors, requests that cannot be read, surprises."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from dfs.foundation.errors import DfsError, PluginError, StorageError, UserError
from dfs.ui.web import error_reply, reply, wants_html
from dfs.ui.web.services import NOBODY
from dfs.web.errors import BUSY, INVALID, NOT_STORABLE, TOO_LARGE
from dfs.web.security import BodyTooLarge, recognise

log = logging.getLogger(__name__)


def answer_errors(app: FastAPI) -> None:
    """Let an application answer what goes wrong in one shape."""
    app.add_exception_handler(DfsError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    for value_error in (DataError, OverflowError, UnicodeEncodeError):
        app.add_exception_handler(value_error, _not_storable)
    for database_error in (OperationalError, PoolTimeoutError):
        app.add_exception_handler(database_error, _busy)


def unexpected(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw; the log has the rest."""
    del error
    message = "something went wrong here; it is in the log of the service"
    return reply(request, HTTPStatus.INTERNAL_SERVER_ERROR, message, "web.internal-error")


def _known(request: Request, error: Exception) -> Response:
    if not isinstance(error, DfsError):
        raise error
    if error.code is NOBODY and request.method == "GET" and wants_html(request):
        return RedirectResponse(f"/login?next={quote(_address(request))}", HTTPStatus.SEE_OTHER)
    if isinstance(error, StorageError | PluginError):
        log.error("%s %s: %s", request.method, request.url.path, error)
    return error_reply(request, error)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first: dict[str, Any] = dict(error.errors()[0])
    if first["type"] == "json_invalid":
        return error_reply(request, UserError(INVALID, "the body is not JSON"))
    return error_reply(request, UserError(INVALID, first["msg"], where=field(first["loc"])))


def field(location: Sequence[str | int]) -> str:
    """Write where a field is: ``templates[2].parameters`` of the body, ``night`` of the query."""
    path = ""
    for part in location[1:]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    request.state.principal = recognise(request)
    if isinstance(error, BodyTooLarge):
        return error_reply(request, UserError(TOO_LARGE, error.detail))
    status = HTTPStatus(error.status_code)
    problem = {
        HTTPStatus.NOT_FOUND: "there is nothing at this address",
        HTTPStatus.METHOD_NOT_ALLOWED: f"this address does not take {request.method}",
    }.get(status, error.detail)
    code = f"web.{status.phrase.lower().replace(' ', '-')}"
    answer = reply(request, status, problem, code)
    answer.headers.update(error.headers or {})
    return answer


def _not_storable(request: Request, error: Exception) -> Response:
    log.info("%s %s: %s", request.method, request.url.path, error)
    problem = "a text or a number in the request cannot be held by the database"
    return error_reply(request, UserError(NOT_STORABLE, problem))


def _busy(request: Request, error: Exception) -> Response:
    log.error("%s %s: %s", request.method, request.url.path, error)
    return error_reply(request, StorageError(BUSY, "the database did not answer"))
