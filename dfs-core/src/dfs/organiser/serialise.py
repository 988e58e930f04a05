"""Blocks as JSON and as sets of frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from dfs.organiser.model import (
    BlockExplanation,
    ClassifiedFrame,
    Organisation,
    Problem,
    ReductionBlock,
)

__all__ = [
    "block_from_json",
    "block_to_json",
    "explanation_to_json",
    "frame_to_json",
    "organisation_to_json",
    "problem_to_json",
    "sof_lines",
]


_ADAPTERS: Mapping[object, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in (BlockExplanation, ClassifiedFrame, Problem, ReductionBlock)
}


def _to_json(value: Any) -> dict[str, Any]:
    document: dict[str, Any] = _ADAPTERS[type(value)].dump_python(value, mode="json")
    return document


def block_to_json(block: ReductionBlock) -> dict[str, Any]:
    """Give a block in plain values; `block_from_json` gives it back."""
    return _to_json(block)


def block_from_json(document: dict[str, Any]) -> ReductionBlock:
    """Make a block of what `block_to_json` gave."""
    block: ReductionBlock = _ADAPTERS[ReductionBlock].validate_python(document)
    return block


def frame_to_json(frame: ClassifiedFrame) -> dict[str, Any]:
    """Give a frame in plain values, of the keywords only what rules and plugin assigned."""
    document = _to_json(frame)
    del document["header"]
    return document


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """Give a problem in plain values."""
    return _to_json(problem)


def organisation_to_json(organisation: Organisation) -> dict[str, Any]:
    """Give an organised folder in plain values."""
    return {
        "frames": [frame_to_json(frame) for frame in organisation.frames],
        "blocks": [block_to_json(block) for block in organisation.blocks],
        "problems": [problem_to_json(problem) for problem in organisation.problems],
    }


def explanation_to_json(explanation: BlockExplanation) -> dict[str, Any]:
    """Give an explanation in plain values."""
    return _to_json(explanation)


def sof_lines(block: ReductionBlock) -> list[str]:
    """Give a block's set of frames, a line with path and tag for each file.

    A product that does not exist yet has no path; a comment says who makes it.
    """
    return list(_sof_lines(block))


def _sof_lines(block: ReductionBlock) -> Iterator[str]:
    for needed in (*block.inputs, *block.calibrations):
        if needed.is_virtual:
            yield f"# {needed.category} of block {needed.block} as {needed.tag}"
        else:
            yield f"{needed.path} {needed.tag}"
