"""The demonstration instrument, tested as any plugin is: by one class."""

from __future__ import annotations

import pytest

from dfs.host import Host
from dfs.testkit.bench import Bench
from dfs.testkit.suite import InstrumentConformance


class TestConformance(InstrumentConformance):
    instrument = "demo"
    instrume = ("DEMO",)
    actions = ("ACTION_BIAS", "ACTION_DARK", "ACTION_FLAT")
    products = ("MASTER_BIAS", "MASTER_DARK", "MASTER_FLAT")

    @pytest.fixture(scope="class")
    @classmethod
    def host(cls, host: Host) -> Host:
        return host

    def test_the_read_noise_is_the_simulated_one(self, bench: Bench) -> None:
        (measured,) = bench.measured("QC.BIAS.RON")
        assert measured == pytest.approx(3.2, rel=0.05)

    def test_the_bias_level_is_the_simulated_one(self, bench: Bench) -> None:
        (measured,) = bench.measured("QC.BIAS.LEVEL")
        assert measured == pytest.approx(bench.truth[0]["level_adu"], abs=0.1)

    def test_every_hot_pixel_is_found_and_no_other(self, bench: Bench) -> None:
        (measured,) = bench.measured("QC.DARK.HOTFRAC")
        pixels = 256 * 64
        assert measured * pixels == pytest.approx(bench.truth[0]["hot_pixels"], abs=2)

    def test_each_filter_gets_its_master_flat(self, bench: Bench) -> None:
        assert len(bench.made("MASTER_FLAT")) == 2
