"""Headers and raw frames, as rules and simulators see them.

Keywords have one spelling everywhere in DFS, that of the rule language: FITS
names with dots for spaces and without ``ESO``. ``HIERARCH ESO DPR CATG`` is
``DPR.CATG``; ``MJD-OBS`` stays ``MJD-OBS``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import Field

from dfs.plugin.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HeaderValue: TypeAlias = str | int | float | bool
Header: TypeAlias = Mapping[str, HeaderValue]
"""Keywords of one frame, dotted spelling."""

HeaderCards: TypeAlias = Mapping[str, HeaderValue | tuple[HeaderValue, str]]
"""Keywords to write; a value may come with a comment. Floats are written as floats."""


@dataclass(frozen=True, slots=True)
class RawImage:
    """One header-data unit of a raw frame.

    Parameters
    ----------
    header : keywords of this unit, without the structural ones (BITPIX, NAXIS …).
    data : (ny, nx) unsigned 16-bit, ADU; None for a unit without pixels.
    name : EXTNAME; empty for the primary unit.
    """

    header: HeaderCards = field(default_factory=dict)
    data: NDArray[np.uint16] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One raw file as the instrument would deliver it.

    Parameters
    ----------
    filename : name without folder, unique in its night.
    units : primary unit first, then the extensions.
    truth : what went in, for tests of recipes: JSON-like, instrument's own keys.
    """

    filename: str
    units: tuple[RawImage, ...]
    truth: Mapping[str, Any] = field(default_factory=dict)


class SimulationRequest(Value):
    """What to simulate.

    Parameters
    ----------
    night : date of the evening on which the night began.
    seed : same seed, same pixels.
    window_rows : read out no more than this many detector rows (a window),
        for quick tests; None reads the whole detector.
    """

    night: dt.date
    seed: int = Field(default=0, ge=0)
    window_rows: int | None = Field(default=None, ge=16)
