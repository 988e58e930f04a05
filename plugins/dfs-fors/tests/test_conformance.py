"""The plugin keeps the contract, on every level."""

from dfs.testkit.suite import InstrumentConformance

CLASSES = ("BIAS", "DARK", "SCREEN_FLAT_IMG", "SKY_FLAT_IMG")


class TestConformance(InstrumentConformance):
    instrument = "fors"
    instrume = ("FORS2",)
    actions = tuple(f"ACTION_{kind}" for kind in CLASSES)
    products = tuple(f"MASTER_{kind}" for kind in CLASSES)
    window_rows = 64
