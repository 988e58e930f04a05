"""Transactions that change a run.

The run's row is locked first, so that two sessions write one after the other, and what a
session decides upon cannot change under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from dfs.foundation.database import writing
from dfs.preparation.service.context import Preparation, read_run, require_writable, run_of_item
from dfs.preparation.service.derive import derive
from dfs.preparation.service.journal import Journal
from dfs.programmes.model import Right, Run
from dfs.programmes.service import lock_run

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


@contextmanager
def changing_run(
    room: Preparation, who: Principal, run_id: int, summary: str, right: Right = Right.EDIT
) -> Iterator[Journal]:
    """Change things of a run as one change of its history.

    Raises
    ------
    UserError
        ``run.absent``, ``run.forbidden`` or ``preparation.read-only``.
    """
    with writing(room.engine) as session:
        run = read_run(session, who, run_id, right)
        yield from _journal(room, session, who, run, summary)


@contextmanager
def changing(
    room: Preparation, who: Principal, item_id: int, summary: str, right: Right = Right.EDIT
) -> Iterator[Journal]:
    """Change an item as one change of the history of its run.

    Raises
    ------
    UserError
        ``preparation.absent``, ``run.forbidden`` or ``preparation.read-only``.
    """
    with writing(room.engine) as session:
        # An item never changes its run, so that this still holds when the run is locked.
        run = run_of_item(session, who, item_id, right)
        yield from _journal(room, session, who, run, summary)


def _journal(
    room: Preparation, session: Session, who: Principal, run: Run, summary: str
) -> Iterator[Journal]:
    lock_run(session, run.id)
    require_writable(room, run)
    journal = Journal(session, run, room.clock(), summary)
    yield journal
    if journal.has_changes:
        derive(room, journal)
        journal.change_id = journal.write(who)
