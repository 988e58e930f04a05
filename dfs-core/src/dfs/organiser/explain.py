"""Why a block takes what it takes, which candidates lost, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dfs.organiser.association import Match, Selection, in_time, nearest
from dfs.organiser.blocks import Draft
from dfs.organiser.cascade import Cascade
from dfs.organiser.catalogue import Candidate
from dfs.organiser.model import (
    BlockExplanation,
    CandidateFate,
    Fate,
    InputExplanation,
    ReductionBlock,
)
from dfs.organiser.rules.formatter import format_expression
from dfs.organiser.rules.syntax import Expression
from dfs.plugin import AssociationLevel

__all__ = ["explain_block"]


def explain_block(cascade: Cascade, block: ReductionBlock, most: int) -> BlockExplanation:
    """Explain a block of a cascade.

    Parameters
    ----------
    cascade : the blocks of its instrument.
    block : one of them.
    most : so many candidates that lost are given an input, the nearest in time.
    """
    draft = cascade.drafts[block.id]
    inputs = zip(cascade.selections.of(draft.action), cascade.chosen[block.id], strict=True)
    return BlockExplanation(
        block=block,
        where=str(draft.group.position),
        condition=_text(draft.group.rule.condition),
        keys=draft.group.keys,
        inputs=tuple(_input(cascade, draft, *pair, most) for pair in inputs),
    )


def _input(
    cascade: Cascade, draft: Draft, selection: Selection, chosen: tuple[Match, ...], most: int
) -> InputExplanation:
    association = selection.association
    taken = {match.candidate.rank for match in chosen}
    others = [c for c in nearest(selection.everything, draft) if c.rank not in taken]
    shown = [_loser(cascade, draft, selection, other) for other in islice(others, most)]
    return InputExplanation(
        tag=association.tag,
        condition=_text(association.association.condition),
        where=str(association.position),
        minimum=association.minimum,
        maximum=association.maximum,
        candidates=(*_winners(chosen), *shown),
        not_shown=len(others) - len(shown),
    )


def _winners(chosen: tuple[Match, ...]) -> Iterator[CandidateFate]:
    for place, (candidate, level, distance) in enumerate(chosen):
        far = "its time or the block's is unknown" if distance is None else in_time(distance)
        order = "the nearest at the best level" if place == 0 else "the next"
        reason = f"{order}: {far}, level {level.name.lower()}"
        yield _fate(candidate, Fate.CHOSEN, reason, level, distance)


def _loser(
    cascade: Cascade, draft: Draft, selection: Selection, candidate: Candidate
) -> CandidateFate:
    unknown = draft.time_mjd is None or candidate.time_mjd is None
    distance = None if unknown else (candidate.time_mjd or 0.0) - (draft.time_mjd or 0.0)
    level = selection.level(distance)
    fate, reason = (
        selection.why_not(draft, candidate)
        or cascade.refused(draft, candidate)
        or (Fate.FARTHER, "")
    )
    if fate is Fate.FARTHER:
        far = "its time or the block's is unknown" if distance is None else in_time(distance)
        at = f", level {level.name.lower()}" if level is not None else ""
        number = selection.association.maximum
        better = "a better one is taken" if number == 1 else f"{number} better ones are taken"
        reason = f"it fits, {far}{at}, but {better}"
    return _fate(candidate, fate, reason, level, distance)


def _fate(
    candidate: Candidate,
    fate: Fate,
    reason: str,
    level: AssociationLevel | None,
    distance: float | None,
) -> CandidateFate:
    return CandidateFate(
        path=candidate.path,
        block=candidate.block,
        category=candidate.category,
        fate=fate,
        reason=reason,
        level=level,
        distance_days=distance,
    )


def _text(condition: Expression | None) -> str:
    return "" if condition is None else format_expression(condition)
