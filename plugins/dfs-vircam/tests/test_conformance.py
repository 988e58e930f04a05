"""The plugin keeps the contract on the level that it reaches: what it declares."""

from __future__ import annotations

from dfs.host import Host
from dfs.testkit.conformance import check_instrument


def test_what_the_plugin_declares_is_consistent() -> None:
    report = check_instrument(Host.load(), "vircam", "declares")
    assert [check for check in report.checks if not check.ok] == []


def test_the_instrument_has_sixteen_detectors() -> None:
    instrument = Host.load().resolve("VIRCAM").instrument
    assert [each.id for each in instrument.detectors] == [f"DET1.CHIP{n}" for n in range(1, 17)]
    assert {(each.size_x_px, each.size_y_px) for each in instrument.detectors} == {(2048, 2048)}
