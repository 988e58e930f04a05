"""The README of a run and what was done in it, in a browser."""

from __future__ import annotations

import shutil

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def context(request, chromium, site):
    """Give a browser in which the PI is signed in, at the page of a run."""
    context = chromium.new_context(
        base_url=site.url,
        java_script_enabled=request.param,
        viewport={"width": 1440, "height": 900},
    )
    page = context.new_page()
    page.goto("/login?next=/prepare")
    page.fill("#username", "pi")
    page.fill("#password", site.password)
    page.click("button.main")
    yield context
    context.close()


def run_page(context):
    page = context.new_page()
    page.goto("/prepare")
    page.click("text=60.A-9253(P)")
    return page


def test_two_who_write_the_readme_see_each_others_text(context):
    mine, theirs = run_page(context), run_page(context)
    for page in (mine, theirs):
        page.click("main >> text=README")
    theirs.fill("[name=strategy]", "Theirs: the group first.")
    theirs.click("text=Save")
    assert "saved" in theirs.locator(".said").inner_text()
    mine.fill("[name=strategy]", "Mine: the time link first.")
    mine.click("button:has-text('Save')")
    assert "preparation.stale" in mine.locator(".problem").inner_text()
    assert mine.locator("[name=strategy]").input_value() == "Mine: the time link first."
    assert mine.locator("[id='saved.strategy']").input_value() == "Theirs: the group first."
    mine.click("button:has-text('Save')")
    assert mine.locator("[name=strategy]").input_value() == "Mine: the time link first."
    assert mine.locator(".problem").count() == 0


def test_what_was_done_is_told_and_taken_back(context):
    page = run_page(context)
    page.fill("#name", "Made by mistake")
    page.click("text=Make")
    page.click("main >> text=History")
    assert "create OB 'Made by mistake'" in page.locator("tbody").inner_text()
    page.click("tr:has-text('Made by mistake') >> text=Undo")
    assert "undo: create OB 'Made by mistake'" in page.locator(".said").inner_text()
    page.click("main >> text=60.A-9253(P)")
    assert page.locator("table.tree >> text=Made by mistake").count() == 0


def test_axe_finds_no_fault_in_them(context, request):
    if "without" in request.node.callspec.id:
        pytest.skip("axe is a script")
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="axe is not installed")
    page = run_page(context)
    run = page.url
    for path in ("/readme", "/history"):
        page.goto(run + path)
        found = axe.Axe().run(page)["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
