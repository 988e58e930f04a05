"""Nothing that can be asked by the description makes the service fail or forget who asks."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

pytestmark = pytest.mark.clients

QUICK = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PUBLIC = {"/health", "/api/login"}


@pytest.fixture(scope="module")
def operations(site):
    schema = schemathesis.openapi.from_url(f"{site.url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


@pytest.fixture(scope="module")
def token(site):
    import requests

    form = {"username": "pi", "password": site.password}
    return requests.post(f"{site.url}/api/login", data=form, timeout=30).json()["access_token"]


def test_whatever_is_sent_is_answered_or_refused_but_never_fails(operations, token):
    assert len(operations) > 60
    for operation in operations:

        @QUICK
        @given(case=operation.as_strategy())
        def send(case):
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code < 500, answer.text
            assert "content-type" in {name.lower() for name in answer.headers}

        send()


def test_nobody_comes_in_without_a_token(operations):
    for operation in operations:
        if operation.path in PUBLIC:
            continue

        @settings(QUICK, max_examples=1)
        @given(case=operation.as_strategy())
        def send(case):
            for headers in ({}, {"Authorization": "Bearer nonsense"}):
                assert case.call(headers=headers).status_code == 401

        send()
