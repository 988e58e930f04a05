"""Pages: one function makes what a page shows, and the same as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape

from dfs.ui.web.services import optional_principal

_SAID: Final = "dfs_said"

_View = TypeVar("_View", bound=Callable[..., Any])


def environment(folders: Mapping[str, str]) -> Environment:
    """Make what turns templates into pages.

    Parameters
    ----------
    folders : of each room the folder of its templates; ``"room/name.html"`` names one.
    """
    made = Environment(
        loader=PrefixLoader({room: FileSystemLoader(path) for room, path in folders.items()}),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["duration"] = duration
    return made


def duration(seconds: float | None) -> str:
    """Write seconds as ``HH:MM:SS``; a dash for what is unknown."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def page(request: Request, template: str, /, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Show a page; the template gets the context, who asks, and what to say once."""
    rooms: Environment = request.app.state.templates
    said = unquote(request.cookies.get(_SAID, ""))
    text = rooms.get_template(template).render(
        request=request, who=optional_principal(request), said=said, **context
    )
    answer = HTMLResponse(text, status)
    if said:
        answer.delete_cookie(_SAID)
    return answer


def see_other(path: str, said: str = "") -> RedirectResponse:
    """Send the browser on after a form was taken; the next page says a word about it."""
    answer = RedirectResponse(path, HTTPStatus.SEE_OTHER)
    if said:
        # Not in the address: anybody could write a link that lets the page say anything.
        answer.set_cookie(_SAID, quote(said), max_age=60, httponly=True, samesite="lax")
    return answer


def view(router: APIRouter, path: str, template: str) -> Callable[[_View], _View]:
    """Make a page and its JSON twin from one function.

    The function's answer is the twin's document at ``path.json``, and the template
    sees it as ``view``.
    """

    def register(function: _View) -> _View:
        def shown(request: Request, view: Any = Depends(function)) -> HTMLResponse:  # noqa: B008
            return page(request, template, view=view)

        # The twin comes first: an id in the page's path would match "5.json" as well.
        name = function.__name__
        twin = f"{path.rstrip('/') or '/index'}.json"
        router.add_api_route(twin, function, methods=["GET"], name=f"{name}_json")
        router.add_api_route(
            path, shown, methods=["GET"], name=name, response_class=HTMLResponse,
            include_in_schema=False,
        )  # fmt: skip
        return function

    return register
