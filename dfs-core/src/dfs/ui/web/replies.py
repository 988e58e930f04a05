"""Errors as answers: one shape for programs, one page for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from dfs.foundation.errors import DfsError, ErrorKind
from dfs.ui.web.pages import page
from dfs.ui.web.services import wants_html

STATUS: Final = {
    ErrorKind.INVALID: HTTPStatus.BAD_REQUEST,
    ErrorKind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.ABSENT: HTTPStatus.NOT_FOUND,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.STALE: HTTPStatus.PRECONDITION_FAILED,
    ErrorKind.PRECONDITION: HTTPStatus.PRECONDITION_REQUIRED,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What each kind of error is on the wire."""


def error_reply(request: Request, error: DfsError) -> Response:
    """Answer with an error."""
    status = STATUS[error.code.kind]
    return reply(request, status, error.detail, error.code.name, error.where, error.code.remedy)


def reply(
    request: Request, status: HTTPStatus, message: str, code: str, path: str = "", remedy: str = ""
) -> Response:
    """Answer that something is wrong: what, its stable code, where, and what to do."""
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}
    if not wants_html(request):
        document = {"error": message, "code": code, "path": path, "remedy": remedy}
        return JSONResponse(document, status, headers)
    answer = page(
        request,
        "ui/error.html",
        status=status,
        title=status.phrase,
        message=message,
        code=code,
        path=path,
        remedy=remedy,
    )
    answer.headers.update(headers)
    return answer
