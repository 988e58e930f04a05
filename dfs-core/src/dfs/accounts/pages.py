"""One's own account: password, sessions and tokens."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel

from dfs.accounts import service as accounts
from dfs.ui.principal import Role
from dfs.ui.web import Id, Services, Signed, page, see_other, services, view

router = APIRouter()

Found = Annotated[Services, Depends(services)]
Password = Annotated[str, Form(max_length=1024)]

LIFETIMES_DAYS: Final = (7, 30, 90, 365)
"""How long a token may be good that somebody makes for a program."""


class Held(BaseModel):
    """A token that is good: a browser's session, or a program's."""

    id: int
    purpose: str
    label: str
    issued_at: dt.datetime
    expires_at: dt.datetime


class Account(BaseModel):
    """One's own account."""

    username: str
    name: str
    email: str
    roles: list[Role]
    tokens: list[Held]


@view(router, "/account", "accounts/account.html")
def account(found: Found, who: Signed) -> Account:
    """Show one's own account."""
    user, held = accounts.account(found.engine, found.clock, who)
    return Account(
        username=user.username,
        name=user.name,
        email=user.email,
        roles=sorted(user.roles),
        tokens=[Held.model_validate(token, from_attributes=True) for token in held],
    )


@router.post("/account/password", include_in_schema=False)
def change_password(found: Found, who: Signed, current: Password, wanted: Password) -> Response:
    """Take another password; all sessions and tokens end."""
    accounts.authenticate(found.engine, found.clock, who.username, current)
    accounts.set_password(found.engine, who.username, wanted)
    return see_other("/login", "Your password is changed; sign in with it.")


@router.post("/account/tokens", include_in_schema=False)
def make_token(
    request: Request,
    found: Found,
    who: Signed,
    label: Annotated[str, Form(min_length=1, max_length=80)],
    days: Annotated[int, Form()] = LIFETIMES_DAYS[1],
) -> Response:
    """Make a token for a program, and show it this once."""
    lifetime = dt.timedelta(days=min(max(days, 1), LIFETIMES_DAYS[-1]))
    secret = accounts.issue_token(
        found.engine, found.clock, who, label=label.strip(), lifetime=lifetime
    )
    return page(request, "accounts/token.html", status=201, label=label, secret=secret)


@router.post("/account/tokens/{token_id}/revoke", include_in_schema=False)
def revoke_token(found: Found, who: Signed, token_id: Id) -> Response:
    """Make one token or session worthless."""
    accounts.revoke_token_of(found.engine, who, token_id)
    return see_other("/account", "It is good for nothing any more.")


@router.post("/account/sign-out-everywhere", include_in_schema=False)
def sign_out_everywhere(found: Found, who: Signed) -> Response:
    """End all sessions and tokens."""
    accounts.revoke_tokens(found.engine, who)
    return see_other("/login", "You are signed out everywhere.")
