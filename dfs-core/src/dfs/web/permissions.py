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
STAFF: Final = frozenset({Role.SUPPORT, Role.OPERATOR, Role.ADMINISTRATOR})
PREPARING: Final = STAFF | {Role.ASTRONOMER}
_TABLE: Final = (
    (
        PUBLIC,
        """
        GET       /health
        GET       /openapi.json
        GET POST  /login
        POST      /logout
        POST      /api/login
        """,
    ),
    (
        SIGNED_IN,
        """
        GET       /
        GET       /account
        POST      /account/password
        POST      /account/sign-out-everywhere
        POST      /account/tokens
        POST      /account/tokens/{token_id}/revoke
        GET       /api/v1/authenticatedUser
        """,
    ),
    (STAFF, "GET /plugins"),
    (
        PREPARING,
        """
        GET       /prepare
        GET       /prepare/runs/{run_id}
        POST      /prepare/runs/{run_id}/items
        POST      /prepare/runs/{run_id}/move
        POST      /prepare/runs/{run_id}/submit
        GET POST  /prepare/runs/{run_id}/readme
        GET       /prepare/runs/{run_id}/history
        GET       /prepare/items/{item_id}/history
        POST      /prepare/changes/{change_id}/undo
        POST      /prepare/items/{item_id}/{action}
        GET       /prepare/blocks/{block_id}
        GET       /prepare/blocks/{block_id}/visibility
        POST      /prepare/blocks/{block_id}/{action}
        GET       /prepare/blocks/{block_id}/charts/{index}

        GET       /api/v1/obsRuns
        GET       /api/v1/obsRuns/{run_id}
        GET       /api/v1/obsRuns/{run_id}/phase1/targets
        GET       /api/v1/obsRuns/{run_id}/phase1/blockedTimes
        GET PUT   /api/v1/obsRuns/{run_id}/readme
        GET       /api/v1/obsRuns/{run_id}/readme/schema
        POST      /api/v1/obsRuns/{run_id}/submit

        GET PUT DELETE  /api/v1/containers/{container_id}
        GET PUT POST    /api/v1/containers/{container_id}/items
        POST      /api/v1/containers/{container_id}/items/append
        POST      /api/v1/containers/{container_id}/items/executionTimes
        GET       /api/v1/containers/{container_id}/items/schedule
        GET       /api/v1/containers/{container_id}/items/scheduling
        GET       /api/v1/containers/{container_id}/items/summary
        GET       /api/v1/containers/{container_id}/export
        POST      /api/v1/containers/{container_id}/revise
        GET PUT   /api/v1/containers/{container_id}/schedule
        POST      /api/v1/containers/{container_id}/triggerToO
        POST      /api/v1/containers/{container_id}/verify

        GET PUT DELETE  /api/v1/obsBlocks/{ob_id}
        POST      /api/v1/obsBlocks/{ob_id}/duplicate
        GET PUT DELETE  /api/v1/obsBlocks/{ob_id}/ephemeris
        POST      /api/v1/obsBlocks/{ob_id}/executionTime
        GET       /api/v1/obsBlocks/{ob_id}/executions
        GET       /api/v1/obsBlocks/{ob_id}/export
        GET POST  /api/v1/obsBlocks/{ob_id}/findingCharts
        GET DELETE  /api/v1/obsBlocks/{ob_id}/findingCharts/{index}
        POST      /api/v1/obsBlocks/{ob_id}/findingCharts/{index}/duplicate
        POST      /api/v1/obsBlocks/{ob_id}/migrate
        POST      /api/v1/obsBlocks/{ob_id}/revise
        GET PUT   /api/v1/obsBlocks/{ob_id}/schedule
        GET PUT POST    /api/v1/obsBlocks/{ob_id}/templates
        GET       /api/v1/obsBlocks/{ob_id}/templates/completelyFilledIn
        GET PUT DELETE  /api/v1/obsBlocks/{ob_id}/templates/{template_id}
        POST      /api/v1/obsBlocks/{ob_id}/templates/{template_id}/duplicate
        GET PUT   /api/v1/obsBlocks/{ob_id}/templates/{template_id}/{parameter}
        GET PUT   /api/v1/obsBlocks/{ob_id}/timeConstraints/absolute
        GET PUT   /api/v1/obsBlocks/{ob_id}/timeConstraints/sidereal
        POST      /api/v1/obsBlocks/{ob_id}/verify

        GET       /api/v1/executions/{instrument}
        GET PUT   /api/v1/executionSequences/{instrument}
        GET       /api/v1/instrumentPackages/{instrument}
        GET       /api/v1/instrumentPackages/{instrument}/
        GET       /api/v1/instrumentPackages/{instrument}/{version}/instrumentConstraints
        GET       /api/v1/instrumentPackages/{instrument}/{version}/templateSignatures
        GET       /api/v1/instrumentPackages/{instrument}/{version}/templateSignatures/{name}
        """,
    ),
)


def _lines() -> Iterator[tuple[tuple[str, str], Door]]:
    for who, text in _TABLE:
        for line in filter(None, map(str.split, text.splitlines())):
            *methods, path = line
            for method in methods:
                yield (method, path), who


PERMISSIONS: Final[Mapping[tuple[str, str], Door]] = dict(_lines())
"""Who may use a page, with its JSON twin, or a route, by method and path."""


def door(method: str, path: str) -> Door:
    """Say who may use a route.

    Parameters
    ----------
    method : of the request.
    path : of the route, with the names of its parameters.

    Raises
    ------
    KeyError
        The route is not in the table.
    """
    plain = path.removesuffix(".json") if path != "/openapi.json" else path
    plain = "/" if plain == "/index" else plain
    try:
        return PERMISSIONS[method, plain]
    except KeyError:
        raise KeyError(f"{method} {path} has no line in the table of {__name__}") from None


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
        # HEAD is answered as GET is.
        for method in sorted({*(getattr(route, "methods", None) or ())} - {"HEAD"}):
            yield method, path
