"""The rules for one block."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from dfs.foundation.errors import UserError
from dfs.instruments.logic import (
    check_constraints,
    check_parameters,
    is_tighter,
    missing_parameters,
)
from dfs.plugin import (
    BlockKind,
    Finding,
    InstrumentPackage,
    ObservationBlock,
    TemplateKind,
)
from dfs.preparation.ephemeris import covers, records
from dfs.preparation.logic.intervals import settle_sidereal
from dfs.preparation.verification import rules
from dfs.preparation.verification.facts import Facts
from dfs.preparation.verification.findings import waived

Check: TypeAlias = Callable[[ObservationBlock, InstrumentPackage, Facts], Iterator[Finding]]

LONGEST_S: Final = 3600.0
"""A block in service mode takes no longer without a waiver."""
SAME_PLACE_DEG: Final = 30 / 3600
"""Targets that lie closer are taken for one; invented, half an arcminute."""
FASTEST_ARCSEC_YR: Final = 10.4
"""Proper motion of the fastest star known (Barnard's star, 10.36 arcsec a year)."""

_NAME: Final = re.compile(r"[A-Za-z0-9.+\-_ ]+")


def verify_block(ob: ObservationBlock, package: InstrumentPackage, facts: Facts) -> list[Finding]:
    """Apply the core's rules to a block.

    Parameters
    ----------
    ob : the block.
    package : the version that it was written for.
    facts : what is known around it.

    Returns
    -------
    list of Finding
        In the order of the catalogue; what was waived is a remark.
    """
    return waived([found for check in CHECKS for found in check(ob, package, facts)], facts.waivers)


def _templates(ob: ObservationBlock, package: InstrumentPackage, _: Facts) -> Iterator[Finding]:
    acquisitions = [i for i, t in enumerate(ob.templates) if t.kind is TemplateKind.ACQUISITION]
    for index in acquisitions[1:]:
        yield rules.ACQUISITION.finding(
            "A second acquisition template; delete one.", f"templates[{index}]"
        )
    if acquisitions and acquisitions[0] != 0:
        yield rules.ACQUISITION.finding(
            "The acquisition template is not the first.", f"templates[{acquisitions[0]}]"
        )
    if ob.kind is BlockKind.OBSERVATION and not acquisitions:
        yield rules.ACQUISITION.finding("There is no acquisition template; add one.", "templates")
    if len(ob.templates) == len(acquisitions):
        yield rules.NO_TEMPLATE.finding("No template exposes; add one.", "templates")
    for index, template in enumerate(ob.templates):
        signature = package.template(template.name)
        path = f"templates[{index}]"
        if signature is None:
            yield rules.VALUE.finding(
                f"Package {package.version} has no template {template.name}.", path
            )
            continue
        for name in missing_parameters(signature, template.parameters):
            yield rules.MISSING.finding(
                f"{template.name}: {name} has no value yet.", f"{path}.parameters.{name}"
            )
        for problem in check_parameters(signature, template.parameters):
            yield rules.VALUE.finding(
                f"{template.name}: {problem.parameter}: {problem.message}.",
                f"{path}.parameters.{problem.parameter}",
            )


def _constraints(
    ob: ObservationBlock, package: InstrumentPackage, facts: Facts
) -> Iterator[Finding]:
    if ob.kind is BlockKind.CALIBRATION:
        return
    for found in check_constraints(package, ob.constraints):
        yield rules.CONSTRAINT.finding(found.message, found.path)
    if not facts.run.is_service:
        return
    for name, granted in facts.run.constraints.items():
        definition = package.constraint(name)
        asked = ob.constraints.get(name)
        if definition and asked is not None and is_tighter(definition, asked, granted):
            yield rules.TIGHTER.finding(
                f"{definition.label or name} {asked} demands more than the {granted} "
                "that Phase 1 granted.",
                f"constraints.{name}",
            )


def _version(ob: ObservationBlock, _: InstrumentPackage, facts: Facts) -> Iterator[Finding]:
    if ob.package_version != facts.latest_version:
        yield rules.PACKAGE.finding(
            f"It is written for package {ob.package_version}; migrate it to "
            f"{facts.latest_version}.",
            "package_version",
        )


def _target(ob: ObservationBlock, _: InstrumentPackage, facts: Facts) -> Iterator[Finding]:
    target = ob.target
    if ob.kind is BlockKind.CALIBRATION:
        if target is not None:
            yield rules.TARGET.finding("A calibration block has no target.", "target")
        if ob.absolute_intervals or ob.sidereal_intervals:
            yield rules.CALIBRATION.finding("It has time intervals.", "absolute_intervals")
        if ob.ephemeris is not None:
            yield rules.CALIBRATION.finding("It has an ephemeris.", "ephemeris")
        return
    if target is None or not target.name.strip():
        yield rules.TARGET.finding("The target has no name.", "target.name")
        return
    if not _NAME.fullmatch(target.name):
        yield rules.TARGET_NAME.finding(
            f"{target.name!r} has other characters than A-Z a-z 0-9 . + - _ and space.",
            "target.name",
        )
    motion = math.hypot(target.proper_motion_ra_arcsec_yr, target.proper_motion_dec_arcsec_yr)
    if motion > FASTEST_ARCSEC_YR:
        yield rules.PROPER_MOTION.finding(
            f"{motion:.3g} arcsec a year is more than any known star has; is it in arcsec, "
            "not in mas?",
            "target.proper_motion_ra_arcsec_yr",
        )
    yield from _places(ob, facts)


def _places(ob: ObservationBlock, facts: Facts) -> Iterator[Finding]:
    target = ob.target
    if target is None or ob.ephemeris is not None:
        return
    ra_deg, dec_deg = target.ra_deg, target.dec_deg
    approved = facts.run.targets
    if approved and not any(
        separation_deg(ra_deg, dec_deg, one.ra_deg, one.dec_deg) <= SAME_PLACE_DEG
        for one in approved
    ):
        yield rules.UNAPPROVED.finding(
            f"{target.name} is none of the {len(approved)} targets of the proposal.", "target"
        )
    name = folded(target.name)
    for other in facts.targets:
        if other.block == ob.id:
            continue
        same_name = other.name == name
        same_place = separation_deg(ra_deg, dec_deg, other.ra_deg, other.dec_deg) <= SAME_PLACE_DEG
        if same_name and not same_place:
            yield rules.OTHER_PLACE.finding(
                f"{target.name} is at another place in block {other.block}.", "target.ra"
            )
            return
        if same_place and not same_name:
            yield rules.OTHER_NAME.finding(
                f"The place of {target.name} has another name in block {other.block}.",
                "target.name",
            )
            return


def _time(ob: ObservationBlock, _: InstrumentPackage, facts: Facts) -> Iterator[Finding]:
    if ob.id not in facts.times_s:
        return
    time_s = facts.times_s[ob.id]
    if time_s is None:
        yield rules.TIME_UNKNOWN.finding(
            "The execution time is unknown: fill in all parameters, or see the breakdown."
        )
    elif facts.run.is_service and time_s > LONGEST_S:
        yield rules.LONG.finding(
            f"It takes {time_s / 60:.0f} min; more than 60 need a waiver.", "templates"
        )


def _modes(ob: ObservationBlock, _: InstrumentPackage, __: Facts) -> Iterator[Finding]:
    # <INS>_<mode>_<acq|obs|cal|tec>…: the naming rule of the templates.
    exposing = [t for t in ob.templates if t.kind is TemplateKind.SCIENCE]
    modes = sorted({parts[1] for t in exposing if len(parts := t.name.split("_")) > 2})
    if len(modes) > 1:
        yield rules.MODES.finding(
            f"Its templates use the modes {', '.join(modes)}; make a block for each.", "templates"
        )


def _intervals(ob: ObservationBlock, _: InstrumentPackage, facts: Facts) -> Iterator[Finding]:
    ordered = sorted(ob.absolute_intervals, key=lambda one: one.start)
    for one in ordered:
        if one.start >= one.end:
            yield rules.INTERVALS.finding(
                f"The interval from {one.start:%Y-%m-%d %H:%M} ends before it begins.",
                "absolute_intervals",
            )
    for one, other in pairwise(ordered):
        if other.start < one.end:
            yield rules.INTERVALS.finding(
                f"Two intervals overlap at {other.start:%Y-%m-%d %H:%M}.", "absolute_intervals"
            )
    try:
        settle_sidereal(ob.sidereal_intervals)
    except UserError as error:
        yield rules.INTERVALS.finding(f"Sidereal intervals: {error.detail}.", error.where)
    if ordered and all(one.end <= facts.now for one in ordered):
        yield rules.PAST.finding("All its time intervals have passed.", "absolute_intervals")


def _ephemeris(ob: ObservationBlock, _: InstrumentPackage, __: Facts) -> Iterator[Finding]:
    if ob.ephemeris is None or ob.target is None:
        return
    if ob.target.differential_ra_arcsec_s or ob.target.differential_dec_arcsec_s:
        yield rules.EPHEMERIS.finding(
            "The ephemeris gives the rates; set the differential rates to zero.",
            "target.differential_ra_arcsec_s",
        )
    try:
        moments = records(ob.ephemeris)
    except UserError as error:
        yield rules.EPHEMERIS.finding(f"{error.where}: {error.detail}.", "ephemeris")
        return
    for interval in ob.absolute_intervals:
        if not covers(moments, interval):
            yield rules.EPHEMERIS.finding(
                f"It does not cover the interval from {interval.start:%Y-%m-%d %H:%M}.",
                "ephemeris",
            )


def _charts(ob: ObservationBlock, _: InstrumentPackage, facts: Facts) -> Iterator[Finding]:
    if (
        facts.run.is_service
        and ob.kind is BlockKind.OBSERVATION
        and not ob.finding_charts
        and ob.ephemeris is None
    ):
        yield rules.CHARTS.finding("There is no finding chart; add one.", "finding_charts")


def _visibility(ob: ObservationBlock, _: InstrumentPackage, facts: Facts) -> Iterator[Finding]:
    sky = facts.visibility
    if sky is None or ob.target is None or ob.ephemeris is not None:
        return
    if not sky.can_point(ob):
        yield rules.OUT_OF_REACH.finding(
            f"At declination {ob.target.dec} the target never rises high enough for the telescope.",
            "target.dec",
        )
        return
    # A window that is open already can be used from now on only.
    future = tuple(
        one.model_copy(update={"start": max(one.start, facts.now)})
        for one in ob.absolute_intervals
        if one.end > facts.now
    )
    if ob.absolute_intervals and not future:
        return
    if not sky.is_observable(ob, future, facts.times_s.get(ob.id) or 0.0):
        when = "in any of its time intervals" if future else "at any time of the period"
        yield rules.NEVER.finding(
            f"Within its airmass, Moon and twilight constraints it cannot be observed {when}.",
            "absolute_intervals" if future else "constraints.airmass",
        )


CHECKS: Final[tuple[Check, ...]] = (
    _templates,
    _constraints,
    _version,
    _target,
    _time,
    _modes,
    _intervals,
    _ephemeris,
    _charts,
    _visibility,
)
"""In the order in which people should read what is found."""


def folded(name: str) -> str:
    """Fold the case and the spaces of a target's name, which mean nothing."""
    return "".join(name.split()).casefold()


def separation_deg(ra1_deg: float, dec1_deg: float, ra2_deg: float, dec2_deg: float) -> float:
    """Compute the angle between two directions, degrees (haversine)."""
    ra1, dec1, ra2, dec2 = map(math.radians, (ra1_deg, dec1_deg, ra2_deg, dec2_deg))
    half = (
        math.sin((dec2 - dec1) / 2) ** 2
        + math.cos(dec1) * math.cos(dec2) * math.sin((ra2 - ra1) / 2) ** 2
    )
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(half))))
