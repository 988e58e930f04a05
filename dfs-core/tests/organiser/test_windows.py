"""The time window that a condition sets, read from its text."""

from __future__ import annotations

import pytest

from dfs.organiser.rules import parse_rules
from dfs.organiser.windows import time_window

INFINITE = float("inf")


def condition(text: str):
    return (
        parse_rules(f"select execute(A) from inputFiles where {text};").organisations[0].condition
    )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ('DO.CATG == "BIAS"', -INFINITE, INFINITE),
        ("MJD-OBS > inputFile.MJD-OBS - 3", -3, INFINITE),
        ("MJD-OBS > inputFile.MJD-OBS - 3 and MJD-OBS < inputFile.MJD-OBS + 2", -3, 2),
        ("MJD-OBS < inputFile.MJD-OBS", -INFINITE, 0),
        ("inputFile.MJD-OBS <= MJD-OBS", 0, INFINITE),
        ("inputFile.MJD-OBS - MJD-OBS < 0.5", -0.5, INFINITE),
        ("MJD-OBS between inputFile.MJD-OBS - 1 and inputFile.MJD-OBS + (2 - 1)", -1, 1),
        ("MJD-OBS == inputFile.MJD-OBS", 0, 0),
        ("0 - inputFile.MJD-OBS >= -MJD-OBS + 1", 1, INFINITE),
        # What may hold outside of a window sets none.
        ("MJD-OBS < inputFile.MJD-OBS or A == 1", -INFINITE, INFINITE),
        ("not MJD-OBS < inputFile.MJD-OBS", -INFINITE, INFINITE),
        ("MJD-OBS tryBetween inputFile.MJD-OBS and inputFile.MJD-OBS", -INFINITE, INFINITE),
        ("MJD-OBS ?= inputFile.MJD-OBS", -INFINITE, INFINITE),
        ("MJD-OBS != inputFile.MJD-OBS", -INFINITE, INFINITE),
        ("MJD-OBS < 54032.0", -INFINITE, INFINITE),
        ("MJD-OBS < inputFile.MJD-END", -INFINITE, INFINITE),
        ("MJD-OBS * 2 < inputFile.MJD-OBS", -INFINITE, INFINITE),
        ("MJD-OBS + MJD-OBS < inputFile.MJD-OBS", -INFINITE, INFINITE),
    ],
)
def test_window(text: str, low: float, high: float) -> None:
    found = time_window(condition(text), "MJD-OBS")
    assert found == (pytest.approx(low, abs=1e-8), pytest.approx(high, abs=1e-8))
