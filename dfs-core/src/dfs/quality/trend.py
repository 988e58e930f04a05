"""Series of measurements: what is usual, what lies outside, and whether it drifts; pure.

Sources: median absolute deviation as a scale: Hampel 1974, J. Am. Stat. Assoc. 69, 383;
median of the slopes of all pairs: Theil 1950, Indag. Math. 12, 85, and Sen 1968,
J. Am. Stat. Assoc. 63, 1379; its significance: Kendall 1970, Rank Correlation Methods,
4th ed., chapters 3 to 5.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import Final

from dfs.plugin import HeaderValue, Limits, QualityParameter, TrendLimits, Verdict
from dfs.quality.certification import Decision

__all__ = [
    "Drift",
    "RobustStatistics",
    "Series",
    "Trend",
    "TrendPoint",
    "fit_drift",
    "robust_statistics",
    "since_the_first_of",
]

SIGNIFICANT_SIGMA: Final = 3.0
"""From here on a drift is called one."""

_SIGMA_PER_MAD: Final = 1.4826
_FEWEST_FOR_A_DRIFT: Final = 3


# ── Values ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Series:
    """What makes measurements comparable.

    Parameters
    ----------
    instrument : the instrument's id.
    recipe : name of the recipe that measures.
    name : the parameter.
    category : category of the product that it is measured on.
    setup : values of the set-up keywords, which tell modes and detectors apart.
    """

    instrument: str
    recipe: str
    name: str
    category: str
    setup: Mapping[str, HeaderValue]

    @property
    def key(self) -> str:
        """Digest under which the series stands in the database."""
        setup = {keyword: _plain(value) for keyword, value in self.setup.items()}
        what = [self.instrument, self.recipe, self.name, self.category, setup]
        text = json.dumps(what, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: HeaderValue) -> HeaderValue:
    # 1 and 1.0 are one value of a keyword; True is another.
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A measurement of a series.

    Parameters
    ----------
    product : identifier of the product.
    block : id of the reduction block.
    value : in the unit; None where the recipe got no finite number.
    time_mjd : start of the first raw frame, MJD in days; None if unknown.
    verdict : what was said of it.
    decision : what people decided about the product; None for nothing.
    """

    product: str
    block: str
    value: float | None
    time_mjd: float | None
    verdict: Verdict
    decision: Decision | None = None

    @property
    def counts(self) -> bool:
        """Whether it enters statistics.

        Neither bad values do nor those of rejected products. A person's certificate
        outdoes the verdict: that is how a new level of the instrument is learnt.
        """
        if self.value is None or self.decision is Decision.REJECTED:
            return False
        return self.verdict is not Verdict.BAD or self.decision is Decision.CERTIFIED


@dataclass(frozen=True, slots=True)
class RobustStatistics:
    """What is usual in a series.

    Parameters
    ----------
    count : so many values.
    median : in the unit of the values.
    scale : 1.4826 times the median absolute deviation, at least the floor, unit of the
        values; zero where more than half of the values are alike and there is no floor.
    """

    count: int
    median: float
    scale: float

    def deviation_sigma(self, value: float) -> float:
        """Give how many scales a value lies above the median, negative below it."""
        difference = value - self.median
        if self.scale > 0:
            return difference / self.scale
        return math.copysign(math.inf, difference) if difference else 0.0

    def within(self, sigma: float) -> Limits:
        """Give the interval of so many scales about the median."""
        reach = sigma * self.scale
        return Limits(low=self.median - reach, high=self.median + reach)


@dataclass(frozen=True, slots=True)
class Drift:
    """How a series changes with time.

    Parameters
    ----------
    per_day : median of the slopes of all pairs of values, unit of the values a day.
    significance_sigma : of a monotonic change, in standard deviations of a normal
        distribution; without a sign.
    span_days : time from the first to the last value.
    """

    per_day: float
    significance_sigma: float
    span_days: float

    @property
    def is_significant(self) -> bool:
        """Whether it is more than chance."""
        return self.significance_sigma >= SIGNIFICANT_SIGMA


