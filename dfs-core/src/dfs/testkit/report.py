"""What came of checking a plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Check", "ConformanceReport", "Level"]


class Level(StrEnum):
    """How far a plugin is checked; each level includes those before."""

    DECLARES = "declares"
    """What it says of its instrument is consistent."""
    OPERATES = "operates"
    """It simulates its instrument, and recognises what it simulates."""
    REDUCES = "reduces"
    """A simulated day goes through rules and recipes to judged products."""

    def upto(self) -> tuple[Level, ...]:
        """Give this level and those before it."""
        levels = tuple(Level)
        return levels[: levels.index(self) + 1]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    level : the level that it belongs to.
    name : what ought to be, in a sentence.
    ok : whether it is.
    detail : what is wrong; with a check that is passed, what else to know.
    """

    level: Level
    name: str
    ok: bool
    detail: str = ""

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"{'ok  ' if self.ok else 'FAIL'} {self.level}: {self.name}{detail}"


@dataclass(frozen=True, slots=True)
class ConformanceReport:
    """Every check of one plugin.

    Parameters
    ----------
    instrument : the instrument's id.
    distribution : who brings the plugin, with version.
    checks : in the order in which they were made.
    actions : actions of the rules that a simulated day went through.
    products : categories that came out.
    """

    instrument: str
    distribution: str
    checks: tuple[Check, ...]
    actions: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.ok for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that were not passed."""
        return tuple(check for check in self.checks if not check.ok)

    def by_level(self) -> Iterator[tuple[Level, tuple[Check, ...]]]:
        """Give the checks of each level that was reached."""
        for level in Level:
            if checks := tuple(check for check in self.checks if check.level is level):
                yield level, checks

    def to_json(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return {
            "instrument": self.instrument,
            "distribution": self.distribution,
            "passed": self.passed,
            "actions": sorted(self.actions),
            "products": sorted(self.products),
            "checks": [
                {"level": c.level.value, "name": c.name, "ok": c.ok, "detail": c.detail}
                for c in self.checks
            ],
        }

    def __str__(self) -> str:
        return "\n".join(map(str, self.checks))


def detail_of(problems: Iterable[str], most: int = 5) -> str:
    """Put problems into one sentence; of many the first ones and their number."""
    found = list(problems)
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    return "; ".join(found[:most]) + more
