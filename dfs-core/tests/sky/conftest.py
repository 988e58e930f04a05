from __future__ import annotations

import pytest
from astropy.utils import iers


@pytest.fixture(autouse=True)
def _no_download(monkeypatch):
    """Let astropy use the table that it carries, frozen at its ends as ours is."""
    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("auto_max_age", None),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
    ):
        yield
