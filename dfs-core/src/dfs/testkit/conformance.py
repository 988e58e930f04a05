"""Whether a plugin keeps the contract, in three levels.

The first asks what it declares, the second lets it simulate its instrument, the
third reduces what it simulated. A level is reached when the one before is passed.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dfs.foundation.errors import DfsError
from dfs.plugin import SimulationRequest
from dfs.testkit import declares, operates, packages, reduces
from dfs.testkit.bench import Bench, Criterion
from dfs.testkit.report import Check, ConformanceReport, Level, detail_of

if TYPE_CHECKING:
    from dfs.host import Host

__all__ = ["CRITERIA", "NIGHT", "check", "check_instrument"]

CRITERIA: tuple[Criterion, ...] = (
    *declares.CRITERIA,
    *packages.DECLARES,
    *operates.CRITERIA,
    *packages.OPERATES,
    *reduces.CRITERIA,
)
"""Everything that is checked, in this order."""

NIGHT = dt.date(2026, 11, 22)
"""The night that is simulated."""


def check_instrument(
    host: Host,
    instrument: str,
    level: str = Level.REDUCES,
    *,
    window_rows: int | None = 64,
) -> ConformanceReport:
    """Check a plugin that is ready.

    Parameters
    ----------
    host : where the plugin is registered.
    instrument : id or INSTRUME of the instrument.
    level : how far to go: ``declares``, ``operates`` or ``reduces``.
    window_rows : detector rows of the simulated frames; None for all.

    Raises
    ------
    UserError
        ``plugin.unknown`` or ``plugin.not-ready``, with the reason for which the
        plugin was not admitted.
    """
    request = SimulationRequest(night=NIGHT, window_rows=window_rows)
    with tempfile.TemporaryDirectory(prefix="dfs-check-") as folder:
        return check(Bench(host, host.resolve(instrument), request, Path(folder)), level)


def check(bench: Bench, level: str = Level.REDUCES) -> ConformanceReport:
    """Check the plugin that is on a bench, up to a level."""
    checks: list[Check] = []
    for reached in Level(level).upto():
        checks += [_apply(c, bench) for c in CRITERIA if c.level is reached]
        if not all(check.ok for check in checks):
            break
    reduced = any(check.level is Level.REDUCES for check in checks)
    results = bench.reduction.results if reduced else ()
    return ConformanceReport(
        instrument=bench.instrument.id,
        distribution=bench.instrument.source,
        checks=tuple(checks),
        actions=frozenset(result.block.action for result in results),
        products=frozenset(product.category for result in results for product in result.products),
    )


def _apply(criterion: Criterion, bench: Bench) -> Check:
    bench.notes.clear()
    try:
        problems = list(criterion.problems(bench))
    except DfsError as error:
        problems = [str(error)]
    detail = detail_of(problems or bench.notes)
    return Check(criterion.level, criterion.name, not problems, detail)
