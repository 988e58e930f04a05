"""The official client, pointed at the service."""

from __future__ import annotations

import pytest


@pytest.fixture
def api(server):
    """Give the official client, signed in as the PI."""
    return server.connect()


@pytest.fixture
def runs(api):
    """Give the PI's runs by designation."""
    found, _ = api.getRuns()
    return {run["progId"][-2]: run for run in found}
