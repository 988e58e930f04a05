"""Observation Blocks and containers, as verification, timing and migration see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime, Field

from dfs.plugin.packages import ConstraintValue, TemplateKind, TemplateValue
from dfs.plugin.values import Value


class BlockKind(StrEnum):
    """What a block observes."""

    OBSERVATION = "OB"
    CALIBRATION = "CB"


class ContainerKind(StrEnum):
    """How the members of a container belong together."""

    FOLDER = "Folder"
    """Not at all: a folder only orders the list."""
    GROUP = "Group"
    """Started groups are finished first; members contribute."""
    TIME_LINK = "TimeLink"
    """Members follow each other within intervals of time."""
    CONCATENATION = "Concatenation"
    """Members are executed back to back, or not at all."""


class Target(Value):
    """Where to point.

    Parameters
    ----------
    name : of the target.
    ra : right ascension, ``HH:MM:SS.sss``.
    dec : declination, ``±DD:MM:SS.sss``.
    equinox : ``J2000``.
    epoch : of the position, Julian years.
    proper_motion_ra_arcsec_yr, proper_motion_dec_arcsec_yr : arcsec a year; of the
        right ascension on the sky (cos dec included).
    differential_ra_arcsec_s, differential_dec_arcsec_s : additional tracking rates.
    """

    name: str = ""
    ra: str = "00:00:00.000"
    dec: str = "00:00:00.000"
    equinox: str = "J2000"
    epoch: float = 2000.0
    proper_motion_ra_arcsec_yr: float = 0.0
    proper_motion_dec_arcsec_yr: float = 0.0
    differential_ra_arcsec_s: float = 0.0
    differential_dec_arcsec_s: float = 0.0

    @property
    def ra_deg(self) -> float:
        """Right ascension, degrees."""
        hours, minutes, seconds = map(float, self.ra.split(":"))
        return (hours + minutes / 60 + seconds / 3600) * 15

    @property
    def dec_deg(self) -> float:
        """Declination, degrees."""
        degrees, minutes, seconds = map(float, self.dec.lstrip("+-").split(":"))
        size = degrees + minutes / 60 + seconds / 3600
        return -size if self.dec.startswith("-") else size


class AbsoluteInterval(Value):
    """When the observation may start, UTC."""

    start: AwareDatetime
    end: AwareDatetime


class SiderealInterval(Value):
    """Between which local sidereal times all of the observation must lie.

    Parameters
    ----------
    start, end : minutes of sidereal time since 00:00, at most 1440.
    """

    start_min: float = Field(ge=0, le=1440)
    end_min: float = Field(ge=0, le=1440)


class Template(Value):
    """A template of an Observation Block, filled in.

    Parameters
    ----------
    id : unique within the observatory; 0 before it is stored.
    name, kind : as its signature says.
    parameters : values by name, in the order of the signature; of a file parameter
        the name of the file.
    """

    id: int = 0
    name: str
    kind: TemplateKind
    parameters: Mapping[str, TemplateValue] = Field(default_factory=dict)


class ObservationBlock(Value):
    """The smallest unit of observation: one target, one constraint set, templates.

    Parameters
    ----------
    id : unique among blocks and containers of the observatory; 0 before it is stored.
    kind : observation or calibration.
    name : of the block.
    instrument : the INSTRUME value.
    package_version : version of the instrument package that it was written for.
    status : one character, e.g. ``P`` (partially defined), ``D``, ``+``.
    service_mode : whether the observatory executes it without its author.
    user_priority : 1 (best) to 10.
    description_name, user_comments, instrument_comments : of the author.
    calibration_requirements : of the author.
    target : None of a calibration block.
    constraint_set_name, constraints : by the names of the package's constraints.
    absolute_intervals, sidereal_intervals : in order.
    templates : the acquisition template first.
    finding_charts : names of the files.
    ephemeris : text of the ephemeris file; None without one.
    """

    id: int = 0
    kind: BlockKind = BlockKind.OBSERVATION
    name: str
    instrument: str
    package_version: str
    status: str = "P"
    service_mode: bool = True
    user_priority: int = Field(default=1, ge=1, le=10)
    description_name: str = ""
    user_comments: str = ""
    instrument_comments: str = ""
    calibration_requirements: str = ""
    target: Target | None = None
    constraint_set_name: str = "No Name"
    constraints: Mapping[str, ConstraintValue] = Field(default_factory=dict)
    absolute_intervals: tuple[AbsoluteInterval, ...] = ()
    sidereal_intervals: tuple[SiderealInterval, ...] = ()
    templates: tuple[Template, ...] = ()
    finding_charts: tuple[str, ...] = ()
    ephemeris: str | None = None


class Membership(Value):
    """What a container says of one member.

    Parameters
    ----------
    contribution : to a group, a weight ≥ 0.
    earliest_after_previous, latest_after_previous : start after the start of the
        previous member of a time link; None of the first member.
    """

    contribution: float = Field(default=0.0, ge=0)
    earliest_after_previous: dt.timedelta | None = None
    latest_after_previous: dt.timedelta | None = None


class Member(Value):
    """A member of a container and what the container says of it."""

    item: ObservationBlock | Container
    membership: Membership = Membership()


class Container(Value):
    """Blocks that belong together.

    Parameters
    ----------
    id : unique among blocks and containers; 0 before it is stored.
    kind : how the members belong together.
    name : of the container.
    user_priority : 1 (best) to 10, of a scheduling container.
    members : in order.
    """

    id: int = 0
    kind: ContainerKind
    name: str
    user_priority: int = Field(default=1, ge=1, le=10)
    members: tuple[Member, ...] = ()

    def blocks(self) -> tuple[ObservationBlock, ...]:
        """Give every block inside, at any depth, in order."""
        found: list[ObservationBlock] = []
        for member in self.members:
            item = member.item
            found.extend(item.blocks() if isinstance(item, Container) else (item,))
        return tuple(found)


Member.model_rebuild()


class Severity(StrEnum):
    """How grave a finding is."""

    INFO = "info"
    WARNING = "warning"
    WAIVABLE = "waiverable error"
    """Blocks, unless a waiver was granted."""
    ERROR = "error"


class Finding(Value):
    """What verification found.

    Parameters
    ----------
    code : stable, e.g. ``ob.airmass``; of a plugin, it begins with the instrument's id.
    severity : how grave.
    path : what it is about, e.g. ``templates[1].parameters.DET1.WIN1.UIT1``,
        ``target.ra``; empty for the whole block.
    message : a sentence that its author can act on.
    """

    code: str = Field(min_length=1)
    severity: Severity
    path: str = ""
    message: str = Field(min_length=1)


class TimePart(Value):
    """A line of an execution time.

    Parameters
    ----------
    label : what takes the time.
    seconds : it takes.
    template : index of the template in the block; None for what concerns none.
    """

    label: str
    seconds: float = Field(ge=0)
    template: int | None = None


class ExecutionTime(Value):
    """How long a block takes.

    Parameters
    ----------
    exposure_s : seconds with an open shutter, acquisition left out.
    parts : everything that takes time, in order; the total is their sum.
    unknown : why the total is not all, in sentences, e.g. a parameter that is not
        filled in; the time is known where there is none.
    """

    exposure_s: float = Field(default=0.0, ge=0)
    parts: tuple[TimePart, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def total_s(self) -> float:
        """Seconds altogether."""
        return sum(part.seconds for part in self.parts)
