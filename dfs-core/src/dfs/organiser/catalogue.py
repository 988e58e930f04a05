"""The files and coming products from which associations choose, found by what they must equal."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

from dfs.organiser.rules import Header, Value, index_key

__all__ = ["Alike", "Candidate", "Catalogue", "Constants", "TimeOrder"]

Constants: TypeAlias = tuple[tuple[str, Value], ...]
"""Keywords and the values that they must equal."""

PRODUCT_KEYWORD = "PRO.DFS.ID"
"""Where a product's header tells its identifier."""

Key: TypeAlias = tuple[str | int | float, ...]
Rank: TypeAlias = tuple[bool, str, str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or a coming product that may be associated.

    Parameters
    ----------
    header : its keywords; of a coming product, those that it will have.
    time_mjd : when it was taken, MJD in days; None if unknown.
    rank : order among candidates equally near: files before coming products, then
        by identity, path and category.
    path : the file; empty for a coming product.
    block : id of the block that will make it; empty for a file.
    category : of a coming product.
    """

    header: Header
    time_mjd: float | None
    rank: Rank
    path: str = ""
    block: str = ""
    category: str = ""

    @property
    def product(self) -> str:
        """Identifier of the product that it is; empty for a file whose header names none."""
        if self.block:
            return f"{self.block}.{self.category}"
        return str(self.header.get(PRODUCT_KEYWORD, ""))

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path or f"the coming {self.category} of {self.block}"


_rank = attrgetter("rank")


class TimeOrder:
    """Candidates in order of time, to be walked from any time outwards.

    Parameters
    ----------
    candidates : in any order.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        moments: dict[float, list[Candidate]] = {}
        self.timeless: list[Candidate] = []
        """Those whose time is unknown, by rank."""
        for candidate in candidates:
            if candidate.time_mjd is None:
                self.timeless.append(candidate)
            else:
                moments.setdefault(candidate.time_mjd, []).append(candidate)
        self.timeless.sort(key=_rank)
        self.times = sorted(moments)
        self.moments = [sorted(moments[time], key=_rank) for time in self.times]

    def __len__(self) -> int:
        return sum(map(len, self.moments)) + len(self.timeless)

    def __iter__(self) -> Iterator[Candidate]:
        for moment in self.moments:
            yield from moment
        yield from self.timeless

    def outwards(
        self, time_mjd: float, low_mjd: float = float("-inf"), high_mjd: float = float("inf")
    ) -> Iterator[Candidate]:
        """Give candidates between two times, limits included, the nearest to a third first.

        Of those equally near the lower rank comes first.
        """
        times, moments = self.times, self.moments
        first, end = bisect_left(times, low_mjd), bisect_right(times, high_mjd)
        right = bisect_left(times, time_mjd, first, max(first, end))
        left = right - 1
        while left >= first or right < end:
            before = time_mjd - times[left] if left >= first else float("inf")
            after = times[right] - time_mjd if right < end else float("inf")
            if before == after:
                yield from sorted(moments[left] + moments[right], key=_rank)
            else:
                yield from moments[left] if before < after else moments[right]
            left -= before <= after
            right += after <= before


class Alike:
    """Candidates of one set-up: coming products and files, each in order of time.

    Parameters
    ----------
    candidates : in any order.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.coming = TimeOrder(c for c in candidates if c.block)
        self.files = TimeOrder(c for c in candidates if not c.block)

    @cached_property
    def everything(self) -> TimeOrder:
        """All of them together."""
        return TimeOrder(chain(self.coming, self.files))


@dataclass(slots=True)
class Catalogue:
    """Candidates of one instrument.

    Parameters
    ----------
    raw : classified raw frames, what rules call ``inputFiles`` and ``rawFiles``.
    calibrations : existing products and those of all blocks, ``calibFiles``.
    """

    raw: Sequence[Candidate]
    calibrations: Sequence[Candidate]
    _tables: dict[tuple[bool, tuple[str, ...]], dict[Key, list[Candidate]]] = field(
        default_factory=dict
    )

    def of_class(self, source: str, constants: Constants) -> Sequence[Candidate]:
        """Give the candidates of a set whose keywords equal these values, and maybe more.

        Classes are many and asked for often, so each combination of keywords is
        indexed once.
        """
        is_calibration = source == "calibFiles"
        everything = self.calibrations if is_calibration else self.raw
        if not constants:
            return everything
        keywords = tuple(keyword for keyword, _ in constants)
        if (table := self._tables.get((is_calibration, keywords))) is None:
            table = {}
            for candidate in everything:
                if (key := key_of(candidate.header, keywords)) is not None:
                    table.setdefault(key, []).append(candidate)
            self._tables[is_calibration, keywords] = table
        return table.get(tuple(index_key(value) for _, value in constants), [])


def key_of(header: Header, keywords: Sequence[str]) -> Key | None:
    """Key under which headers with equal values of keywords meet; None if one is missing."""
    key = []
    for keyword in keywords:
        value = header.get(keyword)
        if value is None:
            return None
        key.append(index_key(value))
    return tuple(key)
