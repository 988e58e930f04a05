"""Observations are prepared in a browser, with scripts and without; the screens of 2011."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WINDOWS = ((1, 3), (1, 6), (5, 7), (3, 7))
CONTRIBUTIONS = (20, 12, 11, 40, 10)
DAY = 86_400


@pytest.fixture(scope="module")
def chromium():
    import shutil

    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def prepared(site):
    """Prepare the runs of the P2PP screen of 2011 with the official client."""
    api = Rest(site)
    runs = {run["progId"]: run for run in api.get("/obsRuns")}
    root = runs["60.A-9253(N)"]["containerId"]
    group = api.make(root, "Group", "Group Container")
    for number, weight in enumerate(CONTRIBUTIONS, 1):
        ob = api.make(group, "OB", f"Group OB{number}")
        api.schedule(ob, groupContribution=weight)
    link = api.make(root, "TimeLink", "Time Link Container")
    for number, window in enumerate((None, *WINDOWS), 1):
        ob = api.make(link, "OB", f"TimeLink OB{number}")
        if window:
            earliest, latest = (days * DAY for days in window)
            api.schedule(ob, earliestAfterPrevious=earliest, latestAfterPrevious=latest)
    chain = api.make(root, "Concatenation", "Concatenation Container")
    for number in range(1, 6):
        api.make(chain, "OB", f"Concatenation OB{number}")
    return runs


class Rest:
    """The interface of the client without the client, which this session does not install."""

    def __init__(self, site):
        import json
        import urllib.request

        self._open, self._request, self._json = (
            urllib.request.urlopen,
            urllib.request.Request,
            json,
        )
        self._url = f"{site.url}/api"
        form = f"username=pi&password={site.password.replace(' ', '+')}".encode()
        self._token = ""
        self._token = self._ask("POST", "/login", form, "application/x-www-form-urlencoded")[0][
            "access_token"
        ]

    def _ask(self, method, path, data=None, kind="application/json", version=""):
        headers = {"Content-Type": kind}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if version:
            headers["If-Match"] = version
        with self._open(
            self._request(self._url + path, data=data, headers=headers, method=method)
        ) as answer:
            return self._json.load(answer), answer.headers.get("ETag", "")

    def get(self, path):
        return self._ask("GET", f"/v1{path}")[0]

    def make(self, container, kind, name):
        body = self._json.dumps({"itemType": kind, "name": name}).encode()
        made, _ = self._ask("POST", f"/v1/containers/{container}/items", body)
        return made.get("obId") or made["containerId"]

    def schedule(self, ob, **said):
        path = f"/v1/obsBlocks/{ob}/schedule"
        _, version = self._ask("GET", path)
        self._ask("PUT", path, self._json.dumps(said).encode(), version=version)


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def visit(request, chromium, site, prepared):
    """Give a page that is signed in; it must not complain."""
    context = chromium.new_context(
        java_script_enabled=request.param, viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{site.url}/login")
    page.fill("#username", "pi")
    page.fill("#password", site.password)
    page.click("button.main")
    yield page
    context.close()
    assert [one for one in complaints if "status of 4" not in one] == []


def cells(page, row):
    return [cell.strip() for cell in page.locator(f"tr:has-text('{row}') td").all_inner_texts()]


def test_the_tree_of_2011_stands_as_it_did(visit, site, prepared):
    visit.goto(f"{site.url}/prepare")
    listed = visit.locator("tbody tr").all_inner_texts()
    for code in ("60.A-9253(N)/SM/VIRCAM", "60.A-9253(P)/SM/XSHOOTER", "60.A-9252(B)/SM/SUSI2"):
        assert any(code in line for line in listed)
    visit.click("text=60.A-9253(N)")
    heads = visit.locator("thead th").all_inner_texts()
    assert heads[:6] == [
        "Name",
        "Priority",
        "Contrib. to Group",
        "Abs. Time Intervals",
        "Earliest After Prev.",
        "Latest After Prev.",
    ]
    for number, weight in enumerate(CONTRIBUTIONS, 1):
        assert cells(visit, f"Group OB{number}")[2].split()[0] == str(weight)
    assert cells(visit, "TimeLink OB1")[3:6] == ["0", "", ""]
    for number, (earliest, latest) in enumerate(WINDOWS, 2):
        windows = [f"00{earliest}d 00:00", f"00{latest}d 00:00"]
        assert cells(visit, f"TimeLink OB{number}")[3:6] == ["", *windows]
    assert cells(visit, "Concatenation OB5")[3] == "0"


def test_a_run_without_a_plugin_is_shown_with_the_reason(visit, site):
    visit.goto(f"{site.url}/prepare")
    line = visit.locator("tr:has-text('SUSI2')").inner_text()
    assert "read-only" in line
    visit.click("text=60.A-9252(B)")
    assert "SUSI2" in visit.locator(".notice").inner_text()
    assert visit.locator("form:has(#kind)").count() == 0


def test_the_uves_screen_of_2011_is_made_from_nothing(visit, site):
    visit.goto(f"{site.url}/prepare")
    visit.click("text=60.A-9253(U)")
    visit.fill("#name", "UVES Obs.")
    visit.click("text=Make")
    offered = visit.locator("#add-acquisition option").all_inner_texts()
    assert set(offered) >= {
        f"UVES_{arm}_acq_{kind}"
        for arm, kinds in (
            ("blue", ("imsl", "slit", "slitrm")),
            ("dic1", ("imsl", "slit", "slitrm")),
            ("dic2", ("imsl",)),
        )
        for kind in kinds
    }
    visit.select_option("#add-acquisition", "UVES_blue_acq_imsl")
    visit.click("form:has(#add-acquisition) button")
    visit.select_option("#add-science", "UVES_blue_obs_exp")
    visit.click("form:has(#add-science) button")
    labels = visit.locator(".templates label").all_inner_texts()
    for label in ("RA blind offset", "Image Slicer", "Depolarizer", "Blue Slit Width"):
        assert label in labels
    values = ".templates form"
    assert visit.locator(f"{values} [name='value.INS.SLIT1.NAME']").input_value() == "SLIC#2"
    assert visit.locator(f"{values} [name='value.INS.SLIT2.WID']").input_value() == "0.6"
    visit.fill("[name='value.DET1.WIN1.UIT1']", "10")
    visit.click("form:has([name='value.DET1.WIN1.UIT1']) button.main")
    visit.click("text=Recalculate")
    assert visit.locator("#time output").inner_text() == "00:09:55"


def test_a_wrong_value_is_shown_at_its_field_and_changes_nothing(visit, site):
    visit.goto(f"{site.url}/prepare")
    visit.click("text=60.A-9253(P)")
    visit.fill("#name", "Wrong")
    visit.click("text=Make")
    visit.fill("[id='target.ra']", "25:00:00")
    visit.click("form[action$='/save'] button")
    assert "no right ascension" in visit.locator(".problem").inner_text()
    assert visit.locator("[id='target.ra']").get_attribute("aria-invalid") == "true"
    assert visit.locator("[id='target.ra']").input_value() == "25:00:00"
    visit.goto(visit.url.removesuffix("/save"))
    assert visit.locator("[id='target.ra']").input_value() == "00:00:00.000"
    visit.click("text=Verify")
    assert "not observable" in visit.locator(".findings").inner_text()


def test_who_was_slower_sees_both_and_loses_nothing(visit, site):
    visit.goto(f"{site.url}/prepare")
    visit.click("text=60.A-9253(P)")
    visit.fill("#name", "Shared")
    visit.click("text=Make")
    slower = visit.context.new_page()
    slower.goto(visit.url)
    visit.fill("[id='target.name']", "theirs")
    visit.click("form[action$='/save'] button")
    slower.fill("[id='target.name']", "yours")
    slower.click("form[action$='/save'] button")
    merge = slower.locator("section:has(#merge)").inner_text()
    assert "theirs" in merge
    assert "yours" in merge
    slower.click("form[action$='/save'] button")
    assert slower.locator("[id='target.name']").input_value() == "yours"
    slower.close()


def test_a_block_says_when_it_can_be_observed(visit, site):
    visit.goto(f"{site.url}/prepare")
    visit.click("text=60.A-9253(U)")
    visit.fill("#name", "Southern")
    visit.click("text=Make")
    visit.fill("[id='target.dec']", "-30:00:00")
    visit.fill("[id='target.ra']", "03:00:00")
    visit.click("form[action$='/save'] button")
    visit.click("text=When can it be observed")
    address = visit.url
    visit.goto(f"{address}?night=2026-11-22")
    assert visit.locator(".plot").count() == 2
    assert visit.locator(".plot .up").count() == 1
    visit.goto(f"{address}?night=2026-05-15")
    assert "cannot be observed" in visit.locator(".problem").inner_text()
    twin = visit.request.get(f"{address}.json?night=2026-11-22").json()
    assert max(twin["altitude_deg"]) > 80
    assert twin["conditions_are_a_model"]
    assert 0 < twin["probability"] < 1


def test_every_page_has_a_twin(visit, site, prepared):
    for path in ("/prepare", f"/prepare/runs/{prepared['60.A-9253(N)']['runId']}"):
        answer = visit.request.get(f"{site.url}{path}.json")
        assert answer.ok
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_finds(chromium, site, prepared, scheme):
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="axe is not installed")
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site.url}/login")
    page.fill("#username", "pi")
    page.fill("#password", site.password)
    page.click("button.main")
    run = prepared["60.A-9253(N)"]["runId"]
    found = []
    for path in ("/prepare", f"/prepare/runs/{run}"):
        page.goto(site.url + path)
        found += axe.Axe().run(page)["violations"]
    page.click("text=Group OB1")
    found += axe.Axe().run(page)["violations"]
    page.goto(page.url + "/visibility")
    found += axe.Axe().run(page)["violations"]
    page.go_back()
    page.click("text=Verify")
    found += axe.Axe().run(page)["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
