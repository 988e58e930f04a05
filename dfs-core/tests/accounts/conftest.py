"""Cheap hashes, and a clock that the tests own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher

from dfs.accounts import secrets


@dataclass
class Hands:
    """A clock."""

    now: dt.datetime = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_hasher", lambda: hasher)
