"""Where items stand: moved, put in order, deleted, copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.plugin import Membership
from dfs.preparation.errors import (
    CERTIFIED_CONTAINER,
    NESTING,
    NOT_EMPTY,
    OTHER_INSTRUMENT,
    OTHER_RUN,
    ROOT,
)
from dfs.preparation.logic.containers import nesting_problem, reordered, settle_memberships
from dfs.preparation.logic.lifecycle import require_deletable
from dfs.preparation.model import NEW, STATUSES, Item, ItemKind
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import (
    Preparation,
    absent,
    require_version,
    run_of_item,
)
from dfs.preparation.service.journal import FILE, ITEM, TEMPLATE, Journal, Kept, Record
from dfs.preparation.service.store import load_items, membership_columns, membership_of
from dfs.preparation.tables import ItemRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

HOLDS: Final = ("version", "items_version")
"""What counts up when a container holds more or less."""


def require_open(around: Record) -> None:
    """Insist that what a container holds and says may be changed.

    Raises
    ------
    UserError
        ``preparation.certified-container``.
    """
    kind, status = ItemKind(around["kind"]), around["status"]
    if kind.is_scheduling and not STATUSES[status].editable:
        raise UserError(
            CERTIFIED_CONTAINER,
            f"{kind} {around['name']!r} is {status} ({STATUSES[status].meaning})",
            where=f"{around['id']}",
        )


def append_member(journal: Journal, around: Record) -> Record:
    """Give the columns of an item that a container takes at its end."""
    columns = ITEM.table.c
    query = select(func.count(), func.max(columns.position)).where(
        columns.parent_id == around["id"]
    )
    count, last = journal.session.execute(query).one()
    said = _said(ItemKind(around["kind"]), [Membership()] * (count + 1))[-1]
    return {"parent_id": around["id"], "position": (last or 0) + 1, **membership_columns(said)}


def _said(kind: ItemKind, memberships: Sequence[Membership]) -> list[Membership]:
    # Only the first member of a time link differs, so that two tell what many would.
    return settle_memberships(kind, memberships[-2:])


def arrange(journal: Journal, around: Record, ordered: Sequence[Record]) -> None:
    """Number members in order, and let the container say of them only what it can."""
    memberships = [
        membership_of(row["contribution"], row["earliest_s"], row["latest_s"]) for row in ordered
    ]
    settled = settle_memberships(ItemKind(around["kind"]), memberships)
    journal.update_many(ITEM, [(row, {"position": place}) for place, row in enumerate(ordered, 1)])
    journal.update_many(
        ITEM,
        [(row, membership_columns(said)) for row, said in zip(ordered, settled, strict=True)],
        "membership_version",
    )


# ── Moving ──────────────────────────────────────────────────────────────────


def move_item(
    room: Preparation,
    who: Principal,
    item_id: int,
    container_id: int,
    position: int | None = None,
) -> Item:
    """Move an item into a container of its run.

    Parameters
    ----------
    position : among the members, from 0; None for the end.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.root``, ``.other-run``, ``.nesting``,
        ``.certified-container``, ``.read-only``.
    """
    with changing(room, who, item_id, "move") as journal:
        row = journal.item(item_id)
        if row["parent_id"] is None:
            raise UserError(ROOT, "it cannot be moved", where=f"{item_id}")
        into = _destination(journal, who, container_id)
        out_of = journal.item(row["parent_id"])
        kind = ItemKind(row["kind"])
        problem = nesting_problem(
            kind, ItemKind(into["kind"]), is_service=journal.run.is_service
        ) or ("" if kind.is_block else cycle(journal, item_id, container_id))
        if problem:
            raise UserError(NESTING, problem, where=f"{container_id}")
        require_open(out_of)
        require_open(into)
        journal.summary = f"move {row['name']!r} to {into['name']!r}"
        others = [one for one in journal.members(container_id) if one["id"] != item_id]
        place = len(others) if position is None else max(0, min(position, len(others)))
        if into["id"] == out_of["id"]:
            arrange(journal, into, [*others[:place], row, *others[place:]])
            if journal.has_changes:
                journal.count_up(into, "items_version")
        else:
            moved = {"parent_id": container_id, **membership_columns(Membership())}
            journal.update(ITEM, row, moved)
            arrange(journal, into, [*others[:place], row, *others[place:]])
            arrange(journal, out_of, journal.members(out_of["id"]))
            journal.count_up(into, *HOLDS)
            journal.count_up(out_of, *HOLDS)
    return _seen(room, item_id)


def _destination(journal: Journal, who: Principal, container_id: int) -> Record:
    run = run_of_item(journal.session, who, container_id)
    if run.id != journal.run.id:
        raise UserError(OTHER_RUN, f"{container_id} is in {run.code}", where=f"{container_id}")
    return journal.item(container_id)


def cycle(journal: Journal, item_id: int, container_id: int) -> str:
    """Say that a container would hold itself; empty if it would not."""
    columns = ITEM.table.c
    query = select(columns.id, columns.parent_id).where(
        columns.run_id == journal.run.id, columns.kind.not_in([ItemKind.OB, ItemKind.CB])
    )
    around = {row.id: row.parent_id for row in journal.session.execute(query)}
    one: int | None = container_id
    while one is not None:
        if one == item_id:
            return "a container cannot hold itself"
        one = around[one]
    return ""


def reorder(
    room: Preparation,
    who: Principal,
    container_id: int,
    ids: Sequence[int],
    items_version: int | None,
) -> list[Item]:
    """Put the members of a container in another order; all of them are to be named.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.value``,
        ``.certified-container``, ``.read-only``.
    """
    with changing(room, who, container_id, "reorder") as journal:
        around = journal.item(container_id)
        if ItemKind(around["kind"]).is_block:
            raise absent(container_id)
        require_version(around["items_version"], items_version, f"{container_id}")
        require_open(around)
        rows = {row["id"]: row for row in journal.members(container_id)}
        arrange(journal, around, [rows[one] for one in reordered(list(rows), ids)])
        if journal.has_changes:
            journal.count_up(around, "items_version")
        journal.summary = f"reorder {around['name']!r}"
    with Session(room.engine) as session:
        return load_items(session, ItemRow.parent_id == container_id)


# ── Deleting ────────────────────────────────────────────────────────────────


def delete_item(
    room: Preparation,
    who: Principal,
    item_id: int,
    version: int | None,
    *,
    container: bool | None = None,
) -> None:
    """Delete an empty container, or a block that was never executed.

    Parameters
    ----------
    container : whether it must be a container, or a block; None for either.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.root``,
        ``.not-empty``, ``.status``, ``.certified-container``, ``.read-only``.
    """
    with changing(room, who, item_id, "delete") as journal:
        row = journal.item(item_id)
        kind = ItemKind(row["kind"])
        if container is not None and kind.is_block is container:
            raise absent(item_id)
        require_version(row["version"], version, f"{item_id}")
        if row["parent_id"] is None:
            raise UserError(ROOT, "it cannot be deleted", where=f"{item_id}")
        require_deletable(kind, row["status"])
        around = journal.item(row["parent_id"])
        require_open(around)
        if journal.members(item_id):
            raise UserError(NOT_EMPTY, f"{row['name']!r} holds something", where=f"{item_id}")
        remove(journal, row)
        _arrange_rest(journal, around)
        journal.count_up(around, *HOLDS)
        journal.summary = f"delete {kind} {row['name']!r}"


def remove(journal: Journal, row: Record) -> None:
    """Delete an item with all that belongs to it."""
    for kept in (FILE, TEMPLATE):
        for part in journal.rows(kept, kept.table.c.item_id == row["id"]):
            journal.delete(kept, part)
    journal.delete(ITEM, row)


def _arrange_rest(journal: Journal, around: Record) -> None:
    # Who becomes the first of a time link follows nobody any more.
    if around["kind"] == ItemKind.TIME_LINK:
        arrange(journal, around, journal.members(around["id"]))


# ── Copying ─────────────────────────────────────────────────────────────────


def duplicate_item(
    room: Preparation, who: Principal, item_id: int, container_id: int | None = None
) -> Item:
    """Copy an item, with members, templates and files, to the end of a container.

    Parameters
    ----------
    container_id : of a run of the same instrument; None for that around the original.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.root``, ``.nesting``, ``.other-instrument``,
        ``.certified-container``, ``.read-only``.
    """
    with Session(room.engine) as session:
        source = run_of_item(session, who, item_id)
        beside = session.scalar(select(ItemRow.parent_id).where(ItemRow.id == item_id))
    if beside is None:
        raise UserError(ROOT, "it cannot be copied", where=f"{item_id}")
    destination = beside if container_id is None else container_id
    with changing(room, who, destination, "copy") as journal:
        if journal.run.instrument.casefold() != source.instrument.casefold():
            raise UserError(
                OTHER_INSTRUMENT,
                f"{journal.run.code} is a run of {journal.run.instrument}",
                where=f"{destination}",
            )
        around = journal.item(destination)
        require_open(around)
        copied = _subtree(journal, item_id)
        _check_copy(journal, copied, around)
        place = append_member(journal, around)
        made = _copy(journal, copied, place)
        journal.count_up(around, *HOLDS)
        journal.summary = f"copy {copied[0][0]['name']!r} to {around['name']!r}"
    return _seen(room, made)


def _subtree(journal: Journal, item_id: int) -> list[list[Record]]:
    """Read an item and all below it, level by level."""
    columns = ITEM.table.c
    levels: list[list[Record]] = []
    where = columns.id == item_id
    while True:
        query = select(ITEM.table).where(where).order_by(columns.position, columns.id)
        level = [dict(row) for row in journal.session.execute(query).mappings()]
        if not level:
            break
        levels.append(level)
        where = columns.parent_id.in_([row["id"] for row in level])
    if not levels:
        raise absent(item_id)
    return levels


def _check_copy(journal: Journal, levels: Sequence[Sequence[Record]], around: Record) -> None:
    kinds = [(ItemKind(levels[0][0]["kind"]), ItemKind(around["kind"]))]
    kinds += [(ItemKind(row["kind"]), ItemKind.FOLDER) for rows in levels[1:] for row in rows]
    for kind, container in kinds:
        problem = nesting_problem(kind, container, is_service=journal.run.is_service)
        if problem:
            raise UserError(NESTING, problem, where=f"{around['id']}")


def _copy(journal: Journal, levels: Sequence[Sequence[Record]], place: Record) -> int:
    ids: dict[int, int] = {}
    for depth, rows in enumerate(levels):
        copies = [_copied_item(journal, row, ids) for row in rows]
        if depth == 0:
            copies[0] |= place
        made = journal.insert_many(ITEM, copies)
        ids |= dict(zip([row["id"] for row in rows], made, strict=True))
    _copy_parts(journal, ids)
    return ids[levels[0][0]["id"]]


def _copied_item(journal: Journal, row: Record, ids: dict[int, int]) -> Record:
    values = {name: row[name] for name in ITEM.columns}
    return values | {
        "run_id": journal.run.id,
        "parent_id": ids.get(row["parent_id"], row["parent_id"]),
        "status": NEW if row["status"] else "",
    }


def _copy_parts(journal: Journal, ids: dict[int, int]) -> None:
    templates = _parts(journal, TEMPLATE, ids)
    copies = [_copied_part(TEMPLATE, row, ids) for row in templates]
    made = journal.insert_many(TEMPLATE, copies)
    new = dict(zip([row["id"] for row in templates], made, strict=True))
    journal.insert_many(
        FILE,
        [
            _copied_part(FILE, row, ids) | {"template_id": new.get(row["template_id"])}
            for row in _parts(journal, FILE, ids)
        ],
    )


def _parts(journal: Journal, kept: Kept, ids: Iterable[int]) -> list[Record]:
    return journal.rows(kept, kept.table.c.item_id.in_(list(ids)))


def _copied_part(kept: Kept, row: Record, ids: dict[int, int]) -> Record:
    return {name: row[name] for name in kept.columns} | {"item_id": ids[row["item_id"]]}


def _seen(room: Preparation, item_id: int) -> Item:
    with Session(room.engine) as session:
        found = load_items(session, ItemRow.id == item_id)
    if not found:
        raise absent(item_id)
    return found[0]
