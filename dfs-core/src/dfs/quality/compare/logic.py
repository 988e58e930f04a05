"""Rules of comparison: which keywords count, what is paired with what, what agrees. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from dfs.plugin import Header, HeaderValue
from dfs.quality.compare.model import (
    FileComparison,
    FlagDifference,
    HeaderDifference,
    ImageDifference,
    Pair,
    ProductIdentity,
    QualityDifference,
    TableDifference,
    Tolerance,
    UnitDifference,
)
from dfs.quality.logic import quantity

_VOLATILE: Final = re.compile(
    r"DATE|CHECKSUM|DATASUM|DATAMD5|PIPEFILE|ORIGFILE"
    r"|PRO\.REC\d+\.(?:START|STOP)|PRO\.DFS\.(?:ID|KEY|HOST)"
)
"""Say when, where and under which name a file was written, not what is in it."""

_SETUP: Final = re.compile(
    r"DET\.(?:CHIP\d*\.(?:ID|NAME)|READ\..*|(?:WIN\d*\.)?BIN[XY]|WIN\d*\.N[XY])"
    r"|(?:INS|SEQ|OCS)\.(?:.*\.)?(?:ID|NAME|MODE|PATH|ARM|QUAD)|EXPTIME"
)
_RAW_NAME: Final = re.compile(r"PRO\.REC1\.RAW\d+\.NAME")
_QUALITY: Final = "QC."

_WRITTEN_ALIKE: Final = 1e-12
"""Relative difference of two keywords that two programs wrote of one number."""

_Identity: TypeAlias = Callable[[ProductIdentity], object]


# ── Headers ─────────────────────────────────────────────────────────────────


def compare_headers(first: Header, second: Header, tolerance: Tolerance) -> HeaderDifference:
    """Compare two headers but for QC1 values and what differs with every writing."""
    a, b = _lasting(first), _lasting(second)
    common = [keyword for keyword in a if keyword in b]
    different = {k: (a[k], b[k]) for k in common if not _same(a[k], b[k], tolerance.relative)}
    return HeaderDifference(
        only_first={k: v for k, v in a.items() if k not in b},
        only_second={k: v for k, v in b.items() if k not in a},
        different=different,
        same=len(common) - len(different),
    )


def compare_quality(
    first: Header, second: Header, tolerance: Tolerance
) -> tuple[QualityDifference, ...]:
    """Put the QC1 values of two headers side by side, in the order of the first.

    They agree within the relative tolerance, for they have units of their own.
    """
    a, b = ({k: v for k, v in h.items() if _is_measured(k, v)} for h in (first, second))
    found = []
    for name in (*a, *(name for name in b if name not in a)):
        values = _number(a.get(name)), _number(b.get(name))
        agrees = name in a and name in b and _same(a[name], b[name], tolerance.relative)
        found.append(QualityDifference(name, *values, agrees))
    return tuple(found)


def _lasting(header: Header) -> dict[str, HeaderValue]:
    return {
        keyword: value
        for keyword, value in header.items()
        if not _VOLATILE.fullmatch(keyword) and not _is_measured(keyword, value)
    }


def _is_measured(keyword: str, value: HeaderValue) -> bool:
    return keyword.startswith(_QUALITY) and not isinstance(value, str | bool)


def _number(value: HeaderValue | None) -> float | None:
    return None if value is None else float(value)


def _same(a: HeaderValue, b: HeaderValue, relative: float) -> bool:
    if isinstance(a, str | bool) or isinstance(b, str | bool):
        return type(a) is type(b) and a == b
    return math.isclose(a, b, rel_tol=max(relative, _WRITTEN_ALIKE))


# ── Verdicts ────────────────────────────────────────────────────────────────


def reasons_of(
    units: Sequence[UnitDifference],
    only_first: Sequence[str],
    only_second: Sequence[str],
    quality: Sequence[QualityDifference],
    tolerance: Tolerance,
) -> tuple[str, ...]:
    """Say why two files differ, a sentence for each cause; empty if they agree."""
    reasons = [f"unit {name} is in the first only" for name in only_first]
    reasons += [f"unit {name} is in the second only" for name in only_second]
    for unit in units:
        reasons += [f"{unit.name}: {problem}" for problem in _unit_problems(unit, tolerance)]
        if tolerance.strict and unit.header.count:
            reasons.append(f"{unit.name}: {_counted(unit.header.count, 'keyword')} differ")
    if tolerance.strict and (apart := [q.name for q in quality if not q.agrees]):
        reasons.append(f"{_counted(len(apart), 'QC1 value')} differ, {apart[0]} first")
    return tuple(reasons)


def _unit_problems(unit: UnitDifference, tolerance: Tolerance) -> Iterable[str]:
    if unit.problem:
        yield unit.problem
    match unit.content:
        case ImageDifference():
            yield from _image_problems(unit.content, tolerance)
        case FlagDifference(shape, unequal, _):
            if unequal > tolerance.outliers * math.prod(shape):
                yield f"{_share(unequal, math.prod(shape))} have different flags"
        case TableDifference():
            yield from _table_problems(unit.content, tolerance)
        case None:
            pass


def _image_problems(image: ImageDifference, tolerance: Tolerance) -> Iterable[str]:
    pixels = math.prod(image.shape)
    if (missing := image.missing_first + image.missing_second) > tolerance.outliers * pixels:
        yield f"{_share(missing, pixels)} are missing in one of the two only"
    judged = image.levelled if tolerance.level_shift else image.raw
    if judged.beyond > tolerance.outliers * pixels:
        x, y = judged.place
        allowed = ""
        if tolerance.absolute or tolerance.relative:
            allowed = f" by more than {allowance(tolerance, image.unit)}"
        shifted = (
            f", the common shift of {quantity(image.median, image.unit)} taken out"
            if tolerance.level_shift
            else ""
        )
        yield (
            f"{_share(judged.beyond, image.compared)} differ{allowed}{shifted}; the largest "
            f"difference is {quantity(judged.largest, image.unit)} at ({x}, {y})"
        )


def _table_problems(table: TableDifference, tolerance: Tolerance) -> Iterable[str]:
    for where, names in (("first", table.only_first), ("second", table.only_second)):
        if names:
            yield f"column {', '.join(names)} is in the {where} only"
    for column in table.columns:
        if column.problem:
            yield f"column {column.name}: {column.problem}"
        elif column.beyond > tolerance.outliers * column.values:
            largest = "" if column.largest is None else f", the largest by {column.largest:.6g}"
            yield (
                f"column {column.name}: {column.beyond:,} of {column.values:,} values differ"
                f"{largest} in row {column.row:,}"
            )


def without_maps(comparison: FileComparison) -> FileComparison:
    """Let go of what the pictures show, which is most of what a comparison holds."""
    return replace(
        comparison,
        units=tuple(
            replace(unit, content=replace(unit.content, maps=None))
            if isinstance(unit.content, ImageDifference)
            else unit
            for unit in comparison.units
        ),
    )


def allowance(tolerance: Tolerance, unit: str = "") -> str:
    """Write what is allowed, e.g. ``0.01 ADU + 0.1 % of the second``."""
    parts = []
    if tolerance.absolute:
        parts.append(quantity(tolerance.absolute, unit))
    if tolerance.relative:
        parts.append(f"{100 * tolerance.relative:.6g} % of the second")
    return " + ".join(parts) or "no difference"


def _share(count: int, total: int) -> str:
    return f"{count:,} of {total:,} pixels ({100 * count / total:.3g} %)"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


# ── Products of two folders ─────────────────────────────────────────────────


def identity_of(path: str, name: str, header: Header) -> ProductIdentity:
    """Say what a product is known by, from its primary header.

    Parameters
    ----------
    path : the file.
    name : its path relative to the folder.
    header : all its keywords.
    """
    return ProductIdentity(
        path=path,
        name=name,
        category=str(header.get("PRO.CATG", "")),
        raw=tuple(str(v) for k, v in header.items() if _RAW_NAME.fullmatch(k)),
        setup=tuple(sorted((k, v) for k, v in header.items() if _SETUP.fullmatch(k))),
    )


_IDENTITIES: Final[Mapping[str, _Identity]] = {
    "made of the same raw frames": lambda p: (p.category, p.raw) if p.category and p.raw else None,
    "of the same name": lambda p: (p.category, p.name),
    "of the same file name": lambda p: (p.category, p.name.rpartition("/")[2]),
    "of the same set-up": lambda p: (p.category, p.setup) if p.category and p.setup else None,
    "the only one of its category": lambda p: p.category or None,
}
"""What two products may have in common, the surest first; None says nothing."""


def pair_up(
    first: Sequence[ProductIdentity], second: Sequence[ProductIdentity]
) -> tuple[tuple[Pair, ...], tuple[ProductIdentity, ...], tuple[ProductIdentity, ...]]:
    """Find the products that are meant to be the same.

    Two are paired where no other product of either folder has the same in common.

    Returns
    -------
    pairs : in the order of the first folder.
    only_first, only_second : what is left over.
    """
    left, right = list(first), list(second)
    pairs = []
    for by, identity in _IDENTITIES.items():
        there = {key: p for key, p in _unique(left, identity).items() if key is not None}
        here = _unique(right, identity)
        found = [Pair(p, here[key], by) for key, p in there.items() if key in here]
        pairs += found
        taken = {p.first.path for p in found}, {p.second.path for p in found}
        left = [p for p in left if p.path not in taken[0]]
        right = [p for p in right if p.path not in taken[1]]
    order = {product.path: number for number, product in enumerate(first)}
    return tuple(sorted(pairs, key=lambda p: order[p.first.path])), tuple(left), tuple(right)


def _unique(
    products: Iterable[ProductIdentity], identity: _Identity
) -> dict[object, ProductIdentity]:
    products = list(products)
    often = Counter(identity(product) for product in products)
    return {key: p for p in products if often[key := identity(p)] == 1}
