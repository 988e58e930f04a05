"""Comparison's use cases: two files, two folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from dfs.foundation.errors import DfsError, UserError
from dfs.foundation.fits.headers import read_header
from dfs.quality.compare.errors import NOTHING_TO_COMPARE
from dfs.quality.compare.images import compare_flags, compare_images
from dfs.quality.compare.logic import (
    compare_headers,
    compare_quality,
    identity_of,
    pair_up,
    reasons_of,
    without_maps,
)
from dfs.quality.compare.model import (
    Content,
    FileComparison,
    FolderComparison,
    PairComparison,
    ProductIdentity,
    Tolerance,
    UnitDifference,
)
from dfs.quality.compare.units import (
    DataUnit,
    UnitKind,
    image_of,
    list_units,
    pair_units,
    selected,
)
from dfs.quality.report.survey import PlaneRole, role_of

__all__ = ["compare_files", "compare_folders"]

_PRODUCTS: Final = "products"
_DATABASE: Final = "dfs.sqlite"
_SUFFIXES: Final = (".fits", ".fit", ".fits.gz")
_NO_TOLERANCE: Final = Tolerance()
_INTEGERS: Final = {"ii", "iu", "ui", "uu"}


def compare_files(
    first: Path,
    second: Path,
    tolerance: Tolerance = _NO_TOLERANCE,
    units: Sequence[str] = (),
) -> FileComparison:
    """Compare two FITS files: pixels, tables, keywords, QC1 values.

    Parameters
    ----------
    first, second : the files; the second is the reference.
    tolerance : what still counts as agreement.
    units : compare these only, by EXTNAME or number (0 is the primary unit).

    Raises
    ------
    UserError
        ``fits.…``: a file cannot be read, or has no such unit.
    """
    a, b = (list_units(str(path)) for path in (first, second))
    pairs, only_first, only_second = pair_units(selected(a, units), selected(b, units))
    compared = tuple(_unit(*pair, tolerance) for pair in pairs)
    alone = tuple(u.title for u in only_first), tuple(u.title for u in only_second)
    quality = compare_quality(a[0].header, b[0].header, tolerance)
    return FileComparison(
        first=str(first),
        second=str(second),
        category=str(a[0].header.get("PRO.CATG") or b[0].header.get("PRO.CATG", "")),
        tolerance=tolerance,
        units=compared,
        only_first=alone[0],
        only_second=alone[1],
        quality=quality,
        reasons=reasons_of(compared, *alone, quality, tolerance),
    )


def compare_folders(
    first: Path,
    second: Path,
    tolerance: Tolerance = _NO_TOLERANCE,
    units: Sequence[str] = (),
    *,
    each: Callable[[PairComparison, int, int], None] = lambda *_: None,
) -> FolderComparison:
    """Compare the FITS files of two folders; of workspaces, their current products.

    Parameters
    ----------
    first, second, tolerance, units : as for :func:`compare_files`.
    each : is told of each pair as soon as it is compared, of its number from one and of the
        number of all pairs; only here the pair holds what its pictures show.

    Raises
    ------
    UserError
        ``compare.nothing``: a folder holds no FITS file.
    """
    pairs, only_first, only_second = pair_up(_products(first), _products(second))
    done = []
    for number, pair in enumerate(pairs, start=1):
        problem, comparison = "", None
        try:
            paths = Path(pair.first.path), Path(pair.second.path)
            comparison = compare_files(*paths, tolerance, units)
        except DfsError as error:
            problem = str(error)
        each(PairComparison(pair, comparison, problem), number, len(pairs))
        done.append(PairComparison(pair, comparison and without_maps(comparison), problem))
    return FolderComparison(
        first=str(first),
        second=str(second),
        tolerance=tolerance,
        pairs=tuple(done),
        only_first=tuple(product.name for product in only_first),
        only_second=tuple(product.name for product in only_second),
    )


def _unit(first: DataUnit, second: DataUnit, tolerance: Tolerance) -> UnitDifference:
    found = _content(first, second, tolerance)
    problem, content = (found, None) if isinstance(found, str) else ("", found)
    header = compare_headers(first.header, second.header, tolerance)
    return UnitDifference(first.title, content, header, problem)


def _content(first: DataUnit, second: DataUnit, tolerance: Tolerance) -> Content | str | None:
    if first.kind is not second.kind:
        return f"the first holds {first.kind}, the second {second.kind}"
    match first.kind:
        case UnitKind.NOTHING:
            return None
        case UnitKind.IMAGE:
            return _images(first, second, tolerance)
        case UnitKind.TABLE:
            # Astropy takes a third of a second to import, which images need not pay.
            from dfs.quality.compare.columns import compare_tables

            places = (first.path, first.index), (second.path, second.index)
            return compare_tables(*places, tolerance)
        case UnitKind.OTHER:
            return f"it holds {first.kind}"


def _images(first: DataUnit, second: DataUnit, tolerance: Tolerance) -> Content | str:
    if first.unit.axes != second.unit.axes:
        sizes = (" × ".join(map(str, unit.unit.axes)) for unit in (first, second))
        return "the first has {} pixels, the second {}".format(*sizes)
    a, b = image_of(first), image_of(second)
    if role_of(first.name) is PlaneRole.QUALITY and a.dtype.kind + b.dtype.kind in _INTEGERS:
        return compare_flags(a, b)
    unit = str(first.header.get("BUNIT") or second.header.get("BUNIT", ""))
    return compare_images(a, b, tolerance, unit)


def _products(folder: Path) -> tuple[ProductIdentity, ...]:
    root = folder / _PRODUCTS if (folder / _DATABASE).is_file() else folder
    found = []
    for path in sorted(_files(root)):
        name = path.relative_to(root).as_posix()
        try:
            header = read_header(path, problems=[])
        except UserError:
            header = {}  # what is wrong with it is said where it is compared
        found.append(identity_of(str(path), name, header))
    if not found:
        raise UserError(NOTHING_TO_COMPARE, "there is no FITS file in it", where=str(folder))
    return tuple(found)


def _files(root: Path) -> Iterator[Path]:
    """Find FITS files, also behind links to folders; a circle of links is gone round once."""
    seen = set()
    for folder, below, names in os.walk(root, followlinks=True):
        if (place := os.path.realpath(folder)) in seen:
            below.clear()
            continue
        seen.add(place)
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in names:
            if name.casefold().endswith(_SUFFIXES) and not name.startswith("."):
                yield Path(folder, name)
