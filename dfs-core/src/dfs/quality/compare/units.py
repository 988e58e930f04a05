"""The header-data units of a file, and which of two files belong together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dfs.foundation.errors import UserError
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.errors import NO_SUCH_UNIT
from dfs.foundation.fits.pixels import ImageSource
from dfs.foundation.fits.sources import open_source
from dfs.foundation.fits.structure import Unit, units
from dfs.plugin import Header

__all__ = ["DataUnit", "UnitKind", "image_of", "list_units", "pair_units", "selected"]


class UnitKind(StrEnum):
    """What a unit holds."""

    NOTHING = "no data"
    IMAGE = "an image"
    TABLE = "a table"
    OTHER = "data of an unknown kind"


@dataclass(frozen=True, slots=True)
class DataUnit:
    """A unit of a file.

    Parameters
    ----------
    path : the file.
    index : 0 for the primary unit.
    name : EXTNAME with EXTVER where that is not 1; empty for none.
    kind : what it holds.
    header : its keywords.
    unit : where its data lie.
    """

    path: str
    index: int
    name: str
    kind: UnitKind
    header: Header
    unit: Unit

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or ("PRIMARY" if self.index == 0 else f"unit {self.index}")


def list_units(path: str) -> tuple[DataUnit, ...]:
    """Read the headers of all units of a file; cards that are no FITS are passed over.

    Raises
    ------
    UserError
        ``fits.…``: it cannot be read.
    """
    return tuple(_described(path, unit) for unit in units(open_source(path)))


def image_of(data: DataUnit) -> ImageSource:
    """Open an image; one with other than two axes as rows along its first."""
    axes = data.unit.axes
    return ImageSource(
        open_source(data.path), replace(data.unit, axes=(axes[0], math.prod(axes[1:])))
    )


def selected(found: Sequence[DataUnit], wanted: Sequence[str]) -> tuple[DataUnit, ...]:
    """Give the units of these names or numbers, all if none is named.

    Raises
    ------
    UserError
        ``fits.no-such-unit``.
    """
    if not wanted:
        return tuple(found)
    chosen = []
    for name in wanted:
        match = [u for u in found if name in (u.name, u.title, str(u.index))]
        if not match:
            known = ", ".join(u.title for u in found)
            raise UserError(
                NO_SUCH_UNIT, f"it has no unit {name!r}, only {known}", where=found[0].path
            )
        chosen.append(match[0])
    return tuple(chosen)


def pair_units(
    first: Sequence[DataUnit], second: Sequence[DataUnit]
) -> tuple[tuple[tuple[DataUnit, DataUnit], ...], tuple[DataUnit, ...], tuple[DataUnit, ...]]:
    """Pair the primary units, units of one name, and unnamed ones of one kind and number.

    Returns
    -------
    pairs : in the order of the first file.
    only_first, only_second : what is left over.
    """
    remaining = list(second)
    pairs, alone = [], []
    for unit in first:
        found = next((other for other in remaining if _belong(unit, other)), None)
        if found is None:
            alone.append(unit)
        else:
            remaining.remove(found)
            pairs.append((unit, found))
    return tuple(pairs), tuple(alone), tuple(remaining)


def _belong(unit: DataUnit, other: DataUnit) -> bool:
    if 0 in (unit.index, other.index):
        return unit.index == other.index
    if unit.name and other.name:
        return unit.name == other.name
    return unit.index == other.index and unit.kind is other.kind


def _described(path: str, unit: Unit) -> DataUnit:
    header = read_cards(unit.cards, None, where=path, problems=[])
    name = str(header.get("EXTNAME", "")).strip()
    if name and (version := header.get("EXTVER", 1)) != 1:
        name = f"{name} {version}"
    return DataUnit(path, unit.index, name, _kind(unit, header), header, unit)


def _kind(unit: Unit, header: Header) -> UnitKind:
    if not unit.axes or 0 in unit.axes:
        return UnitKind.NOTHING
    if unit.index == 0 or header.get("XTENSION") == "IMAGE":
        return UnitKind.IMAGE
    if header.get("XTENSION") in ("BINTABLE", "TABLE"):
        return UnitKind.TABLE
    return UnitKind.OTHER
