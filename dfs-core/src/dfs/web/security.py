"""What every request passes and every answer carries."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dfs.accounts import service as accounts
from dfs.foundation.errors import ErrorKind, UserError, define
from dfs.ui.principal import Principal
from dfs.ui.web import services
from dfs.ui.web.services import NOBODY
from dfs.web.permissions import door, may_enter

COOKIE: Final = "dfs_session"
"""Cookie of a browser that is signed in."""

FORBIDDEN = define(
    "web.forbidden",
    "This is not for you.",
    "Ask the observatory for the role that it needs.",
    ErrorKind.FORBIDDEN,
)
FOREIGN = define(
    "web.foreign-request",
    "Another site sent this request in your name.",
    "Use the forms of this service; programs send a token instead of the cookie.",
    ErrorKind.FORBIDDEN,
)
TOO_LARGE = define(
    "web.too-large",
    "More was sent than is read.",
    "Send less at a time; service.document_mb and service.upload_mb are the limits.",
    ErrorKind.TOO_LARGE,
)

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_DOCUMENTS: Final = ("application/json", "application/x-www-form-urlencoded")
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


def guard(request: Request) -> None:
    """Find out who asks and whether they may come in; the first thing a request meets.

    Raises
    ------
    UserError
        They may not.
    """
    who, by_cookie = _who(request)
    request.state.principal = who
    if by_cookie and request.method not in _SAFE and _is_foreign(request.headers, request):
        raise UserError(FOREIGN, "the request comes from another site")
    allowed = door(request.method, request.scope["route"].path)
    if not may_enter(who, allowed):
        if who is None:
            raise UserError(NOBODY, "nobody is signed in")
        roles = ", ".join(sorted(allowed or ()))
        raise UserError(FORBIDDEN, f"it takes one of the roles {roles}")


def _who(request: Request) -> tuple[Principal | None, bool]:
    found = services(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        return (
            accounts.principal_of_token(found.engine, found.clock, secret.strip(), accounts.API),
            False,
        )
    if secret := request.cookies.get(COOKIE, ""):
        who = accounts.principal_of_token(found.engine, found.clock, secret, accounts.SESSION)
        return who, True
    return None, False


def _is_foreign(headers: Headers, request: Request) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc != request.url.netloc


class Shield:
    """Limits what is read, and puts on every answer the headers that a browser needs.

    Parameters
    ----------
    app : what answers.
    document_bytes, upload_bytes : largest body that is read of a document or a form, and
        of anything else.
    """

    def __init__(self, app: ASGIApp, *, document_bytes: int, upload_bytes: int) -> None:
        self._app = app
        self._document_bytes = document_bytes
        self._upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip()
        limit = self._document_bytes if kind in _DOCUMENTS or not kind else self._upload_bytes
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise UserError(TOO_LARGE, f"more than {limit / 1e6:g} MB were sent")
            return message

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # The official client stumbles over an answer that does not say its type.
                headers.setdefault("Content-Type", "text/plain; charset=utf-8")
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, limited, shielded)
