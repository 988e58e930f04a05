"""Which candidates suit a block, the best first, and why the others do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from dfs.organiser.blocks import Draft
from dfs.organiser.breakpoints import Timeline
from dfs.organiser.catalogue import Alike, Candidate, Catalogue, TimeOrder, key_of
from dfs.organiser.model import Fate, Preference
from dfs.organiser.rulebook import Rulebook
from dfs.organiser.rules import CompiledAction, CompiledAssociation, Header
from dfs.organiser.rules.analysis import conjuncts, keywords, split
from dfs.organiser.rules.codegen import predicate
from dfs.organiser.rules.formatter import format_expression
from dfs.organiser.rules.interpreter import holds
from dfs.organiser.rules.syntax import Conjunction, Constant, Expression
from dfs.organiser.windows import time_window
from dfs.plugin import AssociationLevel, LevelRange

__all__ = ["Match", "Refusal", "Selection", "Selections", "in_time", "nearest"]


Refusal: TypeAlias = Callable[[Draft, Candidate], tuple[Fate, str] | None]
"""Says why a candidate that suits a block can't be had."""


class Match(NamedTuple):
    """A candidate that suits a block.

    Parameters
    ----------
    candidate : file or coming product.
    level : quality level of the association.
    distance_days : time of the candidate less that of the block, days; None where one
        is unknown.
    """

    candidate: Candidate
    level: AssociationLevel
    distance_days: float | None


class _Range(NamedTuple):
    level: AssociationLevel
    low_mjd: float
    high_mjd: float


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """An association with its candidates, indexed.

    Parameters
    ----------
    association : the rule.
    ranges : time ranges of the calibration plan, best level first; empty for no limit.
    timeline : interventions that are not crossed.
    preference : which of coming products and files is taken.
    window_days : limits that the rule itself sets to the candidate's time less the
        block's.
    asked : keywords of the block whose values are the key to the index.
    index : candidates that meet all conditions that do not depend on the block.
    everything : every candidate of the class, whether or not it meets conditions.
    """

    association: CompiledAssociation
    ranges: tuple[LevelRange, ...]
    timeline: Timeline
    preference: Preference
    window_days: tuple[float, float]
    asked: tuple[str, ...]
    index: Mapping[tuple[str | int | float, ...], Alike]
    everything: TimeOrder

    def matches(self, draft: Draft) -> Iterator[Match]:
        """Give the candidates that suit a block, in the order of preference.

        Among coming products and among files, the best level comes first, then what is
        nearest in time.
        """
        key = key_of(draft.header, self.asked)
        alike = None if key is None else self.index.get(key)
        if alike is None:
            return
        suits, header = self.association.predicate, draft.header
        for match in self._in_order(alike, draft.time_mjd):
            if not _is_own(draft, match.candidate) and suits(match.candidate.header, header):
                yield match

    def _in_order(self, alike: Alike, time_mjd: float | None) -> Iterator[Match]:
        orders = [alike.coming, alike.files]
        if not self.preference.begins_with_raw:
            orders.reverse()
        # Together, a better level of the second goes before a worse one of the first.
        for together in (orders,) if self.preference.is_per_level else ([o] for o in orders):
            if time_mjd is not None:
                yield from self._outwards(together, time_mjd)
            elif not self.ranges:
                for order in together:
                    for candidate in sorted(order, key=lambda c: c.rank):
                        yield Match(candidate, AssociationLevel.PLAN, None)

    def _outwards(self, orders: Sequence[TimeOrder], time_mjd: float) -> Iterator[Match]:
        better: _Range | None = None
        for window in self._windows(time_mjd):
            for order in orders:
                for candidate in order.outwards(time_mjd, window.low_mjd, window.high_mjd):
                    time = candidate.time_mjd
                    if time is None or (better and better.low_mjd <= time <= better.high_mjd):
                        continue
                    yield Match(candidate, window.level, time - time_mjd)
            better = window
        if not self.ranges:
            for order in orders:
                for candidate in order.timeless:
                    yield Match(candidate, AssociationLevel.PLAN, None)

    def _windows(self, time_mjd: float) -> Iterator[_Range]:
        start, end = self.timeline.around(time_mjd)
        low = max(start, time_mjd + self.window_days[0])
        # What was taken at the very moment of an intervention lies behind it.
        high = min(math.nextafter(end, -math.inf), time_mjd + self.window_days[1])
        if not self.ranges:
            yield _Range(AssociationLevel.PLAN, low, high)
        for limits in self.ranges:
            yield _Range(
                limits.level,
                max(low, time_mjd - limits.before_days),
                min(high, time_mjd + limits.after_days),
            )

    def why_not(self, draft: Draft, candidate: Candidate) -> tuple[Fate, str] | None:
        """Say why a candidate does not suit a block; None if it does."""
        if _is_own(draft, candidate):
            return Fate.OWN, "it is the block's own"
        for part in conjuncts(self.association.association.condition):
            if not holds(part, candidate.header, draft.header):
                return Fate.CONDITION, _in_words(part, candidate.header, draft.header)
        return self._why_not_in_time(draft.time_mjd, candidate.time_mjd)

    def _why_not_in_time(
        self, asked_mjd: float | None, time_mjd: float | None
    ) -> tuple[Fate, str] | None:
        if asked_mjd is None or time_mjd is None:
            if not self.ranges:
                return None
            whose = "the block's" if asked_mjd is None else "its"
            return Fate.NO_TIME, f"the calibration plan limits the time, and {whose} is unknown"
        crossed = self.timeline.between(asked_mjd, time_mjd)
        if crossed is not None:
            return Fate.BREAKPOINT, f"an intervention lies between: {crossed.reason}"
        if self.ranges and self.level(time_mjd - asked_mjd) is None:
            widest = self.ranges[-1]
            return Fate.OUTSIDE, (
                f"it was taken {in_time(time_mjd - asked_mjd)}; the calibration plan allows "
                f"{widest.before_days:g} d before and {widest.after_days:g} d after"
            )
        return None

    def level(self, distance_days: float | None) -> AssociationLevel | None:
        """Give the level at a distance in time; None if it is too far or unknown."""
        if not self.ranges:
            return AssociationLevel.PLAN
        if distance_days is None:
            return None
        for limits in self.ranges:
            if -limits.before_days <= distance_days <= limits.after_days:
                return limits.level
        return None

    def shortage(self, draft: Draft, refused: Refusal) -> str:
        """Say in a sentence why there is not more: what is wrong with what comes nearest.

        Parameters
        ----------
        refused : says why a coming product that suits can't be had all the same.
        """
        key = key_of(draft.header, self.asked)
        alike = None if key is None else self.index.get(key)
        same = () if alike is None else ((alike.everything, "with this set-up"),)
        for order, kind in (*same, (self.everything, "of this class")):
            for candidate in nearest(order, draft):
                reason = self.why_not(draft, candidate) or refused(draft, candidate)
                if reason is not None and reason[0] is not Fate.OWN:
                    count = f"{len(order)} candidates" if len(order) > 1 else "1 candidate"
                    return f"{count} {kind}; the nearest, {candidate.name}: {reason[1]}"
        if key is None:
            lacking = ", ".join(k for k in self.asked if k not in draft.header)
            return f"the frames have no {lacking}, which the rule compares"
        return "there is no other such file, and no block makes one"


