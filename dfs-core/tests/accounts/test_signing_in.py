"""Users sign in; those who try names and passwords are stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from dfs.accounts import secrets, service
from dfs.accounts.tables import TokenRow, UserRow
from dfs.foundation.errors import UserError
from dfs.ui.principal import Role

PASSWORD = "correct horse battery"


@pytest.fixture
def engine(service_database, hands):
    service.create_user(service_database, hands, "Olga", PASSWORD, name="Olga Observer")
    return service_database


def refusal(engine, hands, username="olga", password="wrong", **kw) -> str:
    with pytest.raises(UserError) as caught:
        service.authenticate(engine, hands, username, password, **kw)
    return caught.value.code.name


def test_a_user_signs_in_whatever_the_case_of_the_name(engine, hands):
    who = service.authenticate(engine, hands, "oLGA", PASSWORD)

    assert (who.username, who.name, who.roles) == ("Olga", "Olga Observer", {Role.ASTRONOMER})


def test_nothing_tells_a_wrong_name_from_a_wrong_password_or_a_suspended_user(engine, hands):
    service.create_user(engine, hands, "ivan", PASSWORD)
    service.set_active(engine, "ivan", active=False)
    answers = []
    for username, password in (("olga", "wrong"), ("nobody", PASSWORD), ("ivan", PASSWORD)):
        with pytest.raises(UserError) as caught:
            service.authenticate(engine, hands, username, password)
        answers.append((caught.value.code, caught.value.detail, caught.value.where))

    assert len(set(answers)) == 1


@pytest.mark.parametrize("username", ["olga", "nobody", "\x00", "\ud800", "x" * 10_000])
def test_a_password_is_hashed_whoever_signs_in_so_that_time_tells_no_names(
    engine, hands, username, monkeypatch
):
    class Counting(PasswordHasher):
        looked = 0

        def verify(self, *both):
            type(self).looked += 1
            return super().verify(*both)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_hasher", lambda: hasher)

    assert refusal(engine, hands, username) == "accounts.refused"
    assert Counting.looked == 1


def test_passwords_are_kept_as_argon2id_and_tokens_as_digests(engine, hands):
    who = service.authenticate(engine, hands, "olga", PASSWORD)
    secret = service.issue_token(engine, hands, who)

    with Session(engine) as session:
        (hashed,) = session.scalars(sa.select(UserRow.password_hash))
        (digest,) = session.scalars(sa.select(TokenRow.digest))
    assert hashed.startswith("$argon2id$")
    assert secret not in digest
    assert len(digest) == 64


def test_who_fails_ten_times_must_wait_whoever_asks_then(engine, hands):
    for _ in range(service.ATTEMPTS):
        assert refusal(engine, hands) == "accounts.refused"

    assert refusal(engine, hands, password=PASSWORD) == "accounts.throttled"
    hands.wait(minutes=15)
    assert service.authenticate(engine, hands, "olga", PASSWORD).username == "Olga"


def test_an_address_that_tries_many_names_must_wait_and_no_other(engine, hands):
    for number in range(service.ATTEMPTS):
        refusal(engine, hands, f"guess{number}", address="192.0.2.1")

    assert refusal(engine, hands, "olga", PASSWORD, address="192.0.2.1") == "accounts.throttled"
    assert service.authenticate(engine, hands, "olga", PASSWORD, address="192.0.2.2")


def test_who_has_an_account_cannot_clear_the_failures_of_an_address(engine, hands):
    for number in range(service.ATTEMPTS - 1):
        refusal(engine, hands, f"guess{number}", address="192.0.2.1")
    service.authenticate(engine, hands, "olga", PASSWORD, address="192.0.2.1")
    refusal(engine, hands, "one more", address="192.0.2.1")

    assert refusal(engine, hands, "another", address="192.0.2.1") == "accounts.throttled"


def test_who_signs_in_has_all_attempts_again(engine, hands):
    for _ in range(3):
        for _ in range(service.ATTEMPTS - 1):
            refusal(engine, hands)
        assert service.authenticate(engine, hands, "olga", PASSWORD)


def test_attempts_at_the_same_time_do_not_pass_the_limit(engine, hands):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: refusal(engine, hands), range(24)))

    assert answers.count("accounts.refused") == service.ATTEMPTS


# ── Tokens ──────────────────────────────────────────────────────────────────


@pytest.fixture
def olga(engine, hands):
    return service.authenticate(engine, hands, "olga", PASSWORD)


def test_a_token_is_good_for_its_purpose_and_its_time(engine, hands, olga):
    secret = service.issue_token(engine, hands, olga)

    assert service.principal_of_token(engine, hands, secret, service.API) == olga
    assert service.principal_of_token(engine, hands, secret, service.SESSION) is None
    assert service.principal_of_token(engine, hands, secret[:-1], service.API) is None
    hands.wait(hours=8)
    assert service.principal_of_token(engine, hands, secret, service.API) is None


@pytest.mark.parametrize(
    "end",
    [
        lambda engine, olga, secret: service.revoke_token(engine, secret),
        lambda engine, olga, secret: service.revoke_tokens(engine, olga),
        lambda engine, olga, secret: service.set_password(engine, "olga", "another password"),
        lambda engine, olga, secret: service.set_active(engine, "olga", active=False),
    ],
    ids=["revoked", "signed out everywhere", "password changed", "suspended"],
)
def test_a_token_ends_with(engine, hands, olga, end):
    secret = service.issue_token(engine, hands, olga)
    end(engine, olga, secret)

    assert service.principal_of_token(engine, hands, secret, service.API) is None


def test_one_ends_ones_own_tokens_only(engine, hands, olga):
    ivan = service.create_user(engine, hands, "ivan", PASSWORD)
    secret = service.issue_token(engine, hands, olga, label="script")
    _, (token,) = service.account(engine, hands, olga)
    assert token.label == "script"

    other = service.principal_of_user(engine, ivan.username)
    service.revoke_token_of(engine, other, token.id)
    assert service.principal_of_token(engine, hands, secret, service.API)
    service.revoke_token_of(engine, olga, token.id)
    assert service.principal_of_token(engine, hands, secret, service.API) is None


def test_roles_change_what_a_token_opens_at_once(engine, hands, olga):
    secret = service.issue_token(engine, hands, olga)
    service.set_roles(engine, "olga", ["operator"])

    who = service.principal_of_token(engine, hands, secret, service.API)
    assert who.roles == {Role.OPERATOR}


# ── Users and grants ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("username", "password", "roles", "code"),
    [
        ("OLGA", PASSWORD, (), "accounts.username-taken"),
        ("a b", PASSWORD, (), "accounts.username"),
        ("../x", PASSWORD, (), "accounts.username"),
        ("x", PASSWORD, (), "accounts.username"),
        ("anna", "short", (), "accounts.password"),
        ("anna", "x" * 257, (), "accounts.password"),
        ("anna", PASSWORD, ("wizard",), "accounts.unknown-role"),
    ],
)
def test_an_account_that_cannot_be_is_refused(engine, hands, username, password, roles, code):
    with pytest.raises(UserError) as caught:
        service.create_user(engine, hands, username, password, roles=roles)
    assert caught.value.code.name == code


def test_users_come_in_one_query_by_name(engine, hands):
    ids = [service.create_user(engine, hands, name, PASSWORD).id for name in ("zoe", "anna")]
    asked = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    with Session(engine) as session:
        found = service.users(session, ids)

    assert [user.username for user in found] == ["anna", "zoe"]
    assert len(asked) == 1


def test_a_right_is_granted_on_one_thing_and_taken_away(engine, hands, olga):
    with Session(engine) as session, session.begin():
        for number in (4, 5, 4):
            service.grant(session, olga.user_id, "delegate", "run", number)
        assert service.granted(session, olga.user_id, "delegate", "run") == {4, 5}
        assert service.granted(session, olga.user_id, "delegate", "programme") == set()
        assert [user.username for user in service.holders(session, "delegate", "run", 4)] == [
            "Olga"
        ]
        service.revoke(session, olga.user_id, "delegate", "run", 4)
        assert service.granted(session, olga.user_id, "delegate", "run") == {5}
