"""One's own account: password, sessions, tokens; on either kind of database."""

from __future__ import annotations

import re

import pytest

from dfs.accounts.service import ATTEMPTS

PASSWORD = "correct horse battery"


def secret_on(page: str) -> str:
    return re.search(r'id="secret"[^>]* value="([^"]+)"', page).group(1)


def test_a_program_signs_in_with_a_form_as_the_official_client_does(site):
    answer = site.client().post("/api/login", data={"username": "astronomer", "password": PASSWORD})

    assert answer.status_code == 200
    assert list(answer.json()) == ["access_token"]


def test_a_wrong_password_is_a_401_and_too_many_are_a_429(site):
    form = {"username": "astronomer", "password": "wrong"}
    answers = [site.client().post("/api/login", data=form) for _ in range(ATTEMPTS + 1)]

    assert [answer.status_code for answer in answers] == [401] * ATTEMPTS + [429]
    assert answers[-1].json()["code"] == "accounts.throttled"


def test_a_new_password_ends_all_sessions_and_tokens(site):
    browser, program = site.browser("astronomer"), site.program("astronomer")
    answer = browser.post(
        "/account/password", data={"current": PASSWORD, "wanted": "a friendlier sentence"}
    )

    assert "Your password is changed" in answer.text
    assert program.get("/account.json").status_code == 401
    form = {"username": "astronomer", "password": "a friendlier sentence"}
    assert site.client().post("/api/login", data=form).status_code == 200


@pytest.mark.parametrize(
    ("current", "wanted", "status", "code"),
    [
        ("not mine", "a friendlier sentence", 401, "accounts.refused"),
        (PASSWORD, "short", 400, "accounts.password"),
    ],
)
def test_a_password_is_not_changed_by_a_stranger_nor_to_a_weak_one(
    site, current, wanted, status, code
):
    browser = site.browser("astronomer")
    answer = browser.post("/account/password", data={"current": current, "wanted": wanted})

    assert answer.status_code == status
    assert code in answer.text
    assert browser.get("/account").status_code == 200


def test_a_token_for_a_script_opens_the_interface_until_it_is_ended(site):
    browser = site.browser("astronomer")
    made = browser.post("/account/tokens", data={"label": "<b>nightly</b>", "days": "90"})
    assert made.status_code == 201
    assert "<b>nightly" not in made.text
    program = site.client(authorization=f"Bearer {secret_on(made.text)}")
    (token, _) = program.get("/account.json").json()["tokens"]
    assert (token["label"], token["expires_at"][:10]) == ("<b>nightly</b>", "2027-02-20")
    assert "secret" not in program.get("/account.json").text

    other = site.browser("support")
    other.post(f"/account/tokens/{token['id']}/revoke")
    assert program.get("/account.json").status_code == 200
    browser.post(f"/account/tokens/{token['id']}/revoke")
    assert program.get("/account.json").status_code == 401


@pytest.mark.parametrize(("days", "status"), [("-5", 201), ("100000", 201), ("soon", 400)])
def test_a_token_is_good_for_a_day_at_least_and_a_year_at_most(site, days, status):
    browser = site.browser("astronomer")
    made = browser.post("/account/tokens", data={"label": "x", "days": days})
    assert made.status_code == status
    for token in browser.get("/account.json").json()["tokens"]:
        assert "2026-11-23" <= token["expires_at"][:10] <= "2027-11-22"


def test_who_signs_out_everywhere_is_signed_in_nowhere(site):
    browser, other = site.browser("astronomer"), site.browser("astronomer")
    browser.post("/account/sign-out-everywhere")

    assert other.get("/account", follow_redirects=False).status_code == 303


def test_the_page_and_its_twin_tell_the_same(site):
    browser = site.browser("astronomer")
    document, page = browser.get("/account.json").json(), browser.get("/account").text

    assert document["username"] == "astronomer"
    assert all(token["issued_at"][:10] in page for token in document["tokens"])
