"""The calibration plan: how far in time a calibration may lie from its frame."""

from __future__ import annotations

from enum import IntEnum

from pydantic import Field, model_validator

from dfs.plugin.values import Value


class AssociationLevel(IntEnum):
    """How well a calibration fits, best first."""

    PLAN = 0
    """As the calibration plan asks."""
    GOOD = 1
    """Good for science."""
    ACCEPTABLE = 2
    """Probably acceptable."""
    RISKY = 3
    """Better than nothing; look at it."""


class LevelRange(Value):
    """The time range of one level.

    Parameters
    ----------
    level : the level that a calibration within this range has.
    before_days, after_days : how long the calibration may have been taken before
        and after the frame that it calibrates, days.
    """

    level: AssociationLevel
    before_days: float = Field(ge=0)
    after_days: float = Field(ge=0)

    @classmethod
    def symmetric(cls, *days: float) -> tuple[LevelRange, ...]:
        """Give a range a level, *plan* first, each reaching as far back as ahead.

        Parameters
        ----------
        *days : how far each level reaches, days; at most four.

        Raises
        ------
        ValueError
            There are more ranges than levels.
        """
        if len(days) > len(AssociationLevel):
            raise ValueError(f"{len(days)} ranges for {len(AssociationLevel)} levels")
        return tuple(
            cls(level=level, before_days=reach, after_days=reach)
            for level, reach in zip(AssociationLevel, days, strict=False)
        )


class AssociationValidity(Value):
    """The ranges of one input of one action.

    Parameters
    ----------
    action : name of the action in the rules.
    tag : name under which the action selects the file.
    ranges : a range a level, each as wide as the one before or wider; a
        calibration outside all of them is not associated.
    """

    action: str = Field(min_length=1)
    tag: str = Field(min_length=1)
    ranges: tuple[LevelRange, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _levels_widen(self) -> AssociationValidity:
        for inner, outer in zip(self.ranges, self.ranges[1:], strict=False):
            if outer.level <= inner.level:
                raise ValueError(f"{self.action}/{self.tag}: levels must be listed best first")
            if outer.before_days < inner.before_days or outer.after_days < inner.after_days:
                raise ValueError(
                    f"{self.action}/{self.tag}: level {outer.level.name} is narrower than "
                    f"{inner.level.name}"
                )
        return self


class CalibrationPlan(Value):
    """Validity of the calibrations; an input without an entry is always *plan*."""

    validities: tuple[AssociationValidity, ...] = ()

    @model_validator(mode="after")
    def _one_entry_each(self) -> CalibrationPlan:
        seen: set[tuple[str, str]] = set()
        for validity in self.validities:
            key = (validity.action, validity.tag)
            if key in seen:
                raise ValueError(f"{validity.action}/{validity.tag} has two entries")
            seen.add(key)
        return self
