"""Signing in and out, from a browser and from a program."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from dfs.accounts import service as accounts
from dfs.foundation.errors import UserError
from dfs.ui.principal import Principal
from dfs.ui.web import Services, page, see_other, services
from dfs.ui.web.replies import STATUS
from dfs.web.security import COOKIE

router = APIRouter()

Found = Annotated[Services, Depends(services)]
Username = Annotated[str, Form(max_length=256)]
Password = Annotated[str, Form(max_length=1024)]


def _authenticated(request: Request, found: Services, username: str, password: str) -> Principal:
    address = request.client.host if request.client else ""
    return accounts.authenticate(found.engine, found.clock, username, password, address=address)


@router.post("/api/login", tags=["p2"])
def api_login(request: Request, found: Found, username: Username, password: Password) -> Response:
    """Give a program a token for a name and a password."""
    who = _authenticated(request, found, username, password)
    return JSONResponse({"access_token": accounts.issue_token(found.engine, found.clock, who)})


@router.get("/login", response_class=HTMLResponse, include_in_schema=False)
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - what the field is called
    """Ask for a name and a password."""
    return page(request, "web/login.html", next=_local(next), username="", problem="")


@router.post("/login", include_in_schema=False)
def login(
    request: Request,
    found: Found,
    username: Username,
    password: Password,
    next: Annotated[str, Form()] = "/",  # noqa: A002
) -> Response:
    """Sign a browser in."""
    try:
        who = _authenticated(request, found, username, password)
    except UserError as error:
        return page(
            request,
            "web/login.html",
            status=STATUS[error.code.kind],
            next=_local(next),
            username=username,
            problem=error.detail,
        )
    secret = accounts.issue_token(found.engine, found.clock, who, accounts.SESSION)
    answer = see_other(_local(next))
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(accounts.LIFETIME[accounts.SESSION].total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout", include_in_schema=False)
def logout(request: Request, found: Found) -> Response:
    """Sign a browser out."""
    accounts.revoke_token(found.engine, request.cookies.get(COOKIE, ""))
    answer = see_other("/login", "You are signed out.")
    answer.delete_cookie(COOKIE)
    return answer


def _local(path: str) -> str:
    # A link must not lead a person who signs in to another site.
    is_local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_local else "/"
