"""A comparison as a page, and as values for programs."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from dfs.foundation.files import NOT_WRITABLE, atomic_write, storage_error
from dfs.quality.compare.logic import allowance
from dfs.quality.compare.model import (
    DifferenceMaps,
    FileComparison,
    FlagDifference,
    FolderComparison,
    ImageDifference,
    PairComparison,
    TableDifference,
    UnitDifference,
)
from dfs.quality.logic import quantity
from dfs.quality.report.rendering import render

__all__ = ["comparison_to_json", "folder_to_json", "page_name", "write_folder_page", "write_page"]

_CUTS_PERCENT: Final = 99.5


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture with the words that stand for it."""

    png: bytes
    title: str
    alt: str
    is_line: bool = False

    @property
    def uri(self) -> str:
        """The picture itself, to stand in the page."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


def write_page(folder: Path, comparison: FileComparison, stem: str = "comparison") -> Path:
    """Write the page of two files, ``<stem>.html``, and ``<stem>.json`` for programs.

    The page holds its pictures and needs nothing else. Other files in the folder stay.

    Parameters
    ----------
    folder : where to; made if need be.
    comparison : with the maps of its images.
    stem : name of the page.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    page = render(
        "comparison.html",
        comparison=comparison,
        allowance=allowance(comparison.tolerance, _common_unit(comparison)),
        kinds=[_kind(unit) for unit in comparison.units],
        pictures=[_draw(unit, comparison.tolerance.absolute) for unit in comparison.units],
    )
    return _write(folder, stem, page, comparison_to_json(comparison))


def write_folder_page(folder: Path, comparison: FolderComparison) -> Path:
    """Write the page of two folders, ``comparison.html``, which leads to that of each pair.

    Parameters
    ----------
    folder : where the pages of the pairs lie, under their :func:`page_name`.
    comparison : of the folders.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    page = render(
        "comparison_folder.html",
        comparison=comparison,
        allowance=allowance(comparison.tolerance),
        pages=[
            f"{page_name(pair, number)}.html" if pair.comparison else ""
            for number, pair in enumerate(comparison.pairs, start=1)
        ],
        disagreeing=sum(not pair.agree for pair in comparison.pairs),
    )
    return _write(folder, "comparison", page, folder_to_json(comparison))


def page_name(pair: PairComparison, number: int) -> str:
    """Name the page of a pair, without its ending."""
    category = re.sub("[^a-z0-9]+", "-", pair.pair.first.category.lower()).strip("-")
    return f"{number:03d}-{category}" if category else f"{number:03d}"


def _write(folder: Path, stem: str, page: bytes, document: Mapping[str, Any]) -> Path:
    text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, NOT_WRITABLE) from error
    for ending, content in ((".json", f"{text}\n".encode()), (".html", page)):
        with atomic_write(folder / f"{stem}{ending}") as file:
            file.write(content)
    return folder / f"{stem}.html"


def _common_unit(comparison: FileComparison) -> str:
    """Give the unit of the pixels, if all images have one."""
    images = [u.content for u in comparison.units if isinstance(u.content, ImageDifference)]
    units = {image.unit for image in images if image.unit}
    return units.pop() if len(units) == 1 else ""


def _kind(unit: UnitDifference) -> str:
    """Say which of the template's parts shows a unit."""
    match unit.content:
        case ImageDifference():
            return "image"
        case FlagDifference():
            return "flags"
        case TableDifference():
            return "table"
        case None:
            return ""


# ── Pictures ────────────────────────────────────────────────────────────────


def _draw(unit: UnitDifference, tolerance: float) -> tuple[tuple[_Picture, ...], ...]:
    """Draw rows of pictures: the images, then the curves."""
    if not isinstance(unit.content, ImageDifference) or unit.content.maps is None:
        return ()
    maps, of_cells = unit.content.maps, ""
    if maps.cell != (1, 1):
        of_cells = f" of cells of {maps.cell[1]} × {maps.cell[0]} pixels"
    return (
        _images(maps, unit.name, unit.content.unit, of_cells, tolerance),
        _curves(maps, unit.name, unit.content.unit, tolerance),
    )


