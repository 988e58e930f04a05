"""Every route is in the permission table, and opens to those that the table names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from dfs.ui.principal import Role
from dfs.web import app as application
from dfs.web import permissions
from dfs.web.permissions import PERMISSIONS, door, doors, may_enter

REFUSALS = {"web.sign-in": 401, "web.forbidden": 403}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Give the routes that pass the guard."""
    return ((method, path) for method, path in doors(app.routes) if path != "/openapi.json")


def ask(client: TestClient, method: str, path: str) -> str:
    """Send a request that means nothing, and give the code if the door is shut."""
    filled = re.sub(r"{[^}]*}", "1", path)
    answer = client.request(method, filled, follow_redirects=False)
    assert answer.status_code < 500, f"{method} {path}: {answer.text}"
    if answer.headers["content-type"] != "application/json":
        return ""
    document = answer.json()
    code = document.get("code", "") if isinstance(document, dict) else ""
    assert answer.status_code == REFUSALS.get(code, answer.status_code)
    return code if code in REFUSALS else ""


def test_a_route_that_is_not_in_the_table_stops_the_start(shared_site, monkeypatch):
    router = APIRouter()
    router.add_api_route("/secrets", lambda: "all of them", methods=["GET"])
    monkeypatch.setattr("dfs.web.pages.router", router)

    with pytest.raises(KeyError, match="GET /secrets"):
        application.create_app(shared_site.services, ["dfs.web.pages:router"])


def test_every_line_of_the_table_is_a_route(shared_site):
    known = set(doors(shared_site.app.routes))

    assert {line for line in PERMISSIONS if line not in known} == set()


def test_a_page_and_its_twin_open_to_the_same_people():
    assert door("GET", "/plugins") == door("GET", "/plugins.json")
    assert door("GET", "/") == door("GET", "/index.json")


def test_nobody_gets_in_where_somebody_must_be_signed_in(shared_site):
    client = shared_site.client(accept="application/json")
    for method, path in routes(shared_site.app):
        expected = "" if may_enter(None, door(method, path)) else "web.sign-in"
        assert ask(client, method, path) == expected, f"{method} {path}"


@pytest.mark.parametrize("role", [*Role, "nobody"])
def test_each_role_gets_in_where_the_table_says(shared_site, role):
    who = shared_site.who(role)
    for method, path in routes(shared_site.app):
        # A new token for each: one of the routes ends all that somebody has.
        client = shared_site.program(role)
        expected = "" if may_enter(who, door(method, path)) else "web.forbidden"
        assert ask(client, method, path) == expected, f"{method} {path}"


@pytest.mark.parametrize("token", ["", "nonsense", "é", "a" * 5000])
def test_a_token_that_is_none_is_nobody(shared_site, token):
    client = shared_site.client(accept="application/json")
    answer = client.get("/account.json", headers={"authorization": f"Bearer {token}".encode()})

    assert (answer.status_code, answer.json()["code"]) == (401, "web.sign-in")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_token_of_a_program_is_no_cookie_and_a_session_is_no_token(shared_site):
    browser = shared_site.browser("astronomer")
    session = browser.cookies["dfs_session"]
    token = shared_site.program("astronomer").headers["authorization"].removeprefix("Bearer ")

    def status(**headers: str) -> int:
        return shared_site.client(**headers).get("/account.json").status_code

    assert status(authorization=f"Bearer {session}") == 401
    assert status(cookie=f"dfs_session={token}") == 401
    assert status(authorization=f"Bearer {token}") == 200
    assert status(cookie=f"dfs_session={session}") == 200


def test_no_route_has_two_doors():
    lines = [line for line, _ in permissions._lines()]

    assert len(lines) == len(set(lines))


def test_every_page_has_a_twin(shared_site):
    contexts = list(iter_route_contexts(shared_site.app.routes))
    known = {context.path for context in contexts}
    pages = {
        context.path
        for context in contexts
        if getattr(context.original_route, "response_class", None) is HTMLResponse
    } - {"/login"}

    assert {path for path in pages if f"{path.rstrip('/') or '/index'}.json" not in known} == set()
