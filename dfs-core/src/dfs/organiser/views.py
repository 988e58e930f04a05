"""What people see of an organised folder: trees, and problems in short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from dfs.foundation.clock import datetime_from_mjd
from dfs.organiser.association import in_time
from dfs.organiser.model import (
    BlockExplanation,
    BlockInput,
    Fate,
    InputExplanation,
    MissingInput,
    Organisation,
    Problem,
    ReductionBlock,
)
from dfs.ui.console import Branch

__all__ = ["explanation_tree", "organisation_tree", "problem_lines"]

PROBLEMS_SHOWN = 5
"""Problems of one code that are told one by one."""

DEEPEST = 30
"""Deeper levels of a cascade are not drawn."""


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Tell problems by code: the first few, and how many more there are."""
    by_code: dict[str, list[Problem]] = {}
    for problem in problems:
        by_code.setdefault(problem.code, []).append(problem)
    for code, those in by_code.items():
        yield from (f"{p.path}: {p.detail} [{code}]" for p in those[:PROBLEMS_SHOWN])
        if len(those) > PROBLEMS_SHOWN:
            yield f"and {len(those) - PROBLEMS_SHOWN} more [{code}]"


def organisation_tree(organisation: Organisation, folder: str) -> Branch:
    """Draw cascades from the top: each block with what it takes below it."""
    blocks = organisation.blocks
    incomplete = sum(not block.is_complete for block in blocks)
    title = (
        f"{folder}: {_count(len(organisation.frames), 'frame')}, "
        f"{_count(len(blocks), 'block')}" + (f", {incomplete} INCOMPLETE" if incomplete else "")
    )
    cascades = _Cascades(blocks)
    return Branch(title, [cascades.branch(block) for block in cascades.tops()])


class _Cascades:
    """Draws each block's calibrations once and refers to them later."""

    def __init__(self, blocks: Sequence[ReductionBlock]) -> None:
        self.blocks = {block.id: block for block in blocks}
        self.drawn: set[str] = set()

    def tops(self) -> list[ReductionBlock]:
        """Blocks whose products no other block takes."""
        taken = {id_ for block in self.blocks.values() for id_ in block.depends_on}
        return [block for block in self.blocks.values() if block.id not in taken]

    def branch(self, block: ReductionBlock, what: str = "", depth: int = 0) -> Branch:
        label = f"{what}{_block(block)}"
        if block.id in self.drawn or depth == DEEPEST:
            again = bool(block.calibrations or block.missing)
            return Branch(f"{label}, as above" if again else label)
        self.drawn.add(block.id)
        return Branch(label, list(self.below(block, depth + 1)))

    def below(self, block: ReductionBlock, depth: int) -> Iterator[Branch]:
        for needed in block.calibrations:
            if needed.is_virtual:
                what = f"{needed.tag} ({_how_near(needed)}) from "
                yield self.branch(self.blocks[needed.block], what, depth)
            else:
                yield Branch(f"{needed.tag} ({_how_near(needed)}) {PurePath(needed.path).name}")
        yield from (Branch(_missing(missing)) for missing in block.missing)


def explanation_tree(explanation: BlockExplanation) -> Branch:
    """Draw why a block is as it is."""
    block = explanation.block
    rule = f"rule {explanation.where}: {explanation.condition or 'all frames'}"
    if explanation.keys:
        values = ", ".join(f"{key} {block.setup.get(key, 'undefined')}" for key in explanation.keys)
        rule += f"; alike in {values}"
    frames = Branch(rule, [Branch(PurePath(frame.path).name) for frame in block.inputs])
    inputs = [_input(entry) for entry in explanation.inputs]
    missing = [Branch(_missing(entry)) for entry in block.missing]
    return Branch(_block(block), [frames, *inputs, *missing])


def _input(explanation: InputExplanation) -> Branch:
    number = f"{explanation.minimum}..{explanation.maximum}"
    below = [
        Branch(f"{'taken' if fate.fate is Fate.CHOSEN else 'not taken'}: {name}: {fate.reason}")
        for fate in explanation.candidates
        for name in (PurePath(fate.path).name or f"the coming {fate.category} of {fate.block}",)
    ]
    if explanation.not_shown:
        below.append(Branch(f"not taken: {explanation.not_shown} more, farther in time"))
    if not below:
        below.append(Branch("there is no such file, and no block makes one"))
    rule = f"rule {explanation.where}: {explanation.condition or 'any'}"
    return Branch(f"{explanation.tag} {number}, {rule}", below)


def _block(block: ReductionBlock) -> str:
    tags = list(dict.fromkeys(frame.tag for frame in block.inputs))
    start = "at an unknown time"
    if block.time_mjd is not None:
        start = f"{datetime_from_mjd(block.time_mjd):%Y-%m-%d %H:%M}"
    recipe = block.recipe or "no recipe"
    state = "" if block.is_complete else " INCOMPLETE"
    return f"{block.id}{state}: {recipe}, {len(block.inputs)} × {'/'.join(tags)}, {start}"


def _how_near(needed: BlockInput) -> str:
    if needed.distance_days is None:
        return f"{needed.level.name.lower()}, time unknown"
    return f"{needed.level.name.lower()}, {in_time(needed.distance_days)}"


def _missing(missing: MissingInput) -> str:
    return f"MISSING {missing.tag}: {missing.found} of {missing.minimum}; {missing.reason}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
