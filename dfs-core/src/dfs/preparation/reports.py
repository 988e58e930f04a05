"""How long blocks take, and what they take of the time that was granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dfs.plugin import Container, ExecutionTime, ObservationBlock


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A line of a breakdown.

    Parameters
    ----------
    template : name of the template; empty for what concerns none.
    label : what takes the time.
    seconds : it takes.
    """

    template: str
    label: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ItemTime:
    """What a block or container takes, all of its members together.

    Parameters
    ----------
    depth : below the outermost item, which has 0.
    kind, name : of the item.
    exposure_s, execution_s : it takes; None if the execution time is unknown.
    """

    depth: int
    kind: str
    name: str
    exposure_s: float
    execution_s: float | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What the blocks of a run take of the time that was granted.

    Parameters
    ----------
    exposure_s, execution_s : of all blocks whose time is known.
    unknown : how many blocks have a time that nobody knows.
    allocated_s : granted.
    """

    exposure_s: float
    execution_s: float
    unknown: int
    allocated_s: float

    @property
    def remaining_s(self) -> float:
        """Seconds that are left; negative if more is taken than was granted."""
        return self.allocated_s - self.execution_s


def breakdown(block: ObservationBlock, time: ExecutionTime) -> tuple[TimeLine, ...]:
    """Write an execution time as lines that name the templates."""
    return tuple(
        TimeLine(
            "" if part.template is None else block.templates[part.template].name,
            part.label,
            part.seconds,
        )
        for part in time.parts
    )


def item_times(
    item: ObservationBlock | Container, times: Iterable[ExecutionTime]
) -> tuple[ItemTime, ...]:
    """Say what an item and each item in it takes, from the outermost inwards.

    Parameters
    ----------
    item : a block or container.
    times : of its blocks, in order.
    """
    return tuple(_item_times(item, iter(times), 0))


def _item_times(
    item: ObservationBlock | Container, times: Iterator[ExecutionTime], depth: int
) -> list[ItemTime]:
    if isinstance(item, ObservationBlock):
        time = next(times)
        total_s = None if time.unknown else time.total_s
        return [ItemTime(depth, item.kind, item.name, time.exposure_s, total_s)]
    inside = [
        line for member in item.members for line in _item_times(member.item, times, depth + 1)
    ]
    own = [line for line in inside if line.depth == depth + 1]
    known_s = [line.execution_s for line in own if line.execution_s is not None]
    total_s = sum(known_s) if len(known_s) == len(own) else None
    exposure_s = sum(line.exposure_s for line in own)
    return [ItemTime(depth, item.kind, item.name, exposure_s, total_s), *inside]


def usage(times: Iterable[tuple[float, float | None]], allocated_s: float) -> Usage:
    """Add up what blocks take.

    Parameters
    ----------
    times : of each block the exposure and the execution time, s; None if unknown.
    allocated_s : granted.
    """
    exposure_s = execution_s = 0.0
    unknown = 0
    for exposure, execution in times:
        exposure_s += exposure
        if execution is None:
            unknown += 1
        else:
            execution_s += execution
    return Usage(exposure_s, execution_s, unknown, allocated_s)
