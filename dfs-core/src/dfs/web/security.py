"""What every request passes and every answer carries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dfs.accounts import service as accounts
from dfs.foundation.errors import UserError
from dfs.ui.principal import Principal
from dfs.ui.web import services
from dfs.ui.web.services import NOBODY
from dfs.web.errors import FORBIDDEN, FOREIGN
from dfs.web.permissions import door, may_enter

log = logging.getLogger(__name__)

COOKIE: Final = "dfs_session"
"""Cookie of a browser that is signed in."""

_BEARER: Final = HTTPBearer(auto_error=False, description="A token of `POST /api/login`.")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DOCUMENTS: Final = frozenset({"", "application/json", "application/x-www-form-urlencoded"})
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def guard(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None,
) -> None:
    """Find out who asks and whether they may come in; the first thing a request meets.

    Raises
    ------
    UserError
        They may not.
    """
    if bearer is None and request.method not in _SAFE and _is_foreign(request):
        raise UserError(FOREIGN, "the request comes from another site")
    who = recognise(request, bearer)
    request.state.principal = who
    allowed = door(request.method, request.scope["route"].path)
    if not may_enter(who, allowed):
        if who is None:
            raise UserError(NOBODY, "nobody is signed in")
        roles = ", ".join(sorted(allowed or ()))
        raise UserError(FORBIDDEN, f"it takes one of the roles {roles}")


def recognise(
    request: Request, bearer: HTTPAuthorizationCredentials | None = None
) -> Principal | None:
    """Find out who asks: by the token that a program sends, else by a browser's cookie."""
    found = services(request)
    if bearer is not None:
        secret, purpose = bearer.credentials, accounts.API
    else:
        secret, purpose = request.cookies.get(COOKIE, ""), accounts.SESSION
    if not secret:
        return None
    return accounts.principal_of_token(found.engine, found.clock, secret, purpose)


def _is_foreign(request: Request) -> bool:
    # Browsers say where a request comes from, in one header or the other; who says
    # nothing is a program, and a program has no cookie.
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.url.netloc
    return COOKIE in request.cookies


class BodyTooLarge(HTTPException):
    """More was sent than is read."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {limit / 1e6:g} MB were sent"
        )


class Shield:
    """Limits what is read, puts on every answer the headers that a browser needs, fails well.

    Parameters
    ----------
    app : what answers.
    document_bytes, upload_bytes : largest body that is read of a document or a form, and
        of anything else.
    unexpected : answers where `app` raised what nobody foresaw.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        document_bytes: int,
        upload_bytes: int,
        unexpected: Callable[[Request, Exception], Response],
    ) -> None:
        self._app = app
        self._document_bytes = document_bytes
        self._upload_bytes = upload_bytes
        self._unexpected = unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # What GET would answer; the server that talks to the client leaves out the body.
            scope = {**scope, "method": "GET"}
        given = Headers(scope=scope)
        kind = given.get("content-type", "").partition(";")[0].strip().casefold()
        limit = self._document_bytes if kind in _DOCUMENTS else self._upload_bytes
        announced = given.get("content-length", "")
        read = int(announced) if announced.isdecimal() else 0
        has_begun = False

        async def limited() -> Message:
            nonlocal read
            if read > limit:
                raise BodyTooLarge(limit)
            message = await receive()
            if not announced:
                read += len(message.get("body", b""))
            if read > limit:
                raise BodyTooLarge(limit)
            return message

        async def shielded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                _protect(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            await self._app(scope, limited, shielded)
        except Exception as error:
            log.exception("%s %s", scope["method"], scope["path"])
            if has_begun:
                raise
            await self._unexpected(Request(scope), error)(scope, receive, shielded)


def _protect(scope: Scope, headers: MutableHeaders) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    # The official client stumbles over an answer that does not say its type.
    headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    # What is not private a browser may keep, but asks each time whether it is still so.
    is_static = scope["path"].startswith("/static/")
    headers.setdefault("Cache-Control", "no-cache" if is_static else "no-store")
    if scope["scheme"] == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