@dataclass(frozen=True, slots=True)
class Trend:
    """A series with what is usual in it.

    Parameters
    ----------
    series : which.
    unit : of the values; empty for pure numbers.
    parameter : its declaration; None if the plugin declares none, or is gone.
    limits : of the parameter's trend; where it declares none, those that are shown.
    points : oldest first, those of unknown time before all others.
    statistics : of the points that count; None if there is none.
    """

    series: Series
    unit: str
    parameter: QualityParameter | None
    limits: TrendLimits
    points: tuple[TrendPoint, ...]
    statistics: RobustStatistics | None

    @classmethod
    def of(
        cls,
        series: Series,
        unit: str,
        parameter: QualityParameter | None,
        points: Sequence[TrendPoint],
    ) -> Trend:
        """Describe points of a series."""
        limits = (parameter and parameter.trend) or TrendLimits()
        counted = [p.value for p in points if p.counts and p.value is not None]
        statistics = robust_statistics(counted, limits.floor)
        return cls(series, unit, parameter, limits, tuple(points), statistics)

    @property
    def drift(self) -> Drift | None:
        """Drift of the points that count; None if they are too few."""
        counted = [(p.time_mjd, p.value) for p in self.points if p.counts]
        return fit_drift([(t, v) for t, v in counted if t is not None and v is not None])

    @property
    def is_declared(self) -> bool:
        """Whether values are judged by these limits; if not, they are only shown."""
        return self.parameter is not None and self.parameter.trend is not None

    @property
    def is_enough(self) -> bool:
        """Whether there are limits: enough values that are not all alike."""
        found = self.statistics
        return found is not None and found.count >= self.limits.minimum and found.scale > 0

    @property
    def warning(self) -> Limits | None:
        """Beyond these a value is worth a warning; None if nothing can be said."""
        return self._within(self.limits.warning_sigma)

    @property
    def bad(self) -> Limits | None:
        """Beyond these a value is bad, an outlier; None if nothing can be said."""
        return self._within(self.limits.bad_sigma)

    def _within(self, sigma: float) -> Limits | None:
        return self.statistics.within(sigma) if self.statistics and self.is_enough else None

    def window(self, *others: float) -> tuple[float, float] | None:
        """Give the range of values that a plot shows; None if there is nothing to show.

        It holds the limits and all values, but for those so far off that they would
        squash the rest.

        Parameters
        ----------
        others : more values to show.
        """
        values = [p.value for p in self.points if p.value is not None] + list(others)
        if not values:
            return None
        if self.bad is not None and self.bad.low is not None and self.bad.high is not None:
            reach = self.bad.high - self.bad.low
            low, high = self.bad.low - reach / 2, self.bad.high + reach / 2
            values = [v for v in values if low <= v <= high] + [self.bad.low, self.bad.high]
        low, high = min(values), max(values)
        margin = 0.06 * (high - low) or abs(high) * 0.01 or 1.0
        return low - margin, high + margin

    def is_outlier(self, point: TrendPoint) -> bool:
        """Tell whether a point lies beyond the limits, whether or not it counts."""
        return (
            self.bad is not None and point.value is not None and not self.bad.contain(point.value)
        )


# ── Statistics ──────────────────────────────────────────────────────────────


def robust_statistics(values: Sequence[float], floor: float = 0.0) -> RobustStatistics | None:
    """Give median and scale of finite values; None if there are none.

    Parameters
    ----------
    values : in any order.
    floor : the scale is at least this, in the unit of the values.
    """
    if not values:
        return None
    centre = median(values)
    scale = _SIGMA_PER_MAD * median(abs(value - centre) for value in values)
    return RobustStatistics(len(values), centre, max(scale, floor))


def fit_drift(measured: Sequence[tuple[float, float]]) -> Drift | None:
    """Fit a line that outliers do not turn, and say whether its slope is more than chance.

    Parameters
    ----------
    measured : times, days, and values.

    Returns
    -------
    Drift or None
        None for fewer than three values, and where all times are the same.
    """
    pairs = [(t2 - t1, v2 - v1) for (t1, v1), (t2, v2) in combinations(measured, 2) if t1 != t2]
    if len(measured) < _FEWEST_FOR_A_DRIFT or not pairs:
        return None
    times = [time for time, _ in measured]
    concordance = sum(_sign(value) * _sign(time) for time, value in pairs)
    variance = _variance_of_concordance(times, [value for _, value in measured])
    # One is taken off because the concordance moves in steps of two.
    sigma = max(abs(concordance) - 1, 0) / math.sqrt(variance) if variance > 0 else 0.0
    return Drift(median(value / time for time, value in pairs), sigma, max(times) - min(times))


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _variance_of_concordance(times: Sequence[float], values: Sequence[float]) -> float:
    """Variance of the number of concordant less discordant pairs by chance, with ties."""
    n = len(times)
    pairs, triples, term = zip(_ties(times), _ties(values), strict=True)
    variance = (n * (n - 1) * (2 * n + 5) - sum(term)) / 18
    variance += pairs[0] * pairs[1] / (2 * n * (n - 1))
    return variance + triples[0] * triples[1] / (9 * n * (n - 1) * (n - 2))


def _ties(numbers: Iterable[float]) -> tuple[int, int, int]:
    alike = [count for count in Counter(numbers).values() if count > 1]
    return (
        sum(t * (t - 1) for t in alike),
        sum(t * (t - 1) * (t - 2) for t in alike),
        sum(t * (t - 1) * (2 * t + 5) for t in alike),
    )


def since_the_first_of(points: Iterable[TrendPoint], length: int) -> list[TrendPoint]:
    """Give the latest points among which so many count, oldest first.

    Parameters
    ----------
    points : the latest first; no more of them is taken than needed.
    length : so many that count.
    """
    taken: list[TrendPoint] = []
    counted = 0
    for point in points:
        taken.append(point)
        counted += point.counts
        if counted == length:
            break
    taken.reverse()
    return taken
