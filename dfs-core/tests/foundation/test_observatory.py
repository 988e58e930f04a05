import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.foundation.observatory import load_observatory

SITE = """
name = "Here"
[[site]]
id = "hill"
name = "Hill"
longitude_deg = -70.0
latitude_deg = -24.0
height_m = 2600
[[calendar]]
number = 10
start = 2020-04-01
months = 6
"""
TELESCOPE = """
[[telescope]]
id = "T1"
name = "One"
site = "hill"
"""


@pytest.fixture
def observatory(tmp_path):
    def load(text):
        path = tmp_path / "observatory.toml"
        path.write_text(text, "utf-8")
        return load_observatory(path)

    return load


def test_the_demonstration_observatory_is_shipped():
    shipped = load_observatory(None)
    assert shipped.telescope_of("DEMO", dt.date(2026, 11, 23)).id == "T1"
    assert shipped.site_of("t1").latitude_deg < 0


def test_an_instrument_is_found_where_it_is_mounted_that_day(observatory):
    mounted = """
[[telescope.focus]]
name = "Cassegrain"
instrument = "OLD"
end = 2020-06-30
[[telescope.focus]]
name = "Cassegrain"
instrument = "NEW"
start = 2020-07-01
"""
    here = observatory(SITE + TELESCOPE + mounted)
    assert here.telescope_of("old", dt.date(2020, 6, 30)).id == "T1"
    assert here.telescope_of("OLD", dt.date(2020, 7, 1)) is None
    assert here.telescope_of("NEW", dt.date(2020, 7, 1)).id == "T1"


@given(day=st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)))
def test_periods_follow_each_other_without_a_gap(day):
    shipped = load_observatory(None)
    period = shipped.period_of(day)
    assert period.start <= day <= period.end
    assert shipped.period(period.number) == period
    assert shipped.period_of(period.end + dt.timedelta(days=1)).number == period.number + 1


LONGER = """
[[calendar]]
number = 13
start = 2021-11-01
months = 12
"""


def test_when_periods_become_longer_the_last_short_one_lasts_until_then(observatory):
    here = observatory(SITE + LONGER + TELESCOPE)
    assert [(here.period(n).start, here.period(n).end) for n in (11, 12, 13, 14)] == [
        (dt.date(2020, 10, 1), dt.date(2021, 3, 31)),
        (dt.date(2021, 4, 1), dt.date(2021, 10, 31)),
        (dt.date(2021, 11, 1), dt.date(2022, 10, 31)),
        (dt.date(2022, 11, 1), dt.date(2023, 10, 31)),
    ]
    assert here.period_of(dt.date(2021, 10, 15)).number == 12
    assert here.period_of(dt.date(2021, 11, 1)).number == 13


def test_the_vlt_like_observatory_of_the_demonstration_counts_periods_as_the_client():
    shipped = Path(__file__).parents[3] / "demo" / "observatory.toml"
    here = load_observatory(shipped)
    assert here.period_of(dt.date(2026, 4, 30)).number == 116
    assert here.period(117).end == dt.date(2027, 4, 30)
    assert here.period(1).start == dt.date(1968, 4, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SITE + TELESCOPE.replace("hill", "moon"), "T1 stands at 'moon', which is no site"),
        (SITE + TELESCOPE + TELESCOPE, "telescope T1 is there twice"),
        (SITE.replace("-24.0", "-124.0") + TELESCOPE, "site.0.latitude_deg"),
        (SITE + TELESCOPE + "colour = 'red'", "telescope.0.colour: Extra inputs"),
        (
            SITE + TELESCOPE + '[[telescope.focus]]\nname = "A"\ninstrument = "X"\n' * 2,
            "focus A: X and X are mounted at the same time",
        ),
        (
            SITE + LONGER.replace("2021-11", "2020-11") + TELESCOPE,
            "the rule of period 13 cuts into the periods of the rule of period 10",
        ),
        (SITE.replace("04-01", "04-30") + TELESCOPE, "a day that every month has"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(observatory, text, said):
    with pytest.raises(UserError, match=r"observatory\.invalid") as caught:
        observatory(text)
    assert said in str(caught.value)
    assert "observatory.toml" in caught.value.where


def test_a_file_that_is_not_toml_is_named(observatory, tmp_path):
    with pytest.raises(UserError, match=r"observatory\.unreadable"):
        observatory("name = ")
    with pytest.raises(UserError, match=r"observatory\.unreadable"):
        load_observatory(tmp_path / "absent.toml")
