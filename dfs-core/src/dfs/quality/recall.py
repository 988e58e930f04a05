"""Verdicts that were reached earlier, of many blocks at once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, select

from dfs.plugin import Score, Verdict
from dfs.quality.tables import MeasurementRow

__all__ = ["recorded_scores"]

_ASKED_AT_ONCE = 10_000
"""Databases limit how many values a query may carry."""


def recorded_scores(
    engine: Engine, blocks: Collection[str]
) -> dict[str, dict[tuple[str, str], Score]]:
    """Give the verdicts on record.

    Parameters
    ----------
    engine : the database.
    blocks : ids of the blocks.

    Returns
    -------
    dict
        By block, then by name and category of what was measured.
    """
    row, ids = MeasurementRow, sorted(blocks)
    columns = row.block, row.name, row.category, row.verdict, row.reason
    found: dict[str, dict[tuple[str, str], Score]] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            some = ids[start : start + _ASKED_AT_ONCE]
            for block, name, category, verdict, reason in connection.execute(
                select(*columns).where(row.block.in_(some))
            ):
                score = Score(name=name, category=category, verdict=Verdict(verdict), reason=reason)
                found.setdefault(block, {})[name, category] = score
    return found
