"""Blocks move to a newer instrument package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from dfs.instruments.service import migrate as migrate_block
from dfs.plugin import ObservationBlock, Template
from dfs.preparation.model import Migration
from dfs.preparation.service.blocks import block_in
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation, require_writable, run_of_item
from dfs.preparation.service.journal import FILE, ITEM, TEMPLATE, Journal, Record
from dfs.preparation.service.store import load_blocks
from dfs.preparation.service.templates import as_json, editable_block
from dfs.preparation.tables import ItemRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def migrate(room: Preparation, who: Principal, item_id: int, *, dry_run: bool = False) -> Migration:
    """Move a block to the newest version of the instrument package.

    Parameters
    ----------
    dry_run : only say what would change.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.read-only``, ``run.forbidden``.
    PluginError
        The plugin failed; the block stays as it was.
    """
    if dry_run:
        with Session(room.engine) as session:
            run = run_of_item(session, who, item_id)
            require_writable(room, run)
            stored = block_in(room, session, run, item_id)
        moved = migrate_block(room.host, room.packages, stored.block)
        return Migration(moved.block, tuple(map(str, moved.changes)), stored.item.version)
    with changing(room, who, item_id, "migrate") as journal:
        row = editable_block(journal, item_id)
        block = load_blocks(journal.session, journal.run, ItemRow.id == item_id)[item_id]
        moved = migrate_block(room.host, room.packages, block)
        _write(journal, row, moved.block)
        journal.summary = f"migrate {row['name']!r} to {moved.block.package_version}"
    return Migration(moved.block, tuple(map(str, moved.changes)), row["version"])


def _write(journal: Journal, row: Record, moved: ObservationBlock) -> None:
    values = {
        "package_version": moved.package_version,
        "constraints": dict(moved.constraints),
    }
    journal.update(ITEM, row, values, "version")
    there = {
        one["id"]: one for one in journal.rows(TEMPLATE, TEMPLATE.table.c.item_id == row["id"])
    }
    kept = {template.id for template in moved.templates}
    is_other = kept != there.keys()
    for id_, one in there.items():
        if id_ not in kept:
            for file in journal.rows(FILE, FILE.table.c.template_id == id_):
                journal.delete(FILE, file)
            journal.delete(TEMPLATE, one)
    for place, template in enumerate(moved.templates):
        columns = _columns(template, place)
        if template.id in there:
            journal.update(TEMPLATE, there[template.id], columns, "version")
        else:
            journal.insert(TEMPLATE, columns | {"item_id": row["id"]})
    if is_other:
        journal.count_up(row, "templates_version")


def _columns(template: Template, place: int) -> Record:
    return {
        "position": place,
        "name": template.name,
        "kind": template.kind.value,
        "parameters": as_json(template.parameters),
    }
