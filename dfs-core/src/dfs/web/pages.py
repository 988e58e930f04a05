"""Pages that belong to no stage: home, the plugins, health."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from dfs.accounts import service as accounts
from dfs.host.model import PluginState
from dfs.ui.principal import Role
from dfs.ui.web import Services, Signed, services, view

router = APIRouter()

Found = Annotated[Services, Depends(services)]

_WELL: Final = (PluginState.READY, PluginState.DISABLED)


class Home(BaseModel):
    """What somebody finds when they come in."""

    name: str
    roles: list[Role]
    observatory: str
    telescopes: list[str]


class Plugin(BaseModel):
    """An instrument plugin that was found."""

    id: str
    state: PluginState
    source: str
    reason: str
    title: str
    instrume: list[str]


class Plugins(BaseModel):
    """All instrument plugins."""

    plugins: list[Plugin]


class Health(BaseModel):
    """Whether the service is well."""

    status: Literal["ok", "degraded"]
    """Degraded where a plugin that was found cannot be used."""
    version: str
    observatory: str
    plugins: dict[str, PluginState]


@view(router, "/", "web/home.html")
def home(found: Found, who: Signed) -> Home:
    """Show where somebody can go."""
    return Home(
        name=who.name,
        roles=sorted(who.roles),
        observatory=found.observatory.name,
        telescopes=[telescope.name for telescope in found.observatory.telescopes],
    )


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
                title=report.instrument.title if report.instrument else "",
                instrume=list(report.instrument.instrume) if report.instrument else [],
            )
            for report in found.host.plugins
        ]
    )


@router.get("/health")
def health(found: Found) -> Health:
    """Say whether the service is well, for whoever watches it."""
    accounts.has_users(found.engine)
    states = {report.id: report.state for report in found.host.plugins}
    well = all(state in _WELL for state in states.values())
    return Health(
        status="ok" if well else "degraded",
        version=version("dfs-core"),
        observatory=found.observatory.name,
        plugins=states,
    )
