"""Blocks and containers: seen, made, changed, moved, copied, deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.plugin import Container, ObservationBlock
from dfs.preparation.errors import NESTING, ROOT
from dfs.preparation.logic.containers import (
    depth_first,
    inside,
    nesting_problem,
    read_membership,
)
from dfs.preparation.logic.fields import bad, read_name, read_priority
from dfs.preparation.logic.lifecycle import require_editable
from dfs.preparation.model import Item, ItemKind
from dfs.preparation.service.arranging import (
    HOLDS,
    append_member,
    delete_item,
    duplicate_item,
    move_item,
    reorder,
    require_open,
)
from dfs.preparation.service.blocks import block, save_block, starting_constraints
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import (
    Preparation,
    absent,
    read_run,
    require_version,
    run_of_item,
)
from dfs.preparation.service.journal import ITEM, Record, empty_item
from dfs.preparation.service.runs import make_roots, prepared_run, runs
from dfs.preparation.service.store import (
    load_blocks,
    load_items,
    membership_columns,
    membership_of,
    nest,
)
from dfs.preparation.tables import ItemRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

__all__ = [
    "block",
    "blocks",
    "container",
    "create_item",
    "delete_item",
    "duplicate_item",
    "item",
    "members",
    "move_item",
    "prepared_run",
    "reorder",
    "runs",
    "save_block",
    "save_container",
    "save_membership",
    "tree",
]

# ── Looking ─────────────────────────────────────────────────────────────────


def tree(room: Preparation, who: Principal, run_id: int) -> list[Item]:
    """Give all that a run holds, its root first, as the tree shows it.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        run = read_run(session, who, run_id)
        found = load_items(session, ItemRow.run_id == run.id)
        if not found:
            make_roots(room, [run])
            found = load_items(session, ItemRow.run_id == run.id)
    return list(depth_first(found))


def item(room: Preparation, who: Principal, item_id: int, *, container: bool | None = None) -> Item:
    """Give an item.

    Parameters
    ----------
    container : whether it must be a container, or a block; None for either.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        return _item(session, item_id, container=container)


def _item(session: Session, item_id: int, *, container: bool | None = None) -> Item:
    found = load_items(session, ItemRow.id == item_id)
    if not found or (container is not None and found[0].is_block is container):
        raise absent(item_id)
    return found[0]


def members(room: Preparation, who: Principal, container_id: int) -> list[Item]:
    """Give what a container holds, in order.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run_of_item(session, who, container_id)
        _item(session, container_id, container=True)
        return load_items(session, ItemRow.parent_id == container_id)


def blocks(
    room: Preparation, who: Principal, run_id: int, ids: Collection[int] | None = None
) -> dict[int, ObservationBlock]:
    """Give the blocks of a run by id, or these of them; the queries do not grow with them.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        run = read_run(session, who, run_id)
        where = () if ids is None else (ItemRow.id.in_(ids),)
        return load_blocks(session, run, *where)


def container(room: Preparation, who: Principal, container_id: int) -> Container:
    """Give a container with all that is in it.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run = run_of_item(session, who, container_id)
        whole = list(depth_first(load_items(session, ItemRow.run_id == run.id)))
        found = next((one for one in whole if one.id == container_id and not one.is_block), None)
        if found is None:
            raise absent(container_id)
        below = inside(whole, container_id)
        ids = [one.id for one in below if one.is_block]
        return nest(found, below, load_blocks(session, run, ItemRow.id.in_(ids)))


# ── Making and changing ──────────────────────────────────────────────────────


def create_item(
    room: Preparation, who: Principal, container_id: int, kind: ItemKind, name: str
) -> Item:
    """Make an item at the end of a container.

    A block begins with the newest package, the constraints that Phase 1 granted, and the
    package's defaults for all others.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.nesting``, ``.certified-container``, ``.value``,
        ``.read-only``.
    """
    with changing(room, who, container_id, f"create {kind} {name!r}") as journal:
        around = journal.item(container_id)
        run = journal.run
        problem = nesting_problem(kind, ItemKind(around["kind"]), is_service=run.is_service)
        if problem:
            raise UserError(NESTING, problem, where=f"{container_id}")
        require_open(around)
        values = empty_item(kind, read_name(name, "name"), run.id, container_id, 0)
        if kind.is_block:
            package = room.packages.latest(run.instrument)
            values["package_version"] = package.version
            values["constraints"] = starting_constraints(package, run)
            values["description_name"] = values["name"]
        made = journal.insert(ITEM, values | append_member(journal, around))
        journal.count_up(around, *HOLDS)
    with Session(room.engine) as session:
        return _item(session, made)


def save_container(
    room: Preparation,
    who: Principal,
    item_id: int,
    changes: Mapping[str, Any],
    version: int | None,
) -> Item:
    """Change the name or the priority of a container.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``, ``.root``,
        ``.value``, ``.read-only``.
    """
    with changing(room, who, item_id, "change") as journal:
        row = journal.item(item_id)
        kind = ItemKind(row["kind"])
        if kind.is_block:
            raise absent(item_id)
        require_version(row["version"], version, f"{item_id}")
        if row["parent_id"] is None:
            raise UserError(ROOT, "its name is that of the run", where=f"{item_id}")
        require_editable(kind, row["status"])
        read: Record = {}
        for field, value in changes.items():
            if field not in {"name", "user_priority"} or (
                field == "user_priority" and not kind.is_scheduling
            ):
                raise bad(field, f"a {kind} has no such field that can be changed")
            read[field] = read_name(value, "name") if field == "name" else read_priority(value)
        journal.update(ITEM, row, read, "version")
        journal.summary = f"change {row['name']!r}"
    with Session(room.engine) as session:
        return _item(session, item_id)


def save_membership(
    room: Preparation,
    who: Principal,
    item_id: int,
    changes: Mapping[str, Any],
    version: int | None,
) -> Item:
    """Change what the container around says of an item.

    Parameters
    ----------
    changes : fields of a membership by name; what is not given stays.
    version : of the membership.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.root``, ``.value``,
        ``.certified-container``, ``.read-only``.
    """
    with changing(room, who, item_id, "schedule") as journal:
        row = journal.item(item_id)
        require_version(row["membership_version"], version, f"{item_id}")
        if row["parent_id"] is None:
            raise UserError(ROOT, "no container is around it", where=f"{item_id}")
        around = journal.item(row["parent_id"])
        require_open(around)
        said = read_membership(
            ItemKind(around["kind"]),
            is_first=journal.members(around["id"])[0]["id"] == item_id,
            current=membership_of(row["contribution"], row["earliest_s"], row["latest_s"]),
            changes=changes,
        )
        journal.update(ITEM, row, membership_columns(said), "membership_version")
        journal.summary = f"schedule {row['name']!r} in {around['name']!r}"
    with Session(room.engine) as session:
        return _item(session, item_id)
