"""How long blocks take, and what they take of the time that was granted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dfs.plugin import ExecutionTime, ObservationBlock


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
