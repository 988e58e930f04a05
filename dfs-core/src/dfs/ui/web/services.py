"""What a request finds: the services of the process, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path, Request

from dfs.foundation.errors import ErrorKind, UserError, define
from dfs.ui.principal import Principal

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dfs.foundation.clock import Clock
    from dfs.foundation.observatory import Observatory
    from dfs.foundation.settings import Settings
    from dfs.host import Host

NOBODY = define(
    "web.sign-in",
    "Nobody is signed in.",
    "Sign in, or send a token that is still good.",
    ErrorKind.UNAUTHENTICATED,
)


@dataclass(frozen=True, slots=True)
class Services:
    """What every use case of a process is made from.

    Parameters
    ----------
    engine : the database.
    clock : the present moment.
    settings : of the deployment.
    host : the instrument plugins.
    observatory : sites, telescopes, periods.
    """

    engine: Engine
    clock: Clock
    settings: Settings
    host: Host
    observatory: Observatory


def services(request: Request) -> Services:
    """Give the services of the process."""
    found: Services = request.app.state.services
    return found


def optional_principal(request: Request) -> Principal | None:
    """Give who asks, if they signed in; the assembly found it out."""
    found: Principal | None = getattr(request.state, "principal", None)
    return found


def principal(request: Request) -> Principal:
    """Give who asks.

    Raises
    ------
    UserError
        Nobody is signed in.
    """
    found = optional_principal(request)
    if found is None:
        raise UserError(NOBODY, "nobody is signed in")
    return found


Signed = Annotated[Principal, Depends(principal)]
"""Who asks, in the signature of a route."""


Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""The id of a row, in the path of a route; no database holds a larger one."""


def wants_html(request: Request) -> bool:
    """Tell whether a person looks at the answer, not a program."""
    path = request.url.path
    return not (path.startswith("/api/") or path.endswith(".json")) and "text/html" in (
        request.headers.get("accept", "")
    )
