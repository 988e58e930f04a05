"""The file of interventions."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs.foundation.errors import UserError
from dfs.organiser.breakpoints import Timeline, load_breakpoints
from dfs.organiser.model import Breakpoint

FILE = """
[[breakpoint]]
instrument = "demo"
time = "2020-05-31T12:00:00"
reason = "grating exchanged"

[[breakpoint]]
instrument = "demo"
time = 2020-06-01T12:00:00+02:00
reason = "detector head exchanged"

[[breakpoint]]
instrument = "OTHER"
time = 59000
reason = "earthquake"

[[breakpoint]]
instrument = "Demo"
time = 2020-05-30
reason = "moved"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "breakpoints.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_times_are_dates_or_days(tmp_path: Path) -> None:
    times = [b.time_mjd for b in load_breakpoints(write(tmp_path, FILE))]
    assert times == [59000.5, pytest.approx(59001 + 10 / 24), 59000.0, 58999.0]


def test_an_instrument_has_its_own_in_order_of_time(tmp_path: Path) -> None:
    timeline = Timeline.of(load_breakpoints(write(tmp_path, FILE)), ["demo", "DEMO"])
    assert [b.reason for b in timeline.breakpoints] == [
        "moved",
        "grating exchanged",
        "detector head exchanged",
    ]


def test_without_a_file_there_are_none() -> None:
    assert load_breakpoints(None) == ()


def test_what_is_taken_at_the_moment_lies_behind_it() -> None:
    timeline = Timeline((Breakpoint("demo", 10.0, "first"), Breakpoint("demo", 20.0, "second")))
    assert timeline.between(9.0, 9.9) is None
    assert timeline.between(10.0, 19.9) is None
    assert timeline.between(11.0, 9.0).reason == "first"
    assert timeline.between(9.9, 10.0).reason == "first"
    assert timeline.around(10.0) == (10.0, 20.0)
    assert timeline.around(9.0) == (float("-inf"), 10.0)
    assert timeline.around(25.0) == (20.0, float("inf"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[breakpoint", r"breakpoints\.toml"),
        ("other = 1", "nothing but"),
        ("breakpoint = 1", "nothing but"),
        ("breakpoint = [1]", "entry 1"),
        ("[[breakpoint]]\ninstrument = 'demo'", "entry 1: give instrument, reason, time"),
        ("[[breakpoint]]\ninstrument = 1\ntime = 1\nreason = ''", "are texts"),
        ("[[breakpoint]]\ninstrument = 'd'\ntime = 'soon'\nreason = ''", "'soon' is neither"),
        ("[[breakpoint]]\ninstrument = 'd'\ntime = true\nreason = ''", "True is neither"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        load_breakpoints(write(tmp_path, text))
    assert caught.value.code.name == "organise.breakpoints"


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        load_breakpoints(tmp_path / "none.toml")
