"""Pages from templates: one function makes the page and its JSON twin."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra dfs-core[web] is not installed")

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from jinja2 import UndefinedError
from pydantic import BaseModel

from dfs.ui.web import view
from dfs.ui.web.pages import duration, environment


class Star(BaseModel):
    name: str


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "star.html").write_text("<p>{{ view.name }}</p>", encoding="utf-8")
    (tmp_path / "bad.html").write_text("{{ view.colour }}", encoding="utf-8")
    router = APIRouter()

    @view(router, "/stars/{star}", "sky/star.html")
    def star(star: str) -> Star:
        return Star(name=star)

    @view(router, "/bad", "sky/bad.html")
    def bad() -> Star:
        return Star(name="x")

    app = FastAPI()
    app.state.templates = environment({"sky": str(tmp_path)})
    app.include_router(router)
    return TestClient(app)


def test_a_page_and_its_twin_come_from_one_function(client):
    assert client.get("/stars/vega").text == "<p>vega</p>"
    assert client.get("/stars/vega.json").json() == {"name": "vega"}


def test_what_people_wrote_is_text_on_a_page(client):
    assert client.get("/stars/<script>").text == "<p>&lt;script&gt;</p>"


def test_a_name_that_a_template_misspells_is_no_empty_space(client):
    with pytest.raises(UndefinedError):
        client.get("/bad")


def test_the_interface_describes_the_twin_and_not_the_page(client):
    assert list(client.get("/openapi.json").json()["paths"]) == ["/stars/{star}.json", "/bad.json"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00:00"), (595.4, "00:09:55"), (360_000, "100:00:00"), (None, "–")],
)
def test_durations_are_written_as_hours_minutes_seconds(seconds, text):
    assert duration(seconds) == text
