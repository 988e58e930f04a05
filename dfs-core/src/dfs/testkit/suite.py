"""The test class that a plugin subclasses with data."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import pytest

from dfs.host import Host
from dfs.plugin import SimulationRequest
from dfs.testkit.bench import Bench, Criterion
from dfs.testkit.conformance import CRITERIA, NIGHT, check
from dfs.testkit.report import ConformanceReport

__all__ = ["InstrumentConformance"]


class InstrumentConformance:
    """Conformance of one installed plugin; every attribute is what a subclass expects.

    Examples
    --------
    ::

        class TestConformance(InstrumentConformance):
            instrument = "demo"
            instrume = ("DEMO",)
            actions = ("ACTION_BIAS", "ACTION_FLAT")
            products = ("MASTER_BIAS", "MASTER_FLAT")
    """

    instrument: ClassVar[str]
    """Id of the instrument, the name of the entry point."""
    instrume: ClassVar[Collection[str]]
    """The INSTRUME values that it serves."""
    actions: ClassVar[Collection[str]]
    """Actions of its rules that a simulated day goes through."""
    products: ClassVar[Collection[str]]
    """Categories of the products of a simulated day."""
    window_rows: ClassVar[int | None] = 64
    """Detector rows of the simulated frames; None for all."""

    @pytest.fixture(scope="class")
    @classmethod
    def host(cls) -> Host:
        """Find the installed plugins; overridden where the plugin is not installed."""
        return Host.load()

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, host: Host, tmp_path_factory: pytest.TempPathFactory) -> Bench:
        """Give the plugin on its bench: the simulated day, and what became of it."""
        return Bench(
            host,
            host.resolve(cls.instrument),
            SimulationRequest(night=NIGHT, window_rows=cls.window_rows),
            tmp_path_factory.mktemp(cls.instrument),
        )

    @pytest.fixture(scope="class")
    @classmethod
    def report(cls, bench: Bench) -> ConformanceReport:
        """Check once, for all tests of the class."""
        return check(bench)

    @pytest.mark.parametrize("criterion", CRITERIA, ids=lambda c: f"{c.level} - {c.name}")
    def test_the_plugin_conforms(self, report: ConformanceReport, criterion: Criterion) -> None:
        """Each criterion of each level is met."""
        found = [check for check in report.checks if check.name == criterion.name]
        if not found:
            pytest.fail(f"the level {criterion.level} was not reached")
        if not found[0].ok:
            pytest.fail(found[0].detail)

    def test_it_serves_its_instrume_values(self, host: Host) -> None:
        """The INSTRUME values are the expected ones, and lead to this plugin."""
        declared = host.resolve(self.instrument).instrument.instrume
        _expect(set(self.instrume), set(declared))

    def test_a_simulated_day_goes_through_every_action(self, report: ConformanceReport) -> None:
        """Blocks of all expected actions, and of no other, were made."""
        _expect(set(self.actions), report.actions)

    def test_a_simulated_day_gives_every_product(self, report: ConformanceReport) -> None:
        """Products of all expected categories, and of no other, were made."""
        _expect(set(self.products), report.products)


def _expect(expected: Collection[str], found: Collection[str]) -> None:
    if set(expected) != set(found):
        pytest.fail(f"expected {sorted(expected)}, found {sorted(found)}")
