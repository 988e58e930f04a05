"""What verification must know beside the block itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dfs.plugin import AbsoluteInterval, ObservationBlock
from dfs.programmes.model import Run


class Visibility(Protocol):
    """The answer of the sky, asked through a port so that verification stays pure."""

    def can_point(self, ob: ObservationBlock) -> bool:
        """Tell whether the telescope ever reaches the target."""

    def is_observable(
        self, ob: ObservationBlock, within: tuple[AbsoluteInterval, ...], duration_s: float
    ) -> bool:
        """Tell whether the block fits into a stretch of time in which its target is up.

        Parameters
        ----------
        within : windows for the start; empty for the whole period.
        duration_s : it takes.
        """


@dataclass(frozen=True, slots=True)
class ProgrammeTarget:
    """A target of another block of the programme.

    Parameters
    ----------
    block : id of that block.
    name : of the target, with its case and spaces folded.
    ra_deg, dec_deg : degrees.
    """

    block: int
    name: str
    ra_deg: float
    dec_deg: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known around a block.

    Parameters
    ----------
    run : that it belongs to.
    now : the present moment, UTC.
    latest_version : of the instrument package.
    waivers : by code of a finding, who granted it and why.
    times_s : execution time of blocks by id, s; None where it is unknown.
    targets : of the programme's blocks.
    visibility : the sky; None where nobody can tell, which is said in a finding of none.
    mounted : whether the instrument is at the telescope in the period.
    readme_missing : sections of the README that are empty.
    submitting : whether the container is to be certified.
    """

    run: Run
    now: dt.datetime
    latest_version: str
    waivers: Mapping[str, str] = field(default_factory=dict)
    times_s: Mapping[int, float | None] = field(default_factory=dict)
    targets: tuple[ProgrammeTarget, ...] = ()
    visibility: Visibility | None = None
    mounted: bool = True
    readme_missing: tuple[str, ...] = ()
    submitting: bool = False
