"""What every route needs: the stage, who asks, which version is meant."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from dfs.foundation.errors import UserError
from dfs.preparation.errors import BAD_VALUE, STALE, VERSION_MISSING

PREFIX: Final = "/api/v1"


def _meant(if_match: Annotated[str | None, Header()] = None) -> int:
    if if_match is None:
        raise UserError(VERSION_MISSING, "the request has no If-Match header", where="If-Match")
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit():
        raise UserError(STALE, "this version was never given", where="If-Match")
    return int(text)


Version = Annotated[int, Depends(_meant)]
"""The version that the client read; its absence and nonsense are answered."""


def answer(content: Any, version: int | None = None, *, status: int = 200) -> JSONResponse:
    """Answer with JSON, and with the version that changes of it must name."""
    return JSONResponse(content, status, headers=_etag(version))


def done(version: int | None = None, *, status: int = 204) -> Response:
    """Answer without content; the client stumbles over an empty body of type JSON."""
    return PlainTextResponse(None, status, headers=_etag(version))


def text(content: bytes, version: int) -> Response:
    """Answer with a text file."""
    return Response(content, media_type="text/plain", headers=_etag(version))


def _etag(version: int | None) -> dict[str, str]:
    return {} if version is None else {"ETag": f'"{version}"'}


async def uploaded(request: Request) -> bytes:
    """Read an upload; its size is limited before it is read whole."""
    return await request.body()


Upload = Annotated[bytes, Depends(uploaded)]


def file_name(content_disposition: Annotated[str, Header()] = "") -> str:
    """Take the file's name from the header that the client sends."""
    _, found, rest = content_disposition.partition('filename="')
    name = rest.partition('"')[0]
    if not found or not name:
        raise UserError(
            BAD_VALUE,
            'write Content-Disposition: inline; filename="…"',
            where="Content-Disposition",
        )
    return name


FileName = Annotated[str, Depends(file_name)]
