"""What every answer carries, and how what cannot be read is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import text

from dfs.foundation.errors import ErrorKind
from dfs.ui.web import Id, services
from dfs.ui.web.replies import STATUS
from dfs.web import permissions
from dfs.web.app import create_app

EVERY_PATH = ("/", "/login", "/health", "/nowhere", "/static/ui/dfs.css", "/openapi.json")


# ── Every answer ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("path", EVERY_PATH)
def test_every_answer_tells_its_type_and_forbids_what_no_page_needs(shared_site, path, accept):
    headers = shared_site.client(accept=accept).get(path, follow_redirects=False).headers

    assert headers["content-type"]
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "strict-transport-security" not in headers


def test_over_https_browsers_are_told_to_stay_with_it(shared_site):
    client = TestClient(shared_site.app, base_url="https://testserver")
    form = {"username": "astronomer", "password": "correct horse battery"}
    answer = client.post("/login", data=form, follow_redirects=False)

    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "Secure" in answer.headers["set-cookie"]


def test_a_static_file_that_the_browser_has_is_not_sent_again(shared_site):
    client = shared_site.client()
    etag = client.get("/static/ui/dfs.css").headers["etag"]

    assert client.get("/static/ui/dfs.css", headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize("body", [b"null", b"\xff\xfe", b"{"])
def test_the_body_of_a_get_is_ignored(shared_site, body):
    client = shared_site.program("astronomer")

    assert client.request("GET", "/account.json", content=body).status_code == 200


@pytest.mark.parametrize("path", EVERY_PATH)
def test_head_is_answered_like_get_without_the_body(shared_site, path):
    client = shared_site.client(accept="application/json")
    answer, full = client.head(path), client.get(path)

    assert (answer.status_code, answer.content) == (full.status_code, b"")
    assert answer.headers["content-length"] == full.headers["content-length"]


def test_every_kind_of_error_has_a_status():
    assert set(STATUS) == set(ErrorKind)


# ── Who asks for what, and gets it how ──────────────────────────────────────


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/nowhere.json"])
def test_a_program_gets_an_error_as_json(shared_site, path):
    answer = shared_site.client(accept="*/*").get(path)

    assert answer.status_code == 404
    assert answer.json() == {
        "error": "there is nothing at this address",
        "code": "web.not-found",
        "path": "",
        "remedy": "",
    }


def test_the_interface_answers_json_even_to_a_browser(shared_site):
    answer = shared_site.client(accept="text/html").get("/api/nowhere")

    assert answer.json()["code"] == "web.not-found"


def test_a_person_gets_an_error_as_a_page_and_stays_signed_in_on_it(shared_site):
    answer = shared_site.browser("astronomer").get("/nowhere")

    assert answer.status_code == 404
    assert "there is nothing at this address" in answer.text
    assert "astronomer" in answer.text


def test_a_method_that_is_not_taken_is_told_with_those_that_are(shared_site):
    answer = shared_site.client().delete("/health")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_person_who_is_not_signed_in_is_led_to_the_door_and_back(site):
    browser = site.browser()
    answer = browser.get("/account?x=1", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=/account%3Fx%3D1"
    form = {"username": "astronomer", "password": "correct horse battery", "next": "/account?x=1"}

    assert browser.post("/login", data=form).url.raw_path == b"/account?x=1"


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_the_door_leads_to_no_other_site(shared_site, wanted):
    form = {"username": "astronomer", "password": "correct horse battery", "next": wanted}
    answer = shared_site.browser().post("/login", data=form, follow_redirects=False)

    assert answer.headers["location"] == "/"


# ── Requests in somebody's name ─────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
    ids=str,
)
def test_another_site_cannot_act_in_the_name_of_who_is_signed_in(shared_site, headers):
    browser = shared_site.browser("astronomer")
    del browser.headers["sec-fetch-site"]
    answer = browser.post("/logout", headers=headers)

    assert answer.status_code == 403
    assert "web.foreign-request" in answer.text
    assert browser.get("/account").status_code == 200


def test_another_site_cannot_sign_somebody_in_either(shared_site):
    form = {"username": "astronomer", "password": "correct horse battery"}
    answer = shared_site.client(**{"sec-fetch-site": "cross-site"}).post("/login", data=form)

    assert answer.json()["code"] == "web.foreign-request"


def test_the_forms_of_the_service_are_taken_from_old_browsers_too(shared_site):
    browser = shared_site.browser("astronomer")
    del browser.headers["sec-fetch-site"]
    answer = browser.post("/logout", headers={"origin": "http://testserver"})

    assert answer.url.path == "/login"
    assert "You are signed out." in answer.text


def test_what_a_page_says_comes_from_no_address(shared_site):
    browser = shared_site.browser()

    assert "you have won" not in browser.get("/login?said=you have won").text


def test_a_word_is_said_once(shared_site):
    browser = shared_site.browser("astronomer")

    assert "You are signed out." in browser.post("/logout").text
    assert "You are signed out." not in browser.get("/login").text


# ── What cannot be read ─────────────────────────────────────────────────────


class Pair(BaseModel):
    names: list[str]
    number: float = 0


@pytest.fixture(scope="module")
def rough(shared_site) -> TestClient:
    """Give a client of an application whose routes go wrong in all ways."""
    router = APIRouter()

    @router.post("/rough/document")
    def document(pair: Pair) -> Pair:
        return pair

    @router.post("/rough/anything")
    def anything(document: dict[str, Any]) -> None:
        pass

    @router.get("/rough/rows/{row_id}")
    def row(row_id: Id) -> int:
        return row_id

    @router.get("/rough/number")
    def number(request: Request, given: int) -> None:
        with services(request).engine.connect() as connection:
            connection.execute(text("SELECT * FROM job WHERE id = :given"), {"given": given})

    @router.get("/rough/text")
    def surrogate(request: Request) -> None:
        with services(request).engine.connect() as connection:
            connection.execute(text("SELECT * FROM job WHERE kind = :given"), {"given": "\ud800"})

    @router.get("/rough/away")
    def away(request: Request) -> None:
        with services(request).engine.connect() as connection:
            connection.execute(text("SELECT * FROM no_such_table"))

    @router.get("/rough/surprise")
    def surprise() -> None:
        raise RuntimeError("hunter2")

    @router.post("/rough/upload")
    async def upload(request: Request) -> int:
        return len(await request.body())

    with pytest.MonkeyPatch.context() as patch:
        for route in router.routes:
            for method in route.methods:
                patch.setitem(permissions.PERMISSIONS, (method, route.path), permissions.PUBLIC)
        patch.setattr("dfs.web.pages.router", router)
        app: FastAPI = create_app(shared_site.services, ["dfs.web.pages:router"])
        yield TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"names": [1]}', "names[0]"),
        (b"{}", "names"),
        (b"[]", ""),
        (b"", ""),
        (b"{", ""),
        (b'{"names": ["\xff"]}', ""),
        (b"[" * 100_000, ""),
        (b'{"names": [], "number": 1' + b"0" * 5000 + b"}", None),
    ],
    ids=["type", "missing", "shape", "nothing", "cut", "no UTF-8", "deep", "huge number"],
)
def test_a_document_that_cannot_be_read_is_refused_with_the_field(rough, body, path):
    answer = rough.post(
        "/rough/document", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.json()["error"]
    if path is not None:
        assert answer.json()["path"] == path


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"names": ["a", "b\\u0000"]}', "names[1]"),
        (b'{"names": ["\\ud800"]}', "names[0]"),
        (b'{"names": [], "number": NaN}', "number"),
        (b'{"names": [], "deep": [{"x": [1, 1e999]}]}', "deep[0].x[1]"),
        (b'{"names": [], "deep": {"\\u0000": 1}}', "deep"),
        ('{"names": ["\\ud800"]}'.encode("utf-16"), "names[0]"),
    ],
    ids=["NUL", "half a character", "no number", "infinite", "name", "UTF-16"],
)
def test_a_document_with_what_no_database_holds_is_refused_with_the_field(rough, body, path):
    answer = rough.post(
        "/rough/anything", content=body, headers={"content-type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "web.not-storable")
    assert answer.json()["path"] == path


@pytest.mark.parametrize("text", ["é", "𝒜", "NaN", "1e999", "Infinity", "\\u0000"])
def test_a_text_that_only_looks_so_is_taken(rough, text):
    assert rough.post("/rough/document", json={"names": [text]}).json()["names"] == [text]


@pytest.mark.parametrize("row_id", ["0", "-1", str(2**31), "9" * 40, "x"])
def test_no_row_has_such_an_id(rough, row_id):
    answer = rough.get(f"/rough/rows/{row_id}")

    assert (answer.status_code, answer.json()["path"]) == (400, "row_id")


@pytest.mark.parametrize("path", [f"/rough/number?given={2**70}", "/rough/text"])
def test_a_value_that_no_database_holds_is_refused(rough, path):
    answer = rough.get(path)

    assert (answer.status_code, answer.json()["code"]) == (400, "web.not-storable")


def test_a_database_that_does_not_answer_is_no_fault_of_who_asks(rough):
    answer = rough.get("/rough/away")

    assert (answer.status_code, answer.json()["code"]) == (503, "web.busy")


def test_a_surprise_tells_nothing_and_is_protected_like_any_answer(rough, caplog):
    answer = rough.get("/rough/surprise")

    assert (answer.status_code, answer.json()["code"]) == (500, "web.internal-error")
    assert "hunter2" not in answer.text
    assert "hunter2" in caplog.text
    assert answer.headers["content-security-policy"]


def in_pieces(size: int):
    while size > 0:
        yield b" " * min(size, 100_000)
        size -= 100_000


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("path", "kind", "limit"),
    [
        ("/rough/document", "application/json", 2_000_000),
        ("/rough/upload", "image/jpeg", 8_000_000),
    ],
)
def test_more_than_the_limit_is_not_read(rough, path, kind, limit, announced):
    def send(size: int):
        content = b" " * size if announced else in_pieces(size)
        return rough.post(path, content=content, headers={"content-type": kind})

    assert send(limit).status_code != 413
    answer = send(limit + 100_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "web.too-large")


def test_the_interface_describes_its_errors_and_how_to_sign_in(shared_site):
    document = shared_site.client().get("/openapi.json").json()

    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path in document["paths"].values():
        for operation in path.values():
            assert "4XX" in operation["responses"]
            assert "422" not in operation["responses"]
    assert json.dumps(document)
