"""Runs: what Phase 1 grants and every later stage refers to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """Who is at the telescope."""

    SERVICE = "SM"
    """The observatory observes, when conditions suit."""
    VISITOR = "VM"
    """The astronomer observes, in nights set aside."""


class RankClass(StrEnum):
    """How much the observatory does to complete a run."""

    A = "A"
    B = "B"
    C = "C"


class Right(StrEnum):
    """What somebody may do with a run."""

    READ = "read"
    EDIT = "edit"
    REVIEW = "review"
    """Accept or reject what was submitted, grant waivers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to write to."""

    username: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class GrantedTarget:
    """A target that Phase 1 approved.

    Parameters
    ----------
    name : of the target.
    ra_deg, dec_deg : ICRS, degrees.
    """

    name: str
    ra_deg: float
    dec_deg: float


@dataclass(frozen=True, slots=True)
class BlockedTime:
    """When the run must not be observed, UTC."""

    start: dt.datetime
    end: dt.datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a programme: one instrument, one mode, one period.

    Parameters
    ----------
    id : of the run in this observatory.
    code : of the run, e.g. ``60.A-9253(N)``.
    programme : code of its programme, e.g. ``60.A-9253``.
    title : of the programme.
    pi : who answers for it.
    instrument : INSTRUME value, whether or not its plugin is installed.
    telescope : as the observatory names it.
    period : in which the time was granted.
    scheduled_period : in which it is to be used.
    mode : service or visitor.
    rank_class : of a service run.
    allocated_s : granted time, overheads included, s.
    is_too : whether it may trigger targets of opportunity.
    too_triggers : how often.
    constraints : what Phase 1 granted, by the names of the instrument's constraints;
        Phase 2 may relax them.
    targets : that Phase 1 approved; empty where any target may be observed.
    blocked_times : of a visitor's travel, a partner facility, …
    owned, delegated : whether who asked is its PI, or acts for the PI.
    """

    id: int
    code: str
    programme: str
    title: str
    pi: Person
    instrument: str
    telescope: str
    period: int
    scheduled_period: int
    mode: Mode
    rank_class: RankClass
    allocated_s: float
    is_too: bool = False
    too_triggers: int = 0
    constraints: Mapping[str, float | str] = field(default_factory=dict)
    targets: tuple[GrantedTarget, ...] = ()
    blocked_times: tuple[BlockedTime, ...] = ()
    owned: bool = False
    delegated: bool = False

    @property
    def is_service(self) -> bool:
        """Whether the observatory observes it."""
        return self.mode is Mode.SERVICE
