"""The observatory: one truth on sites, telescopes, instruments at their foci, periods.

Sky, ranking, schedule and archive all read it from one file, ``observatory.toml``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dfs.foundation.errors import UserError, define

INVALID = define(
    "observatory.invalid",
    "The description of the observatory is wrong.",
    "Correct it where the message says; docs/operate/observatory.md describes the file.",
)
UNREADABLE = define(
    "observatory.unreadable",
    "The description of the observatory cannot be read.",
    "Check the path in observatory.file and that the file is TOML.",
)

Id = Annotated[str, Field(min_length=1, max_length=32)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteSpec(_Part):
    """Where telescopes stand.

    Parameters
    ----------
    longitude_deg : east of Greenwich.
    latitude_deg : geodetic.
    height_m : above the ellipsoid.
    timezone : IANA name, for people; everything is kept in UTC.
    """

    id: Id
    name: str
    longitude_deg: float = Field(ge=-180, le=360)
    latitude_deg: float = Field(ge=-90, le=90)
    height_m: float = Field(ge=-500, le=9000)
    timezone: str = "UTC"


class Focus(_Part):
    """What is mounted where, and when.

    Parameters
    ----------
    instrument : INSTRUME value or id.
    start, end : first and last day (evenings, UTC); open if left out.
    """

    name: str
    instrument: Id
    start: dt.date | None = None
    end: dt.date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Focus:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"{self.instrument} is dismounted before it is mounted")
        return self

    def serves(self, day: dt.date) -> bool:
        """Tell whether the instrument is mounted on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class Telescope(_Part):
    """A telescope with its limits.

    Parameters
    ----------
    lowest_altitude_deg, highest_altitude_deg : where it can point.
    foci : what is mounted where.
    """

    id: Id
    name: str
    site: Id
    lowest_altitude_deg: float = Field(default=20.0, ge=0, lt=90)
    highest_altitude_deg: float = Field(default=87.0, gt=0, le=90)
    foci: tuple[Focus, ...] = Field(default=(), alias="focus")

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Telescope:
        if self.lowest_altitude_deg >= self.highest_altitude_deg:
            raise ValueError(f"{self.id}: the lowest altitude is above the highest")
        for name in {focus.name for focus in self.foci}:
            there = [focus for focus in self.foci if focus.name == name]
            there.sort(key=lambda focus: focus.start or dt.date.min)
            for one, other in pairwise(there):
                if (one.end or dt.date.max) >= (other.start or dt.date.min):
                    raise ValueError(
                        f"{self.id}, focus {name}: {one.instrument} and {other.instrument} "
                        "are mounted at the same time"
                    )
        return self


class Period(_Part):
    """A span of nights for which time is granted.

    Parameters
    ----------
    start, end : first and last night, by their evenings.
    """

    number: int = Field(ge=1)
    start: dt.date
    end: dt.date


class Calendar(_Part):
    """A rule by which periods follow each other, until the next rule begins.

    Parameters
    ----------
    number, start : the first period of this rule and its first evening.
    months : length of each period; observatories have changed theirs.
    """

    number: int = Field(ge=1)
    start: dt.date
    months: int = Field(default=6, ge=1, le=24)

    @model_validator(mode="after")
    def _in_every_month(self) -> Calendar:
        if self.start.day > 28:
            raise ValueError("a period starts on a day that every month has, 1 to 28")
        return self

    def start_of(self, number: int) -> dt.date:
        """Give the first evening of a period."""
        return _months_later(self.start, (number - self.number) * self.months)

    def number_of(self, day: dt.date) -> int:
        """Give the number of the period of a day."""
        months = (day.year - self.start.year) * 12 + day.month - self.start.month
        months -= day.day < self.start.day
        return self.number + months // self.months


class Observatory(_Part):
    """Everything that the file says.

    Parameters
    ----------
    calendar : rules of the periods, oldest first; the last period of a rule lasts until
        the next rule begins, and the first rule holds for all time before it.
    """

    name: str
    sites: tuple[SiteSpec, ...] = Field(alias="site", min_length=1)
    telescopes: tuple[Telescope, ...] = Field(alias="telescope", min_length=1)
    calendar: tuple[Calendar, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Observatory:
        sites = [site.id for site in self.sites]
        telescopes = [telescope.id for telescope in self.telescopes]
        for what, ids in (("site", sites), ("telescope", telescopes)):
            if twice := sorted({one for one in ids if ids.count(one) > 1}):
                raise ValueError(f"{what} {twice[0]} is there twice")
        for telescope in self.telescopes:
            if telescope.site not in sites:
                raise ValueError(f"{telescope.id} stands at {telescope.site!r}, which is no site")
        for one, other in pairwise(self.calendar):
            # The later rule may lengthen the last period of the earlier, not cut it short.
            if other.number <= one.number or other.start < one.start_of(other.number):
                raise ValueError(
                    f"calendar: the rule of period {other.number} cuts into the periods of "
                    f"the rule of period {one.number}"
                )
        return self

    def site_of(self, telescope: str) -> SiteSpec | None:
        """Give where a telescope stands."""
        found = self.telescope(telescope)
        return None if found is None else next(s for s in self.sites if s.id == found.site)

    def telescope(self, id: str) -> Telescope | None:  # noqa: A002 - the file's word
        """Give a telescope by its id, in any case."""
        return next((t for t in self.telescopes if t.id.casefold() == id.casefold()), None)

    def telescope_of(self, instrument: str, day: dt.date) -> Telescope | None:
        """Give the telescope at which an instrument is mounted on a day."""
        wanted = instrument.casefold()
        return next(
            (
                telescope
                for telescope in self.telescopes
                for focus in telescope.foci
                if focus.instrument.casefold() == wanted and focus.serves(day)
            ),
            None,
        )

    def period(self, number: int) -> Period:
        """Give a period by its number."""
        start = self._rule(number).start_of(number)
        following = self._rule(number + 1).start_of(number + 1)
        return Period(number=number, start=start, end=following - dt.timedelta(days=1))

    def period_of(self, day: dt.date) -> Period:
        """Give the period of the night that begins on this day."""
        rules = [rule for rule in self.calendar if rule.start <= day]
        number = (rules[-1] if rules else self.calendar[0]).number_of(day)
        later = self.calendar[len(rules)].number if 0 < len(rules) < len(self.calendar) else None
        return self.period(number if later is None else min(number, later - 1))

    def _rule(self, number: int) -> Calendar:
        rules = [rule for rule in self.calendar if rule.number <= number]
        return rules[-1] if rules else self.calendar[0]


def _months_later(day: dt.date, months: int) -> dt.date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


def load_observatory(path: Path | None) -> Observatory:
    """Read the observatory; without a path, the demonstration observatory.

    Raises
    ------
    UserError
        The file cannot be read, or says what it may not; names the place.
    """
    where = "the demonstration observatory" if path is None else str(path)
    try:
        source = files("dfs.foundation").joinpath("data/observatory.toml") if path is None else path
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(UNREADABLE, str(error), where=where) from error
    try:
        return Observatory.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(
            INVALID, f"{place}: {first['msg']}" if place else first["msg"], where=where
        ) from error
