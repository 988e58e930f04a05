"""Quality control: QC1 parameters, what was measured, and the verdict on it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from dfs.plugin.frames import HeaderValue
from dfs.plugin.values import Value


class Limits(Value):
    """A closed interval; an open end is None."""

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Limits:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low limit {self.low} is above high limit {self.high}")
        return self

    def contain(self, value: float) -> bool:
        """Tell whether the value lies within; a NaN never does."""
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below and value == value  # noqa: PLR0124 - NaN differs from itself


class TrendLimits(Value):
    """Limits that follow the instrument: from robust statistics of what was measured before.

    Centre and scale are the median and 1.4826 times the median absolute deviation of
    the latest values of the same series: parameter, product category and set-up.

    Parameters
    ----------
    length : so many values, the latest ones.
    minimum : with fewer, there are no such limits.
    warning_sigma : beyond so many scales the verdict is *warning*.
    bad_sigma : beyond so many scales the verdict is *bad*.
    floor : the scale is at least this, in the parameter's unit; what is smaller is noise.
    """

    length: int = Field(default=30, ge=3)
    minimum: int = Field(default=8, ge=3)
    warning_sigma: float = Field(default=3.0, gt=0)
    bad_sigma: float = Field(default=5.0, gt=0)
    floor: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> TrendLimits:
        if self.bad_sigma < self.warning_sigma:
            raise ValueError("bad_sigma is below warning_sigma")
        if self.length < self.minimum:
            raise ValueError("length is below minimum")
        return self


class QualityParameter(Value):
    """A QC1 parameter that the instrument's recipes measure.

    Parameters
    ----------
    name : header keyword, dotted, e.g. ``QC.BIAS.LEVEL``.
    unit : unit of the value, e.g. ``ADU``; empty for a pure number.
    help : what it tells about the instrument, one sentence.
    recipes : names of the recipes that measure it.
    reference : the value of a healthy instrument.
    warning : outside these the verdict is *warning*.
    limits : outside these the verdict is *bad*.
    trend : limits from the measurements before, beside the fixed ones; None for none.
    """

    name: str = Field(pattern=r"^QC\.[A-Z0-9._-]+$")
    unit: str = ""
    help: str
    recipes: tuple[str, ...] = Field(min_length=1)
    reference: float | None = None
    warning: Limits | None = None
    limits: Limits | None = None
    trend: TrendLimits | None = None


class Measurement(Value):
    """A value of a QC1 parameter, measured on one product.

    Parameters
    ----------
    name : the parameter.
    value : in the parameter's unit.
    category : category of the product, ``PRO.CATG``.
    product : the product's identifier.
    time_mjd : start of the first raw frame, MJD in days (UTC).
    setup : values of the instrument's setup keywords.
    """

    name: str
    value: float
    category: str
    product: str = ""
    time_mjd: float | None = None
    setup: dict[str, HeaderValue] = Field(default_factory=dict)


class Verdict(StrEnum):
    """What a score says."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNJUDGED = "to be judged"


class Score(Value):
    """The verdict on one measurement and its reason.

    Parameters
    ----------
    name : the parameter.
    category : category of the product that it was measured on.
    verdict : good, warning, bad, or to be judged by a person.
    reason : a sentence that a night astronomer can act on.
    """

    name: str
    category: str
    verdict: Verdict
    reason: str
