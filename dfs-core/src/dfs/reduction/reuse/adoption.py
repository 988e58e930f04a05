"""Earlier results, put on record where they are not: after a lost database, or a step back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Engine

from dfs.foundation.clock import Clock
from dfs.host import Host
from dfs.plugin import Score
from dfs.quality import service as quality
from dfs.reduction.bookkeeping import Booked, deliver_events, keep_book
from dfs.reduction.model import BlockResult, BlockState

__all__ = ["adopt", "is_booked"]


def is_booked(result: BlockResult, on_record: Booked | None) -> bool:
    """Tell whether a reused result is the one that is on record."""
    return (
        on_record is not None
        and on_record.state is BlockState.DONE
        and on_record.folder == result.folder
    )


def adopt(
    database: Engine,
    host: Host,
    results: Sequence[BlockResult],
    on_record: Mapping[str, Booked],
    clock: Clock,
) -> list[BlockResult]:
    """Give reused results their verdicts; what is not on record is judged and booked.

    Parameters
    ----------
    database : of the workspace.
    host : the plugins.
    results : reused, without scores.
    on_record : by block.
    clock : gives the time.

    Raises
    ------
    StorageError
        ``reduce.not-recorded``.
    """
    known = [r for r in results if is_booked(r, on_record.get(r.block.id))]
    verdicts = quality.recorded_scores(database, [result.block.id for result in known])
    scores = {
        result.block.id: found
        for result in known
        if (found := _scores(result, verdicts.get(result.block.id, {}))) is not None
    }
    missing = [result for result in results if result.block.id not in scores]
    if missing:
        judged = iter(keep_book(database, host, missing, clock()))
        deliver_events(database, host, clock)
        for result in missing:
            scores[result.block.id] = tuple(next(judged) for _ in result.measurements)
    return [replace(result, scores=scores[result.block.id]) for result in results]


def _scores(
    result: BlockResult, verdicts: Mapping[tuple[str, str], Score]
) -> tuple[Score, ...] | None:
    """Give the verdicts in the order of the measurements; None if one is not there."""
    found = [verdicts.get((m.name, m.category)) for m in result.measurements]
    return None if None in found else tuple(score for score in found if score is not None)
