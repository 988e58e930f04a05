"""``dfs compare``: whether two products are the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.quality.compare.model import (
        ColumnDifference,
        FileComparison,
        FolderComparison,
        HeaderDifference,
        PairComparison,
        Tolerance,
    )

_KEYWORDS_SHOWN = 20


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A FITS file, or a folder of them.")],
    second: Annotated[
        Path, typer.Argument(metavar="B", help="What A is held against: the reference.")
    ],
    html: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write pages with pictures there.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(metavar="X", min=0.0, help="Allowed difference, in the data's unit.")
    ] = 0.0,
    relative: Annotated[
        float, typer.Option(metavar="R", min=0.0, help="Allowed besides, as a fraction of B.")
    ] = 0.0,
    outliers: Annotated[
        float,
        typer.Option(metavar="F", min=0.0, max=1.0, help="Fraction that may lie beyond."),
    ] = 0.0,
    level_shift: Annotated[
        bool, typer.Option("--level-shift", help="Take the median difference of images out.")
    ] = False,
    unit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|N", help="Compare only this unit; may be given several times."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Let keywords and QC1 values count as well.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Compare pixels, tables, keywords and QC1 values of two products, or of two folders."""
    from dfs.foundation.errors import UserError
    from dfs.quality.compare.errors import FILE_AND_FOLDER
    from dfs.quality.compare.model import Tolerance

    if first.is_dir() != second.is_dir():
        raise UserError(FILE_AND_FOLDER, f"{first} and {second} are one of each")
    allowed = Tolerance(tolerance, relative, outliers, level_shift, strict)
    compare_them = _folders if first.is_dir() else _files
    how = _How(allowed, tuple(unit or ()), html, as_json)
    if not compare_them(first, second, how):
        raise typer.Exit(ExitCode.FAILED)


class _How(NamedTuple):
    """What was asked for, of files as of folders."""

    tolerance: Tolerance
    units: tuple[str, ...]
    html: Path | None
    as_json: bool


def _files(first: Path, second: Path, how: _How) -> bool:
    from dfs.quality.compare.page import comparison_to_json, write_page
    from dfs.quality.compare.service import compare_files

    found = compare_files(first, second, how.tolerance, how.units)
    page = write_page(how.html, found) if how.html else None
    if how.as_json:
        console.emit_json(comparison_to_json(found))
    else:
        _show(found)
        if page:
            console.print_line(f"page\t{page}")
    return found.agree


def _folders(first: Path, second: Path, how: _How) -> bool:
    from dfs.quality.compare.page import folder_to_json, page_name, write_folder_page, write_page
    from dfs.quality.compare.service import compare_folders

    with console.progress("comparing") as bar:

        def each(pair: PairComparison, number: int, total: int) -> None:
            if how.html and pair.comparison:
                write_page(how.html, pair.comparison, page_name(pair, number))
            bar.update(number, total)

        found = compare_folders(first, second, how.tolerance, how.units, each=each)
    page = write_folder_page(how.html, found) if how.html else None
    if how.as_json:
        console.emit_json(folder_to_json(found))
    else:
        _show_folder(found)
        if page:
            console.print_line(f"page\t{page}")
    return found.agree


def _show(found: FileComparison) -> None:
    from dfs.quality.compare.model import FlagDifference, ImageDifference, TableDifference

    images, columns = [], []
    for unit in found.units:
        match unit.content:
            case ImageDifference() as image:
                judged = image.levelled if found.tolerance.level_shift else image.raw
                missing = image.missing_first + image.missing_second
                numbers = image.median, image.mean, judged.rms, image.sigma, judged.largest
                place = "{}, {}".format(*judged.place)
                told = (f"{value:.6g}" for value in numbers)
                images.append((unit.name, image.compared, *told, place, judged.beyond, missing))
            case FlagDifference() as flags:
                rest = ("",) * 7
                images.append((unit.name, _pixels(flags.shape), *rest[1:], flags.unequal, ""))
            case TableDifference() as table:
                columns += [_column(unit.name, column) for column in table.columns]
            case None:
                pass
    if images:
        titles = ("median", "mean", "rms", "sigma", "largest", "at x, y", "beyond", "missing")
        console.table("Differences, A minus B", ("unit", "pixels", *titles), images)
    if columns:
        figures = ("values", "unequal", "beyond", "rms", "largest", "row")
        console.table("Columns", ("unit", "column", *figures), columns)
    if found.quality:
        rows = [
            (q.name, *(_value(v) for v in (q.first, q.second, q.difference, q.relative)))
            for q in found.quality
        ]
        console.table("QC1 values", ("parameter", "A", "B", "difference", "relative"), rows)
    for unit in found.units:
        _show_header(unit.name, unit.header)
    for reason in found.reasons:
        console.print_line(f"differ\t{reason}")
    if found.agree:
        console.print_line("agree")


def _show_header(name: str, header: HeaderDifference) -> None:
    rows: list[tuple[object, ...]] = [(k, *values) for k, values in header.different.items()]
    rows += [(k, value, "-") for k, value in header.only_first.items()]
    rows += [(k, "-", value) for k, value in header.only_second.items()]
    if not rows:
        return
    console.table(f"Keywords of {name}", ("keyword", "A", "B"), rows[:_KEYWORDS_SHOWN])
    if (more := len(rows) - _KEYWORDS_SHOWN) > 0:
        console.note(f"{more} more keywords of {name} differ; --json and --html tell all")


def _show_folder(found: FolderComparison) -> None:
    rows = [
        (
            pair.pair.first.category or "-",
            pair.pair.first.name,
            pair.pair.second.name,
            "agree" if pair.agree else "differ",
            pair.reason,
        )
        for pair in found.pairs
    ]
    rows += [("-", name, "-", "differ", "in A only") for name in found.only_first]
    rows += [("-", "-", name, "differ", "in B only") for name in found.only_second]
    console.table("Products", ("category", "A", "B", "verdict", "reason"), rows)
    console.print_line("agree" if found.agree else "differ")


def _column(unit: str, column: ColumnDifference) -> tuple[object, ...]:
    if column.problem:
        return (unit, column.name, column.problem, "", "", "", "", "")
    numbers = (_value(column.rms), _value(column.largest), column.row or "-")
    return (unit, column.name, column.values, column.unequal, column.beyond, *numbers)


def _pixels(shape: tuple[int, ...]) -> int:
    import math

    return math.prod(shape)


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