def _images(
    maps: DifferenceMaps, name: str, unit: str, of_cells: str, tolerance: float
) -> tuple[_Picture, ...]:
    # matplotlib takes most of a second to import, which a page without images need not pay.
    from dfs.quality.report import pictures

    # What is within tolerance stays darker than a middle grey.
    mean, largest = _white(np.abs(maps.mean)), max(_white(maps.largest), 2 * tolerance)
    what = f"Mean difference{of_cells}" if of_cells else "Difference"
    amount = f"Largest difference{of_cells}" if of_cells else "Amount of the difference"
    return (
        _Picture(
            pictures.draw_thumbnail(maps.mean, (-mean, mean)),
            f"{what}: black is {quantity(-mean, unit, digits=4)}, white is "
            f"{quantity(mean, unit, digits=4)}; red is missing",
            f"Image of the difference of {name}",
        ),
        _Picture(
            pictures.draw_thumbnail(maps.largest, (0.0, largest)),
            f"{amount}, of either sign: black is none, white is "
            f"{quantity(largest, unit, digits=4)} or more; red is missing in one of the two only",
            f"Image of the largest differences of {name}, which shows single bad pixels",
        ),
    )


def _curves(maps: DifferenceMaps, name: str, unit: str, tolerance: float) -> tuple[_Picture, ...]:
    from dfs.quality.report import pictures

    drawn = []
    if (histogram := maps.histogram) is not None:
        title = f"{histogram.below + histogram.above:,} differences lie outside the range shown"
        drawn.append(
            _Picture(
                pictures.draw_histogram(
                    histogram, unit, marks=(-tolerance, tolerance) if tolerance else ()
                ),
                f"Histogram; {title}{'; dashed is the tolerance' if tolerance else ''}",
                f"Histogram of the differences of {name}",
                is_line=True,
            )
        )
    for profile, along in ((maps.row_profile, "row"), (maps.column_profile, "column")):
        drawn.append(
            _Picture(
                pictures.draw_profile(profile, along, unit),
                f"Mean difference of each {along}",
                f"Mean difference of each {along} of {name}",
                is_line=True,
            )
        )
    return tuple(drawn)


def _white(amounts: Any) -> float:
    finite = amounts[np.isfinite(amounts)]
    if not finite.size:
        return 1.0
    return float(np.percentile(finite, _CUTS_PERCENT)) or float(finite.max()) or 1.0


# ── JSON ────────────────────────────────────────────────────────────────────


def comparison_to_json(comparison: FileComparison) -> dict[str, Any]:
    """Give all that was found of two files in plain values, but for the pictures."""
    return {
        "first": comparison.first,
        "second": comparison.second,
        "category": comparison.category,
        "agree": comparison.agree,
        "reasons": list(comparison.reasons),
        "tolerance": asdict(comparison.tolerance),
        "units": [_unit_json(unit) for unit in comparison.units],
        "only_first": list(comparison.only_first),
        "only_second": list(comparison.only_second),
        "quality": [
            {
                **asdict(value),
                "difference": value.difference,
                "relative": value.relative,
            }
            for value in comparison.quality
        ],
    }


def folder_to_json(comparison: FolderComparison) -> dict[str, Any]:
    """Give all that was found of two folders in plain values, but for the pictures."""
    return {
        "first": comparison.first,
        "second": comparison.second,
        "agree": comparison.agree,
        "tolerance": asdict(comparison.tolerance),
        "pairs": [
            {
                "first": pair.pair.first.name,
                "second": pair.pair.second.name,
                "category": pair.pair.first.category,
                "by": pair.pair.by,
                "agree": pair.agree,
                "problem": pair.problem,
                "comparison": pair.comparison and comparison_to_json(pair.comparison),
            }
            for pair in comparison.pairs
        ],
        "only_first": list(comparison.only_first),
        "only_second": list(comparison.only_second),
    }


def _unit_json(unit: UnitDifference) -> dict[str, Any]:
    content = unit.content
    if isinstance(content, ImageDifference):
        content = replace(content, maps=None)
    told = {"kind": _kind(unit)} | (asdict(content) if content else {})
    told.pop("maps", None)
    return {
        "name": unit.name,
        "problem": unit.problem,
        "content": _finite(told),
        "header": {
            "same": unit.header.same,
            "only_first": dict(unit.header.only_first),
            "only_second": dict(unit.header.only_second),
            "different": {k: list(v) for k, v in unit.header.different.items()},
        },
    }


def _finite(value: Any) -> Any:
    """Give None for what JSON has no number for."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
