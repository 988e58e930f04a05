"""Pages that belong to no stage: home, one's account, the plugins, health."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from pydantic import BaseModel

from dfs.accounts import service as accounts
from dfs.host.model import PluginState
from dfs.ui.principal import Role
from dfs.ui.web import Services, Signed, see_other, services, view

router = APIRouter()

Found = Annotated[Services, Depends(services)]


class Home(BaseModel):
    """What somebody finds when they come in."""

    name: str
    roles: list[Role]


class Session(BaseModel):
    """A token that is good."""

    purpose: str
    issued_at: dt.datetime
    expires_at: dt.datetime


class Account(BaseModel):
    """One's own account."""

    username: str
    name: str
    roles: list[Role]
    sessions: list[Session]


class Plugin(BaseModel):
    """An instrument plugin that was found."""

    id: str
    state: PluginState
    source: str
    reason: str
    instrume: list[str]


class Plugins(BaseModel):
    """All instrument plugins."""

    plugins: list[Plugin]


class Health(BaseModel):
    """Whether the service is well."""

    status: str
    observatory: str
    plugins: dict[str, PluginState]


@view(router, "/", "web/home.html")
def home(who: Signed) -> Home:
    """Show where somebody can go."""
    return Home(name=who.name, roles=sorted(who.roles))


@view(router, "/account", "web/account.html")
def account(found: Found, who: Signed) -> Account:
    """Show one's own account."""
    held = accounts.tokens(found.engine, found.clock, who)
    return Account(
        username=who.username,
        name=who.name,
        roles=sorted(who.roles),
        sessions=[
            Session(purpose=t.purpose, issued_at=t.issued_at, expires_at=t.expires_at) for t in held
        ],
    )


@router.post("/account/password", include_in_schema=False)
def change_password(
    found: Found,
    who: Signed,
    current: Annotated[str, Form(max_length=1024)],
    wanted: Annotated[str, Form(max_length=1024)],
) -> Response:
    """Take another password; all sessions end."""
    accounts.authenticate(found.engine, found.clock, who.username, current)
    accounts.set_password(found.engine, who.username, wanted)
    return see_other("/login", "Your password is changed; sign in with it.")


@router.post("/account/sign-out-everywhere", include_in_schema=False)
def sign_out_everywhere(found: Found, who: Signed) -> Response:
    """End all sessions and tokens."""
    accounts.revoke_tokens(found.engine, who)
    return see_other("/login", "You are signed out everywhere.")


@view(router, "/plugins", "web/plugins.html")
def plugins(found: Found) -> Plugins:
    """Show the instrument plugins and how each stands."""
    return Plugins(
        plugins=[
            Plugin(
                id=report.id,
                state=report.state,
                source=report.source,
                reason=report.reason,
                instrume=list(report.instrument.instrume) if report.instrument else [],
            )
            for report in found.host.plugins
        ]
    )


@router.get("/health")
def health(found: Found) -> Health:
    """Say whether the service is well, for whoever watches it."""
    accounts.has_users(found.engine)
    return Health(
        status="ok",
        observatory=found.observatory.name,
        plugins={report.id: report.state for report in found.host.plugins},
    )
