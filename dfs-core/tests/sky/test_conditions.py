from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.sky.conditions import TRANSPARENCIES, Conditions, probability_of_moon

ROWS = """# source: a hill
time_utc,seeing_arcsec,extinction_mag,water_vapour_mm
2026-01-01T00:00,0.5,0.00,1.0
2026-01-01T01:00,0.7,0.05,
2026-01-01T02:00,0.9,0.15,
2026-01-01T03:00,1.1,,5.0
"""


@pytest.fixture
def table(tmp_path):
    def load(text):
        path = tmp_path / "conditions.csv"
        path.write_text(text, "utf-8")
        return Conditions.load(path)

    return load


def test_probabilities_are_fractions_of_the_rows(table):
    here = table(ROWS)
    assert here.source == "a hill" and not here.is_model
    assert here.probability(seeing_arcsec=0.7) == 0.5
    assert here.probability(transparency="clear") == pytest.approx(2 / 3)
    assert here.probability(water_vapour_mm=2) == 0.5
    assert here.probability() == 1


def test_seeing_and_transparency_are_counted_together(table):
    assert table(ROWS).probability(seeing_arcsec=0.6, transparency="Clear") == pytest.approx(1 / 3)


def test_what_no_row_holds_together_is_taken_as_independent(table):
    here = table("seeing_arcsec,water_vapour_mm\n0.5,\n0.7,\n,1\n,2\n")
    assert here.probability(seeing_arcsec=0.6, water_vapour_mm=1) == 0.25


def test_what_nobody_measured_has_no_probability(table):
    assert table("seeing_arcsec\n1.0\n").probability(water_vapour_mm=1) is None


def test_without_a_table_a_model_says_that_it_is_one():
    model = Conditions.load(None)
    assert model.is_model and "invented" in model.source
    assert 0 < model.probability(seeing_arcsec=0.8, transparency="Clear", water_vapour_mm=3) < 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_moon_is_allowed_more_often(one, other):
    darker, brighter = sorted((one, other))
    assert 0.5 <= probability_of_moon(darker) <= probability_of_moon(brighter) <= 1


def test_better_transparency_is_rarer():
    model = Conditions.load(None)
    chances = [model.probability(transparency=name) for name in TRANSPARENCIES]
    assert chances == sorted(chances) and chances[-1] == 1


def test_an_unknown_transparency_is_named():
    with pytest.raises(UserError, match=r"'murky' \[sky\.transparency\]"):
        Conditions.load(None).probability(transparency="murky")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "none of the columns"),
        ("", "none of the columns"),
        ("seeing_arcsec\n", "no row"),
        ("# source: x\nseeing_arcsec\n1\nbad\n", "conditions.csv:4: seeing_arcsec: 'bad'"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_the_line(table, text, said):
    with pytest.raises(UserError, match=r"sky\.conditions") as caught:
        table(text)
    assert said in str(caught.value)


def test_a_table_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match=r"sky\.conditions"):
        Conditions.load(tmp_path / "absent.csv")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(ROWS.encode())[:40])
    with pytest.raises(UserError, match=r"sky\.conditions"):
        Conditions.load(tmp_path / "cut.csv.gz")


@pytest.mark.shared_data
def test_a_real_record_of_conditions_is_read(shared_data):
    real = Conditions.load(shared_data / "scheduling" / "gs_conditions_2018_2019.csv.gz")
    assert 0.5 < real.probability(seeing_arcsec=0.8) < 0.6
    assert real.probability(seeing_arcsec=0.8, transparency="Clear") < 0.2
    assert real.probability(water_vapour_mm=3) is None
