"""Cascades: blocks that take each other's coming products, resolved before anything runs."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from dfs.organiser.association import Match, Selections
from dfs.organiser.blocks import (
    Draft,
    candidate_of,
    coming_products,
    drafts,
    recipe_parameters,
    static_candidates,
)
from dfs.organiser.catalogue import Candidate, Catalogue
from dfs.organiser.errors import CYCLE
from dfs.organiser.model import (
    BlockInput,
    ClassifiedFrame,
    Fate,
    MissingInput,
    Problem,
    ReductionBlock,
)
from dfs.organiser.rulebook import Rulebook
from dfs.organiser.rules import CompiledAction, CompiledAssociation
from dfs.plugin import ParameterValue

__all__ = ["Cascade", "in_order"]


class Cascade:
    """The blocks of one instrument, with what each takes.

    A block is incomplete if it finds too little, and then nobody takes its products:
    who would have done so looks on, and may become incomplete in turn. Since blocks
    only ever become incomplete, the end is the same in whatever order they are looked
    at. Blocks that would wait for each other in a circle take no coming products of
    the actions in it.

    Parameters
    ----------
    book : rules, calibration plan and interventions.
    frames : the instrument's frames.
    static : calibrations that come with its plugin.
    """

    def __init__(
        self,
        book: Rulebook,
        frames: Sequence[ClassifiedFrame],
        static: Sequence[ClassifiedFrame] = (),
    ) -> None:
        self.book = book
        made, self.problems = drafts(book, frames)
        self.drafts: dict[str, Draft] = {draft.id: draft for draft in made}
        usable = [frame for frame in frames if frame.tag]
        files = [candidate_of(frame) for frame in usable if frame.is_product]
        self._coming: dict[str, tuple[Candidate, ...]] = {
            draft.id: tuple(coming_products(draft, book.rules))
            for draft in made
            if book.rules is not None
        }
        files += static_candidates(static, files)
        coming = [product for products in self._coming.values() for product in products]
        raw = [candidate_of(frame) for frame in usable if not frame.is_product]
        self.selections = Selections(book, Catalogue(raw, [*files, *coming]))
        self.chosen: dict[str, tuple[tuple[Match, ...], ...]] = {}
        """By block, for each of its action's selections what it takes."""
        self.incomplete: set[str] = set()
        """Ids of the blocks that lack something."""
        self._barred: dict[str, set[str]] = {}
        """By block, actions whose coming products it may not take."""
        self._parameters_of: dict[str, Mapping[str, ParameterValue]] = {}
        self._resolve()

    def refused(self, draft: Draft, candidate: Candidate) -> tuple[Fate, str] | None:
        """Say why a candidate that suits can't be had; None if it can."""
        if self.book.rejected is not None and candidate.product:
            reason = self.book.rejected.reason(candidate.product)
            if reason:
                return Fate.REJECTED, f"quality control rejected it: {reason}"
        if not candidate.block:
            return None
        if candidate.block in self.incomplete:
            return Fate.INCOMPLETE, f"block {candidate.block} is incomplete itself"
        if self.drafts[candidate.block].action.name in self._barred.get(draft.id, ()):
            return Fate.CYCLE, f"block {candidate.block} and this one would wait for each other"
        return None

    def blocks(self) -> Iterator[ReductionBlock]:
        """Give the finished blocks, in no particular order."""
        for id_ in self.drafts:
            yield self._block(self.drafts[id_])

    # ── Resolution ──────────────────────────────────────────────────────────

    def _resolve(self) -> None:
        takers: dict[str, set[str]] = {}
        waiting = deque(self.drafts.values())
        while waiting:
            while waiting:
                draft = waiting.popleft()
                chosen = self._choose(draft)
                self.chosen[draft.id] = chosen
                for block in _blocks(chosen):
                    takers.setdefault(block, set()).add(draft.id)
                if draft.id not in self.incomplete and self._lacks(draft, chosen):
                    self.incomplete.add(draft.id)
                    waiting += (self.drafts[id_] for id_ in sorted(takers.pop(draft.id, ())))
            for ring in _rings({id_: _blocks(chosen) for id_, chosen in self.chosen.items()}):
                waiting += self._break_up(ring)

    def _choose(self, draft: Draft) -> tuple[tuple[Match, ...], ...]:
        return tuple(
            tuple(
                islice(
                    (m for m in selection.matches(draft) if not self.refused(draft, m.candidate)),
                    selection.association.maximum,
                )
            )
            for selection in self.selections.of(draft.action)
        )

    def _lacks(self, draft: Draft, chosen: tuple[tuple[Match, ...], ...]) -> bool:
        return bool(draft.missing) or any(
            len(matches) < selection.association.minimum
            for selection, matches in zip(self.selections.of(draft.action), chosen, strict=True)
        )

    def _break_up(self, ring: frozenset[str]) -> Iterator[Draft]:
        members = [self.drafts[id_] for id_ in sorted(ring)]
        actions = {draft.action.name: draft.action for draft in members}
        for draft in members:
            self._barred.setdefault(draft.id, set()).update(actions)
        problem = Problem(
            str(min(action.position for action in actions.values())),
            CYCLE.name,
            f"{len(ring)} blocks of {', '.join(sorted(actions))} would wait for each other, "
            f"{members[0].id} among them",
        )
        self.problems.append(problem)
        yield from members

    # ── Result ──────────────────────────────────────────────────────────────

    def _block(self, draft: Draft) -> ReductionBlock:
        missing = list(draft.missing)
        calibrations: list[BlockInput] = []
        for selection, matches in zip(
            self.selections.of(draft.action), self.chosen[draft.id], strict=True
        ):
            association = selection.association
            calibrations += (_input(association, match) for match in matches)
            if len(matches) < association.minimum:
                reason = selection.shortage(draft, self.refused)
                missing.append(
                    MissingInput(association.tag, association.minimum, len(matches), reason)
                )
        action = draft.action
        return ReductionBlock(
            id=draft.id,
            instrument=self.book.registered.id,
            action=action.name,
            recipe=action.recipes[0].name if action.recipes else "",
            name=draft.name,
            inputs=draft.inputs,
            calibrations=tuple(calibrations),
            products=tuple(product.category for product in self._coming[draft.id]),
            missing=tuple(missing),
            parameters=self._parameters(action),
            setup=draft.setup,
            time_mjd=draft.time_mjd,
            priority=action.priority,
        )

    def _parameters(self, action: CompiledAction) -> Mapping[str, ParameterValue]:
        if (found := self._parameters_of.get(action.name)) is None:
            found = {}
            if action.recipes:
                recipe = action.recipes[0]
                declared = self.book.registered.recipes.get(recipe.name)
                found = recipe_parameters(recipe.options, declared)
            self._parameters_of[action.name] = found
        return found


