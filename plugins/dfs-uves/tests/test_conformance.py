"""The plugin keeps the contract, on every level."""

from dfs.testkit.suite import InstrumentConformance

ARMS = ("BLUE", "RED")
CHIPS = ("BLUE", "REDL", "REDU")
KINDS = ("BIAS", "DARK", "FLAT")


class TestConformance(InstrumentConformance):
    instrument = "uves"
    instrume = ("UVES",)
    actions = tuple(f"ACTION_{kind}_{arm}" for kind in KINDS for arm in ARMS)
    products = tuple(f"MASTER_{kind}_{chip}" for kind in KINDS for chip in CHIPS)
    window_rows = 64
