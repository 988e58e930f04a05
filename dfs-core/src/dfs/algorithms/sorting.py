"""Sorting a stack of frames pixel by pixel, without a branch.

A sorting network compares the same pairs whatever the values are, so each of its
steps is a minimum and a maximum of two whole rows, which numpy does with vector
instructions. For a handful of frames this is ten times as fast as ``np.sort``
along the short axis (benchmarks/bench_combine.py).

Source: Batcher 1968, AFIPS Conf. Proc. 32, 307; Knuth, TAOCP vol. 3, §5.2.2, Algorithm M.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["network", "sorted_stack"]


@lru_cache(maxsize=256)
def network(count: int, ranks: frozenset[int] | None = None) -> tuple[tuple[int, int], ...]:
    """Give the pairs (i, j), i < j, whose ordering one after the other sorts.

    Parameters
    ----------
    count : how many values there are.
    ranks : places that must hold the right value at the end, from zero; None for
        all. Comparisons that none of them depends on are left out.
    """
    pairs = list(_merge_exchange(count))
    if ranks is None:
        return tuple(pairs)
    needed, kept = set(ranks), []
    for pair in reversed(pairs):
        if not needed.isdisjoint(pair):
            kept.append(pair)
            needed.update(pair)
    return tuple(reversed(kept))


def sorted_stack(
    stack: Iterable[NDArray[Any]], ranks: frozenset[int] | None = None
) -> list[NDArray[Any]]:
    """Sort equally long rows position by position.

    Parameters
    ----------
    stack : rows of the same shape and type without NaN; they are overwritten.
    ranks : which of the sorted rows are wanted, from zero; the others hold
        something. None for all.

    Returns
    -------
    list
        The rows, smallest values first.
    """
    rows = list(stack)
    if len(rows) < 2:
        return rows
    spare = np.empty_like(rows[0])
    for i, j in network(len(rows), ranks):
        first, second = rows[i], rows[j]
        np.minimum(first, second, out=spare)
        np.maximum(first, second, out=second)
        rows[i], spare = spare, first
    return rows


def _merge_exchange(count: int) -> Iterable[tuple[int, int]]:
    top = 1 << max(0, (count - 1).bit_length() - 1)
    p = top
    while p > 0:
        q, r, distance = top, 0, p
        while True:
            yield from ((i, i + distance) for i in range(count - distance) if i & p == r)
            if q == p:
                break
            distance, q, r = q - p, q >> 1, p
        p >>= 1
