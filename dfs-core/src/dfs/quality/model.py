"""Values of quality control: what is on record, and what a report is made of.

A report is rendered in a worker process from these values alone; they hold no
handle and survive pickling.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dfs.plugin import (
    HeaderValue,
    Measurement,
    ParameterValue,
    QualityParameter,
    Score,
    Verdict,
)
from dfs.quality.certification import Decision
from dfs.quality.trend import Trend


@dataclass(frozen=True, slots=True)
class QualityRecord:
    """A measurement as it stands in the database.

    Parameters
    ----------
    product : identifier of the product that it was measured on.
    block : id of the reduction block.
    instrument : the instrument's id.
    recipe : name of the recipe that measured it.
    category : category of the product.
    name : the parameter.
    value : in the unit; None where the recipe got no finite number.
    unit : unit of the value; empty for a pure number.
    time_mjd : start of the first raw frame, MJD in days; None if unknown.
    setup : values of the instrument's setup keywords.
    verdict : what was said of it.
    reason : why, in a sentence.
    measured_at : when it was recorded, UTC.
    decision : what people decided about the product; None for nothing.
    """

    product: str
    block: str
    instrument: str
    recipe: str
    category: str
    name: str
    value: float | None
    unit: str
    time_mjd: float | None
    setup: Mapping[str, HeaderValue]
    verdict: Verdict
    reason: str
    measured_at: dt.datetime
    decision: Decision | None = None


class MadeProduct(Protocol):
    """A product as whoever made it describes it."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def category(self) -> str:
        """``PRO.CATG``."""

    @property
    def sha256(self) -> str:
        """Of the file."""

    @property
    def content(self) -> str:
        """Digest of what of it outlives its making; empty if nobody knows."""


@dataclass(frozen=True, slots=True)
class RecordedProduct:
    """A product on which people decide.

    Parameters
    ----------
    product : its identifier.
    block : id of the reduction block.
    category : ``PRO.CATG``.
    sha256 : of the file.
    content : digest of what of it outlives its making.
    """

    product: str
    block: str
    category: str
    sha256: str
    content: str


@dataclass(frozen=True, slots=True)
class ScoredMeasurement:
    """A measurement, its declaration, the verdict on it, and what was measured before.

    Parameters
    ----------
    measurement : what was measured.
    score : what was said of it.
    parameter : its declaration; None if the plugin declares no such parameter.
    trend : the series before this measurement; None if nobody looked.
    """

    measurement: Measurement
    score: Score
    parameter: QualityParameter | None = None
    trend: Trend | None = None


@dataclass(frozen=True, slots=True)
class ReportInput:
    """A frame that went into the block.

    Parameters
    ----------
    tag : the class under which the recipe took it.
    path : where it lies.
    level : quality level of its association in a word; empty for the block's own frames.
    distance_days : distance in time from the block, days; None where that is unknown.
    """

    tag: str
    path: str
    level: str = ""
    distance_days: float | None = None


@dataclass(frozen=True, slots=True)
class ReportProduct:
    """A product of the block.

    Parameters
    ----------
    id : its identifier.
    category : ``PRO.CATG``.
    path : where it can be read now.
    shown_path : the path to show, e.g. relative to the workspace; ``path`` if empty.
    unit : unit of its pixels; empty if that is not known.
    """

    id: str
    category: str
    path: str
    shown_path: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ReportMaterial:
    """All that a block's report says.

    Parameters
    ----------
    block : the block's id.
    name : what people call it, the stem of its products' names.
    instrument : the instrument's id.
    instrument_title : its full name.
    action : what the rules call the step.
    recipe : name of the recipe.
    recipe_title : what the recipe does, one sentence.
    state : how the block ended, in a word.
    problem : why it failed, if it did.
    parameters : the recipe's parameters with the values that were used.
    setup : the instrument's setup keywords.
    inputs : the frames that were taken.
    products : what was made.
    measured : the QC1 values with their verdicts.
    log_tail : the last lines of the block's log.
    software : what ran, name to version.
    time_mjd : start of the first raw frame, MJD in days.
    started_at, ended_at : when the block ran, UTC.
    peak_memory_mb : most memory that it held, MB.
    """

    block: str
    name: str
    instrument: str
    instrument_title: str
    action: str
    recipe: str
    recipe_title: str = ""
    state: str = "done"
    problem: str = ""
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    setup: Mapping[str, HeaderValue] = field(default_factory=dict)
    inputs: tuple[ReportInput, ...] = ()
    products: tuple[ReportProduct, ...] = ()
    measured: tuple[ScoredMeasurement, ...] = ()
    log_tail: tuple[str, ...] = ()
    software: Mapping[str, str] = field(default_factory=dict)
    time_mjd: float | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    peak_memory_mb: float | None = None


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One block in the report of a whole run.

    Parameters
    ----------
    block : the block's id.
    name : what people call it.
    instrument_title : full name of the instrument.
    action, recipe : what was done.
    state : how it ended, in a word (``done``, ``failed``, …).
    scores : the verdicts on its measurements.
    problem : why it has no products, if it has none.
    seconds : how long it ran; None if it did not.
    report : the block's report, relative to the folder of the run's report; empty if it has none.
    """

    block: str
    name: str
    instrument_title: str
    action: str
    recipe: str
    state: str
    scores: tuple[Score, ...] = ()
    problem: str = ""
    seconds: float | None = None
    report: str = ""
