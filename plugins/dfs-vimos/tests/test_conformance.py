"""The plugin keeps the contract, on every level.

The frames are small, so the detector noise, which needs whole ones, has no part in it;
test_cpl.py has.
"""

from dfs.testkit.suite import InstrumentConformance


class TestConformance(InstrumentConformance):
    instrument = "vimos"
    instrume = ("VIMOS",)
    actions = ("ACTION_BIAS", "ACTION_DARK", "ACTION_TWILIGHT_FLAT")
    products = (
        "MASTER_BIAS",
        "MASTER_DARK",
        "MASTER_TWILIGHT_FLAT",
        "MASTER_CONF",
        "MASTER_BPM",
    )
    window_rows = 64
