"""The plugin keeps the contract on the level that it reaches: what it declares."""

from __future__ import annotations

from dfs.host import Host
from dfs.testkit.conformance import check_instrument


def test_what_the_plugin_declares_is_consistent() -> None:
    report = check_instrument(Host.load(), "xshooter", "declares")
    assert [check for check in report.checks if not check.ok] == []


def test_the_instrument_has_three_arms() -> None:
    instrument = Host.load().resolve("XSHOOTER").instrument
    assert [each.id for each in instrument.detectors] == ["UVB", "VIS", "NIR"]
