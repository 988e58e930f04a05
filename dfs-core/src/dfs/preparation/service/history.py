"""Who did what when; and taking it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from dfs.foundation.errors import ErrorKind, UserError
from dfs.preparation.model import Change, Entry
from dfs.preparation.service.changes import changing_run
from dfs.preparation.service.context import Preparation, absent, askable, read_run
from dfs.preparation.service.undoing import take_back
from dfs.preparation.tables import ChangeRow, HistoryRow, ItemRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def history(room: Preparation, who: Principal, item_id: int) -> list[Change]:
    """Give what was done to an item, newest first, with what that did to this item only.

    An item that was deleted has its history still.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        item_id = askable(item_id)
        run_id = session.scalar(select(ItemRow.run_id).where(ItemRow.id == item_id))
        changes = _changes(session, HistoryRow.item_id == item_id)
        if run_id is None and changes:
            run_id = changes[0].run_id
        if run_id is None:
            raise absent(item_id)
        _require_seen(session, who, run_id, item_id)
        return changes


def run_history(
    room: Preparation, who: Principal, run_id: int, *, limit: int = 100
) -> list[Change]:
    """Give what was done in a run lately, newest first, without entries.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        run = read_run(session, who, run_id)
        query = select(*_COLUMNS).where(ChangeRow.run_id == run.id)
        rows = session.execute(query.order_by(ChangeRow.id.desc()).limit(limit))
        return [Change(*row) for row in rows]


def change(room: Preparation, who: Principal, change_id: int) -> Change:
    """Give a change with all that it did.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        return load_change(session, who, change_id)


def load_change(session: Session, who: Principal, change_id: int) -> Change:
    """Give a change within a transaction; as :func:`change`."""
    found = _changes(session, HistoryRow.change_id == askable(change_id))
    if not found:
        raise absent(change_id, "change")
    _require_seen(session, who, found[0].run_id, change_id, "change")
    return found[0]


_COLUMNS = (
    ChangeRow.id,
    ChangeRow.run_id,
    ChangeRow.at,
    ChangeRow.user_id,
    ChangeRow.user_name,
    ChangeRow.summary,
    ChangeRow.undo_of,
)


def _changes(session: Session, where: ColumnElement[bool]) -> list[Change]:
    entries: dict[int, list[Entry]] = defaultdict(list)
    query = select(
        HistoryRow.change_id,
        HistoryRow.what,
        HistoryRow.row_id,
        HistoryRow.item_id,
        HistoryRow.before,
        HistoryRow.after,
    )
    for change_id, *entry in session.execute(query.where(where).order_by(HistoryRow.id)):
        entries[change_id].append(Entry(*entry))
    changes = select(*_COLUMNS).where(ChangeRow.id.in_(list(entries)))
    return [
        replace(found, entries=tuple(entries[found.id]))
        for row in session.execute(changes.order_by(ChangeRow.id.desc()))
        for found in (Change(*row),)
    ]


def _require_seen(
    session: Session, who: Principal, run_id: int, number: int, what: str = "item"
) -> None:
    try:
        read_run(session, who, run_id)
    except UserError as error:
        if error.code.kind is ErrorKind.ABSENT:
            raise absent(number, what) from error
        raise


def undo(room: Preparation, who: Principal, change_id: int) -> Change:
    """Take a change back; that is a change of its own, which can be taken back as well.

    Raises
    ------
    UserError
        ``preparation.absent``; ``.undo``: something of it was changed since, or it moved
        a status or a waiver; ``.status``, ``.certified-container``, ``.read-only``,
        ``run.forbidden``.
    """
    with Session(room.engine) as session:
        undone = load_change(session, who, change_id)
    summary = f"undo: {undone.summary}"
    with changing_run(room, who, undone.run_id, summary) as journal:
        take_back(journal, undone)
        journal.undo_of = undone.id
    return change(room, who, journal.change_id or 0)


def replay(changes: Sequence[Change]) -> dict[tuple[str, int], dict[str, object]]:
    """Make the state from its history.

    Parameters
    ----------
    changes : of a run, oldest first.

    Returns
    -------
    dict
        The kept columns of each row, by what it is and its id.
    """
    state: dict[tuple[str, int], dict[str, object]] = {}
    for one in changes:
        for entry in one.entries:
            key = entry.what, entry.id
            if entry.after is None:
                del state[key]
            else:
                state.setdefault(key, {}).update(entry.after)
    return state
