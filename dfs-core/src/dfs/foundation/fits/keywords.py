"""How a keyword is spelt: on the card, and in DFS.

DFS has one spelling, that of the rule language: ``HIERARCH ESO DPR CATG`` is
``DPR.CATG``, a standard keyword such as ``MJD-OBS`` stays as it is, and a
``HIERARCH`` keyword without ``ESO`` has dots for its spaces as well.
"""

from __future__ import annotations

import re
from functools import lru_cache

_STANDARD = re.compile(r"[A-Z0-9_-]{1,8}")
_HIERARCHICAL = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")

COMMENTARY = frozenset({"COMMENT", "HISTORY", "CONTINUE", "END", "HIERARCH", ""})
"""Names of cards that have no value."""


@lru_cache(maxsize=16384)
def dotted(name: str) -> str:
    """Spell the name on a card, all that stands before ``=``, as DFS does."""
    words = name.split()
    if words and words[0] == "HIERARCH":
        words = words[1:]
        if len(words) > 1 and words[0] == "ESO":
            words = words[1:]
    return ".".join(words)


def is_standard(keyword: str) -> bool:
    """Tell whether a keyword stands on its card as it is."""
    return _STANDARD.fullmatch(keyword) is not None and keyword not in COMMENTARY


def on_card(keyword: str) -> str:
    """Spell a keyword of DFS as it stands on a card, before ``=``.

    Raises
    ------
    ValueError
        The keyword has no such spelling.
    """
    if is_standard(keyword):
        return f"{keyword:8}"
    if _HIERARCHICAL.fullmatch(keyword) and keyword not in COMMENTARY:
        return f"HIERARCH ESO {keyword.replace('.', ' ')} "
    raise ValueError(f"{keyword!r} is no FITS keyword")
