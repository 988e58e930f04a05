"""The runs that somebody may prepare."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from dfs.foundation.database import writing
from dfs.preparation.model import ItemKind, PreparedRun
from dfs.preparation.service.context import Preparation, read_run
from dfs.preparation.service.journal import ITEM, empty_item
from dfs.preparation.tables import ItemRow
from dfs.programmes import service as programmes
from dfs.programmes.model import Run

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def runs(room: Preparation, who: Principal) -> list[PreparedRun]:
    """Give the runs that somebody may look at, by code."""
    with Session(room.engine) as session:
        found = programmes.runs_of(session, who)
        roots = _roots(session, found)
    if missing := [run for run in found if run.id not in roots]:
        roots |= make_roots(room, missing)
    return [_prepared(room, run, *roots[run.id]) for run in found]


def prepared_run(room: Preparation, who: Principal, run_id: int) -> PreparedRun:
    """Give a run with what Phase 2 knows of it.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        run = read_run(session, who, run_id)
        roots = _roots(session, [run])
    return _prepared(room, run, *(roots or make_roots(room, [run]))[run.id])


def _prepared(room: Preparation, run: Run, root_id: int, item_count: int) -> PreparedRun:
    reason = room.trouble(run.instrument)
    version = "" if reason else room.packages.versions(run.instrument)[-1]
    return PreparedRun(run, root_id, item_count, version, reason)


def _roots(session: Session, found: Collection[Run]) -> dict[int, tuple[int, int]]:
    member = aliased(ItemRow)
    count = select(func.count()).where(member.parent_id == ItemRow.id).scalar_subquery()
    query = select(ItemRow.run_id, ItemRow.id, count).where(
        ItemRow.parent_id.is_(None), ItemRow.run_id.in_([run.id for run in found])
    )
    return {run_id: (root_id, members) for run_id, root_id, members in session.execute(query)}


def make_roots(room: Preparation, found: Collection[Run]) -> dict[int, tuple[int, int]]:
    """Make the outermost container of runs that nobody has looked at yet.

    Returns
    -------
    dict
        Its id and the number of its members, by run.
    """
    with writing(room.engine) as session:
        for run in sorted(found, key=lambda one: one.id):
            programmes.lock_run(session, run.id)
            if not _roots(session, [run]):
                values = empty_item(ItemKind.FOLDER, run.code, run.id, parent_id=None, position=0)
                now = room.clock()
                session.execute(
                    ITEM.table.insert().values(
                        **{**ITEM.fresh, **values}, created_at=now, modified_at=now
                    )
                )
        return _roots(session, found)
