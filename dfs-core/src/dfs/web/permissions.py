"""Who may come in where: every route, and nobody else.

This table opens doors; what somebody may do with one run, block or file is decided by
the stage that keeps it. A route that is not here stops the application from starting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from dfs.ui.principal import Principal, Role

Door: TypeAlias = frozenset[Role] | None
"""Who may come in; None for everybody, signed in or not."""

PUBLIC: Final[Door] = None
SIGNED_IN: Final[Door] = frozenset(Role)
STAFF: Final[Door] = frozenset({Role.SUPPORT, Role.OPERATOR, Role.ADMINISTRATOR})

_PREPARE: Final = frozenset({Role.ASTRONOMER, Role.SUPPORT, Role.OPERATOR, Role.ADMINISTRATOR})

PERMISSIONS: Final[Mapping[tuple[str, str], Door]] = {
    ("GET", "/health"): PUBLIC,
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): PUBLIC,
    ("POST", "/logout"): PUBLIC,
    ("POST", "/api/login"): PUBLIC,
    ("GET", "/openapi.json"): PUBLIC,
    ("GET", "/"): SIGNED_IN,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/tokens"): SIGNED_IN,
    ("POST", "/account/tokens/{token_id}/revoke"): SIGNED_IN,
    ("POST", "/account/sign-out-everywhere"): SIGNED_IN,
    ("GET", "/plugins"): STAFF,
}
"""Who may use a page (and its JSON twin) or a route, by method and path."""

ROOMS: Final[Mapping[str, Door]] = {
    "/api/v1/": _PREPARE,
    "/prepare": _PREPARE,
}
"""Who may use all routes below a path that the table above does not name."""


def door(method: str, path: str) -> Door:
    """Say who may use a route.

    Parameters
    ----------
    method : of the request; HEAD is GET.
    path : of the route, with the names of its parameters.

    Raises
    ------
    KeyError
        The route is not in the table.
    """
    method = "GET" if method == "HEAD" else method
    plain = path.removesuffix(".json") if path != "/openapi.json" else path
    plain = "/" if plain == "/index" else plain
    if (method, plain) in PERMISSIONS:
        return PERMISSIONS[method, plain]
    for prefix, who in ROOMS.items():
        if path.startswith(prefix):
            return who
    raise KeyError(f"{method} {path}")


def may_enter(who: Principal | None, allowed: Door) -> bool:
    """Tell whether somebody may come in."""
    return allowed is None or (who is not None and who.has(*allowed))


def doors(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Give the method and path of every route, those of included routers among them.

    Raises
    ------
    ValueError
        A router was included below another path: a request would be told the path that
        the route had before, and be let in by the wrong door.
    """
    for route in iter_route_contexts(routes):
        path = str(getattr(route.original_route, "path", ""))
        if route.path != path:
            raise ValueError(f"{path} was included as {route.path}; give the router its prefix")
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, path