def _input(association: CompiledAssociation, match: Match) -> BlockInput:
    candidate, level, distance = match
    return BlockInput(
        tag=association.tag,
        path=candidate.path,
        block=candidate.block,
        category=candidate.category,
        level=level,
        distance_days=distance,
        is_optional=association.minimum == 0,
    )


def _blocks(chosen: Iterable[Iterable[Match]]) -> frozenset[str]:
    return frozenset(m.candidate.block for matches in chosen for m in matches if m.candidate.block)


def in_order(blocks: Iterable[ReductionBlock]) -> list[ReductionBlock]:
    """Sort blocks so that each comes after those that it depends on.

    Where that leaves a choice, higher priority comes first, then earlier time, then
    the id.
    """
    by_id = {block.id: block for block in blocks}
    open_ = {id_: len(block.depends_on) for id_, block in by_id.items()}
    takers: dict[str, list[str]] = {}
    for id_, block in by_id.items():
        for needed in block.depends_on:
            takers.setdefault(needed, []).append(id_)

    def entry(id_: str) -> tuple[float, bool, float, str]:
        block = by_id[id_]
        return -block.priority, block.time_mjd is None, block.time_mjd or 0.0, id_

    ready = [entry(id_) for id_, number in open_.items() if not number]
    heapq.heapify(ready)
    ordered: list[ReductionBlock] = []
    while ready:
        id_ = heapq.heappop(ready)[-1]
        ordered.append(by_id[id_])
        for taker in takers.get(id_, ()):
            open_[taker] -= 1
            if not open_[taker]:
                heapq.heappush(ready, entry(taker))
    return ordered


def _rings(needs: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """Find the sets of blocks that wait for each other: strongly connected components.

    Source: Tarjan 1972, SIAM J. Comput. 1, 146, with a stack in the place of recursion,
    because chains of blocks may be longer than Python's stack.
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    rings: list[frozenset[str]] = []
    for root in sorted(needs):
        if root in number:
            continue
        work = [(root, iter(sorted(needs[root])))]
        while work:
            block, rest = work[-1]
            if block not in number:
                number[block] = lowest[block] = len(number)
                path.append(block)
                on_path.add(block)
            for needed in rest:
                if needed not in number:
                    work.append((needed, iter(sorted(needs[needed]))))
                    break
                if needed in on_path:
                    lowest[block] = min(lowest[block], number[needed])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[block])
                if lowest[block] == number[block]:
                    ring = [path.pop()]
                    while ring[-1] != block:
                        ring.append(path.pop())
                    on_path.difference_update(ring)
                    if len(ring) > 1:
                        rings.append(frozenset(ring))
    return rings
