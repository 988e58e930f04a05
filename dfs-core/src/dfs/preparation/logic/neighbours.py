"""Which targets of a programme a target is to be compared with."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, TypeAlias

from dfs.preparation.verification import ProgrammeTarget

_Cell: TypeAlias = tuple[int, int, int]
_CELL: Final = 1e-3
"""Edge of a cell on the unit sphere, rad: 3.4 arcmin, much more than one place is wide."""


class Neighbours:
    """The targets of a programme, found by name and by place.

    Of many blocks with one target two stand for all, so that a survey of a single field is
    compared as fast as one of many.

    Parameters
    ----------
    targets : of the programme's blocks.
    """

    def __init__(self, targets: Iterable[ProgrammeTarget]) -> None:
        self._names: dict[str, list[ProgrammeTarget]] = defaultdict(list)
        self._cells: dict[_Cell, list[ProgrammeTarget]] = defaultdict(list)
        known: dict[tuple[str, float, float], int] = defaultdict(int)
        for one in sorted(targets, key=lambda target: target.block):
            same = (one.name, one.ra_deg, one.dec_deg)
            known[same] += 1
            if known[same] <= 2:
                self._names[one.name].append(one)
                self._cells[_cell(one)].append(one)

    def of(self, one: ProgrammeTarget) -> tuple[ProgrammeTarget, ...]:
        """Give the targets of the same name or about the same place, by block."""
        found = {other.block: other for other in self._names[one.name]}
        for cell in _around(_cell(one)):
            if cell in self._cells:
                found |= {other.block: other for other in self._cells[cell]}
        return tuple(found[block] for block in sorted(found))


def _cell(one: ProgrammeTarget) -> _Cell:
    ra, dec = math.radians(one.ra_deg), math.radians(one.dec_deg)
    x, y, z = math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)
    return math.floor(x / _CELL), math.floor(y / _CELL), math.floor(z / _CELL)


def _around(cell: _Cell) -> Iterator[_Cell]:
    x, y, z = cell
    for dx, dy, dz in product((-1, 0, 1), repeat=3):
        yield x + dx, y + dy, z + dz
