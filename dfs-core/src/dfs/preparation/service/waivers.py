"""Leave to break a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.preparation.logic.fields import read_comment, read_name
from dfs.preparation.model import Waiver
from dfs.preparation.service.changes import changing_run
from dfs.preparation.service.context import Preparation, absent, read_run
from dfs.preparation.service.journal import WAIVER, Journal, Record
from dfs.preparation.tables import WaiverRow
from dfs.programmes.model import Right

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def waivers(room: Preparation, who: Principal, run_id: int) -> list[Waiver]:
    """Give the waivers of a run, by code.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        return load_waivers(session, read_run(session, who, run_id).id)


def load_waivers(session: Session, run_id: int) -> list[Waiver]:
    """Give the waivers of a run within a transaction."""
    columns = WAIVER.table.c
    query = select(
        columns.run_id, columns.code, columns.reason, columns.granted_by, columns.granted_at
    )
    rows = session.execute(query.where(WaiverRow.run_id == run_id).order_by(columns.code))
    return [Waiver(*row) for row in rows]


def grant_waiver(room: Preparation, who: Principal, run_id: int, code: str, reason: str) -> Waiver:
    """Let a rule be broken in a run.

    Parameters
    ----------
    code : of the findings that are not to block any more.

    Raises
    ------
    UserError
        ``run.absent``, ``run.forbidden``, ``preparation.value``, ``.read-only``.
    """
    read_name(code, "code")
    read_comment(reason, "reason")
    summary = f"grant waiver for {code}"
    with changing_run(room, who, run_id, summary, Right.REVIEW) as journal:
        values = {"run_id": run_id, "code": code, "reason": reason, "granted_by": who.name}
        there = _waiver(journal, run_id, code)
        if there:
            journal.update(WAIVER, there[0], values, granted_at=journal.now)
        else:
            journal.insert(WAIVER, values, granted_at=journal.now)
    return next(one for one in waivers(room, who, run_id) if one.code == code)


def revoke_waiver(room: Preparation, who: Principal, run_id: int, code: str) -> None:
    """Let a rule hold again in a run.

    Raises
    ------
    UserError
        ``run.absent``, ``run.forbidden``, ``preparation.absent``, ``.read-only``.
    """
    summary = f"revoke waiver for {code}"
    with changing_run(room, who, run_id, summary, Right.REVIEW) as journal:
        there = _waiver(journal, run_id, code)
        if not there:
            raise absent(code, "waiver")
        journal.delete(WAIVER, there[0])


def _waiver(journal: Journal, run_id: int, code: str) -> list[Record]:
    columns = WAIVER.table.c
    return journal.rows(WAIVER, columns.run_id == run_id, columns.code == code)
