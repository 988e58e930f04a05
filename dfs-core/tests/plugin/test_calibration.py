"""The calibration plan as a plugin writes it."""

from __future__ import annotations

import pytest

from dfs.plugin import AssociationLevel, AssociationValidity, CalibrationPlan, LevelRange


def test_symmetric_ranges_begin_with_the_plan_and_reach_back_as_far_as_ahead() -> None:
    ranges = LevelRange.symmetric(1.0, 3.0)
    assert [r.level for r in ranges] == [AssociationLevel.PLAN, AssociationLevel.GOOD]
    assert [(r.before_days, r.after_days) for r in ranges] == [(1.0, 1.0), (3.0, 3.0)]


def test_there_are_no_more_ranges_than_levels() -> None:
    with pytest.raises(ValueError, match="5 ranges for 4 levels"):
        LevelRange.symmetric(1, 2, 3, 4, 5)


def test_a_worse_level_may_not_be_narrower() -> None:
    with pytest.raises(ValueError, match="GOOD is narrower than PLAN"):
        AssociationValidity(action="A", tag="T", ranges=LevelRange.symmetric(3.0, 1.0))


def test_an_input_has_one_entry() -> None:
    entry = AssociationValidity(action="A", tag="T", ranges=LevelRange.symmetric(1.0))
    with pytest.raises(ValueError, match="A/T has two entries"):
        CalibrationPlan(validities=(entry, entry))
