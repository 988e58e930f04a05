"""The application with nobody but its users, asked as browsers and programs ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("fastapi", reason="the extra dfs-core[web] is not installed")

from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from dfs.accounts import secrets
from dfs.accounts import service as accounts
from dfs.foundation.observatory import load_observatory
from dfs.foundation.settings import Settings
from dfs.host import Host
from dfs.ui.principal import Principal, Role
from dfs.ui.web import Services
from dfs.web.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from sqlalchemy import Engine

PASSWORD = "correct horse battery"
NOW = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)


@pytest.fixture(autouse=True, scope="session")
def _cheap_hashes() -> Iterator[None]:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_hasher", lambda: hasher)
        yield


@dataclass(frozen=True, slots=True)
class Site:
    """A service and its users: one for each role, called like it, and one without any."""

    app: FastAPI
    services: Services

    def client(self, **headers: str) -> TestClient:
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def who(self, username: str) -> Principal:
        return accounts.principal_of_user(self.services.engine, username)

    def program(self, username: str) -> TestClient:
        """Give a program that has a token."""
        token = accounts.issue_token(self.services.engine, self.services.clock, self.who(username))
        return self.client(authorization=f"Bearer {token}", accept="application/json")

    def browser(self, username: str | None = None) -> TestClient:
        """Give a browser, with somebody signed in or nobody."""
        client = self.client(**{"accept": "text/html", "sec-fetch-site": "same-origin"})
        if username is not None:
            form = {"username": username, "password": PASSWORD}
            assert client.post("/login", data=form, follow_redirects=False).status_code == 303
        return client


def make_site(engine: Engine) -> Site:
    services = Services(
        engine, lambda: NOW, Settings(), Host.from_modules({}), load_observatory(None)
    )
    for role in Role:
        accounts.create_user(engine, services.clock, role, PASSWORD, roles=[role])
    accounts.create_user(engine, services.clock, "nobody", PASSWORD, roles=[])
    return Site(create_app(services), services)


@pytest.fixture
def site(service_database: Engine) -> Site:
    """Give a service of one's own, on a database of either kind."""
    return make_site(service_database)


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the service of the tests that change nothing."""
    from dfs.testkit.databases import sqlite_service

    path: Path = tmp_path_factory.mktemp("site") / "service.sqlite"
    with sqlite_service(path) as engine:
        yield make_site(engine)


@pytest.fixture
def browser(shared_site: Site) -> Callable[..., TestClient]:
    return shared_site.browser