class Selections:
    """The associations of an instrument's actions; what they share is indexed once.

    Parameters
    ----------
    book : rules, calibration plan and interventions.
    catalogue : the candidates.
    """

    def __init__(self, book: Rulebook, catalogue: Catalogue) -> None:
        self._book = book
        self._catalogue = catalogue
        self._of_action: dict[str, tuple[Selection, ...]] = {}
        self._indices: dict[object, dict[tuple[str | int | float, ...], Alike]] = {}
        self._orders: dict[object, TimeOrder] = {}

    def of(self, action: CompiledAction) -> tuple[Selection, ...]:
        """Give an action's associations, without those that take nothing."""
        if (found := self._of_action.get(action.name)) is None:
            wanted = (a for a in action.associations if a.maximum > 0)
            found = tuple(self._selection(action, association) for association in wanted)
            self._of_action[action.name] = found
        return found

    def _selection(self, action: CompiledAction, association: CompiledAssociation) -> Selection:
        condition = association.association.condition
        keyword = self._book.registered.instrument.time_keyword
        found = tuple(of_candidate for _, of_candidate in association.equalities)
        # Conditions on the candidate alone are met once and for all.
        alone = tuple(
            part for part in split(condition).rest if not any(k.of_input for k in keywords(part))
        )
        class_ = (association.source, association.constants)
        if class_ not in self._orders:
            self._orders[class_] = TimeOrder(self._catalogue.of_class(*class_))
        if (shared := (class_, found, alone)) not in self._indices:
            self._indices[shared] = self._index(association, found, alone)
        return Selection(
            association=association,
            ranges=self._book.ranges.get((action.name, association.tag), ()),
            timeline=self._book.timeline,
            preference=self._book.preference,
            window_days=time_window(condition, keyword),
            asked=tuple(of_input for of_input, _ in association.equalities),
            index=self._indices[shared],
            everything=self._orders[class_],
        )

    def _index(
        self,
        association: CompiledAssociation,
        found: tuple[str, ...],
        alone: tuple[Expression, ...],
    ) -> dict[tuple[str | int | float, ...], Alike]:
        suits = predicate(Conjunction(alone) if alone else None)
        groups: dict[tuple[str | int | float, ...], list[Candidate]] = {}
        for candidate in self._catalogue.of_class(association.source, association.constants):
            key = key_of(candidate.header, found)
            if key is not None and suits(candidate.header, candidate.header):
                groups.setdefault(key, []).append(candidate)
        return {key: Alike(candidates) for key, candidates in groups.items()}


def in_time(distance_days: float) -> str:
    """Say how far a candidate is from a block in time."""
    if not distance_days:
        return "at the same time"
    size, unit = abs(distance_days), "d"
    if size < 1:
        size, unit = (size * 24, "h") if size * 24 >= 1 else (size * 1440, "min")
    amount = f"{size:.1f}" if size < 10 else f"{size:.0f}"
    return f"{amount} {unit} {'before' if distance_days < 0 else 'after'}"


def _is_own(draft: Draft, candidate: Candidate) -> bool:
    if candidate.block:
        return candidate.block == draft.id
    return candidate.path in draft.paths


def nearest(order: TimeOrder, draft: Draft) -> Iterator[Candidate]:
    """Give candidates by their distance in time from a block, those without a time last."""
    if draft.time_mjd is not None:
        yield from order.outwards(draft.time_mjd)
    else:
        yield from (candidate for moment in order.moments for candidate in moment)
    yield from order.timeless


def _in_words(part: Expression, candidate: Header, asking: Header) -> str:
    """Say that a condition does not hold, and for what values."""
    facts = dict.fromkeys(
        f"the block's {k.name} is {_shown(asking, k.name)}"
        if k.of_input
        else f"{k.name} is {_shown(candidate, k.name)}"
        for k in keywords(part)
    )
    return f"not {format_expression(part)}: {', '.join(facts)}"


def _shown(header: Header, keyword: str) -> str:
    value = header.get(keyword)
    return "undefined" if value is None else format_expression(Constant(value))
