"""The pages of the front door in headless Chromium: usable, accessible, also without scripts."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_core_python.sync_playwright", reason="axe is not installed")
uvicorn = pytest.importorskip("uvicorn", reason="the extra dfs-core[web] is not installed")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def address(shared_site) -> Iterator[str]:
    """Serve the application, and give where."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(shared_site.app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own; what a policy refused fails the test."""
    contexts, refused = [], []

    def opened(path: str, **options: object) -> Page:
        contexts.append(chromium.new_context(base_url=address, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda line: refused.append(line.text) if "Refused" in line.text else 0)
        page.on("pageerror", lambda error: refused.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert refused == []


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def violations(page: Page) -> list[str]:
    found = axe.Axe().run(page)["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/login", "/", "/account", "/plugins", "/nowhere"])
def test_a_page_has_no_fault_that_axe_finds(open_page, path, scheme):
    page = open_page("/login", color_scheme=scheme)
    if path != "/login":
        sign_in(page, "administrator")
        page.goto(path)
        page.locator(".menu summary").click()

    assert violations(page) == []


def test_who_is_refused_is_told_beside_the_fields(open_page):
    page = open_page("/account")
    page.get_by_label("User name").fill("astronomer")
    page.get_by_label("Password").fill("not it")
    page.get_by_role("button", name="Sign in").click()

    alert = page.get_by_role("alert").filter(has_text="wrong")
    playwright.expect(alert).to_have_text("The name or the password is wrong.")
    assert violations(page) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_astronomer_signs_in_makes_a_token_ends_it_and_leaves(open_page, scripts):
    page = open_page("/account", java_script_enabled=scripts)
    sign_in(page, "astronomer")
    assert page.url.endswith("/account")

    page.get_by_label("What it is for").fill("nightly script")
    page.get_by_role("button", name="Make a token").click()
    secret = page.get_by_label("Token").input_value()
    assert re.fullmatch(r"[\w-]{43}", secret)
    answer = page.request.get("/account.json", headers={"authorization": f"Bearer {secret}"})
    assert answer.ok

    page.get_by_role("link", name="Back to the account").click()
    row = page.get_by_role("row").filter(has_text="nightly script")
    row.get_by_role("button").click()
    playwright.expect(row).to_have_count(0)

    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    playwright.expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_the_page_tells_that_the_server_is_away_and_back(open_page):
    page = open_page("/login")
    sign_in(page, "operator")
    sign = page.locator("#server")
    playwright.expect(sign).to_have_text("Server reachable")
    page.context.set_offline(True)
    playwright.expect(sign).to_have_text("Server not reachable")
    page.context.set_offline(False)
    playwright.expect(sign).to_have_text("Server reachable")


def test_the_keyboard_reaches_the_content_and_the_menu(open_page):
    page = open_page("/login")
    sign_in(page, "operator")
    page.goto("/")
    page.keyboard.press("Tab")
    playwright.expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    playwright.expect(page.locator("#content")).to_be_focused()
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    playwright.expect(page.get_by_role("link", name="Account").first).to_be_visible()
    page.keyboard.press("Escape")
    playwright.expect(page.locator(".menu")).not_to_have_attribute("open", "")


def test_a_narrow_screen_needs_no_sideways_scrolling(open_page):
    page = open_page("/login", viewport={"width": 360, "height": 700})
    sign_in(page, "administrator")
    for path in ("/", "/account", "/plugins"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
