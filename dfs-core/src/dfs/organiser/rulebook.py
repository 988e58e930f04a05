"""What an instrument's plugin says of its frames, ready for use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dfs.foundation.errors import DfsError
from dfs.host import Host, RegisteredInstrument
from dfs.organiser.breakpoints import Timeline
from dfs.organiser.catalogue import PRODUCT_KEYWORD
from dfs.organiser.model import Breakpoint, Preference, Problem
from dfs.organiser.ports import Rejections
from dfs.organiser.rules import CompiledRules, RuleSet, compile_rules, parse_rules
from dfs.organiser.scan import Wanted
from dfs.organiser.signals import keywords_behind
from dfs.plugin import LevelRange, Resource

__all__ = ["Rulebook", "rulebooks", "wanted"]

DESCRIPTION = ("DPR.CATG", "DPR.TYPE", "DPR.TECH")
"""Keywords by which the field's rules tell what a raw frame is."""

_ALWAYS = ("INSTRUME", "PRO.CATG", PRODUCT_KEYWORD, "DATE-OBS", *DESCRIPTION)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules, calibration plan and interventions of one instrument.

    Parameters
    ----------
    registered : the instrument.
    rules : its rules; None if it has none, or none that can be used.
    problem : why they can't be used.
    ranges : time ranges by action and tag, best level first.
    timeline : interventions that no association crosses.
    preference : which of two calibrations that both fit is taken.
    rejected : knows the products that are not taken; None if nobody does.
    """

    registered: RegisteredInstrument
    rules: CompiledRules | None
    problem: Problem | None
    ranges: Mapping[tuple[str, str], tuple[LevelRange, ...]]
    timeline: Timeline
    preference: Preference = Preference.RAW_PER_LEVEL
    rejected: Rejections | None = None


def rulebooks(
    host: Host,
    breakpoints: Iterable[Breakpoint] = (),
    preference: Preference = Preference.RAW_PER_LEVEL,
    rejected: Rejections | None = None,
) -> dict[str, Rulebook]:
    """Make the rulebook of each ready instrument, by its id."""
    interventions = tuple(breakpoints)
    return {
        id_: _rulebook(ready, interventions, preference, rejected)
        for id_, ready in host.instruments.items()
    }


def wanted(books: Iterable[Rulebook]) -> Wanted:
    """Give what must be read of a file whose instrument is not known yet."""
    keywords = set(_ALWAYS)
    extensions: dict[str, tuple[str, ...]] = {}
    for book in books:
        instrument = book.registered.instrument
        keywords |= {instrument.time_keyword, instrument.identity_keyword}
        keywords.update(instrument.setup_keywords)
        if book.rules is not None:
            keywords |= book.rules.keywords | keywords_behind(book.rules.keywords)
        if instrument.extensions:
            extensions |= {name.casefold(): instrument.extensions for name in instrument.instrume}
    return Wanted(frozenset(keywords), extensions)


def _rulebook(
    registered: RegisteredInstrument,
    breakpoints: tuple[Breakpoint, ...],
    preference: Preference,
    rejected: Rejections | None,
) -> Rulebook:
    rules: CompiledRules | None = None
    problem: Problem | None = None
    try:
        rules = _rules(registered)
    except DfsError as error:
        # The other instruments are organised all the same.
        problem = Problem(error.where or registered.source, error.code.name, error.detail)
    plan = registered.calibration_plan
    names = (registered.id, *registered.instrument.instrume)
    return Rulebook(
        registered=registered,
        rules=rules,
        problem=problem,
        ranges={(v.action, v.tag): v.ranges for v in plan.validities} if plan else {},
        timeline=Timeline.of(breakpoints, names),
        preference=preference,
        rejected=rejected,
    )


def _rules(registered: RegisteredInstrument) -> CompiledRules | None:
    if registered.rules is None:
        return None
    joined = RuleSet()
    for resource in registered.rules.files:
        root = PurePosixPath(registered.resource_name(resource.model_copy(update={"path": ""})))

        def included(path: Path, resource: Resource = resource, root: PurePosixPath = root) -> str:
            inside = PurePosixPath(path.as_posix()).relative_to(root)
            return registered.read_text(resource.model_copy(update={"path": str(inside)}))

        text = registered.read_text(resource)
        joined += parse_rules(text, registered.resource_name(resource), read=included)
    return compile_rules(joined)
