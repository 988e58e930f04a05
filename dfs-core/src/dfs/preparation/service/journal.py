"""Changes: written together with what they were, so that they can be told and undone.

All writing of the stage goes through here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from dfs.plugin import Membership, Target
from dfs.preparation.model import NEW, ItemKind
from dfs.preparation.service.context import absent
from dfs.preparation.service.store import membership_columns
from dfs.preparation.tables import (
    ChangeRow,
    FileRow,
    HistoryRow,
    ItemRow,
    ReadmeRow,
    TemplateRow,
    WaiverRow,
)
from dfs.programmes.model import Run

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

Record: TypeAlias = dict[str, Any]
"""A row as it was read."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of which the history is kept.

    Parameters
    ----------
    what : as the history names it.
    table : where the rows are.
    columns : whose values the history keeps; all else is derived, or counts versions.
    fresh : the values of the other columns in a new row.
    """

    what: str
    table: Table
    columns: tuple[str, ...]
    fresh: Mapping[str, Any] = field(default_factory=dict)


_VERSIONS: Final = (
    "version",
    "items_version",
    "membership_version",
    "templates_version",
    "absolute_version",
    "sidereal_version",
    "ephemeris_version",
)
MEMBERSHIP: Final = ("contribution", "earliest_s", "latest_s")
PLACE: Final = ("parent_id", "position", *MEMBERSHIP)
"""What the container around says of an item; the rest is the item's own."""
_OUTSIDE: Final = frozenset((*PLACE, "status"))
"""What does not change the content of a block."""

ITEM: Final = Kept(
    "item",
    cast(Table, ItemRow.__table__),
    (
        "run_id",
        *PLACE,
        "kind",
        "name",
        "status",
        "user_priority",
        "package_version",
        "description_name",
        "user_comments",
        "instrument_comments",
        "calibration_requirements",
        "target",
        "constraint_set_name",
        "constraints",
        "absolute_intervals",
        "sidereal_intervals",
    ),
    dict.fromkeys(_VERSIONS, 1)
    | {
        "revision": 1,
        "exposure_s": 0.0,
        "execution_s": None,
        "target_name": "",
        "target_ra": "",
        "target_dec": "",
        "template_count": 0,
        "interval_count": 0,
        "chart_count": 0,
        "group_score": 0.0,
    },
)
TEMPLATE: Final = Kept(
    "template",
    cast(Table, TemplateRow.__table__),
    ("item_id", "position", "name", "kind", "parameters"),
    {"version": 1},
)
FILE: Final = Kept(
    "file",
    cast(Table, FileRow.__table__),
    (
        "item_id",
        "kind",
        "template_id",
        "parameter",
        "position",
        "name",
        "media_type",
        "size",
        "sha256",
    ),
    {"version": 1},
)
README: Final = Kept(
    "readme",
    cast(Table, ReadmeRow.__table__),
    ("run_id", "content", "locked"),
    {"version": 1},
)
WAIVER: Final = Kept(
    "waiver", cast(Table, WaiverRow.__table__), ("run_id", "code", "reason", "granted_by")
)
KEPT: Final = {kept.what: kept for kept in (ITEM, TEMPLATE, FILE, README, WAIVER)}


class Journal:
    """What one transaction changes in a run.

    Parameters
    ----------
    session : of the transaction, in which the run is locked.
    run : that is changed.
    now : when, UTC.
    summary : what is done, in a few words; may be put better meanwhile.
    """

    def __init__(self, session: Session, run: Run, now: dt.datetime, summary: str) -> None:
        self.session = session
        self.run = run
        self.now = now
        self.summary = summary
        self.touched: dict[int, None] = {}
        """Items whose derived values are to be made anew, in order."""
        self.undo_of: int | None = None
        """The change that this one takes back."""
        self.change_id: int | None = None
        """Of this change, once it is written."""
        self._entries: list[Record] = []

    # ── Reading what is to be changed ───────────────────────────────────────

    def item(self, item_id: int) -> Record:
        """Give an item of the run.

        Raises
        ------
        UserError
            ``preparation.absent``.
        """
        found = self.rows(ITEM, ITEM.table.c.id == item_id)
        if not found:
            raise absent(item_id)
        return found[0]

    def rows(self, kept: Kept, *where: Any, order: Any = None) -> list[Record]:
        """Give rows of a table, by id or in another order."""
        query = select(kept.table).where(*where)
        query = query.order_by(kept.table.c.id if order is None else order, kept.table.c.id)
        if kept is ITEM:
            query = query.where(ITEM.table.c.run_id == self.run.id)
        return [dict(row) for row in self.session.execute(query).mappings()]

    def members(self, container_id: int) -> list[Record]:
        """Give what a container holds, in order."""
        columns = ITEM.table.c
        return self.rows(ITEM, columns.parent_id == container_id, order=columns.position)

    # ── Changing ────────────────────────────────────────────────────────────

    def insert(self, kept: Kept, values: Mapping[str, Any], **more: Any) -> int:
        """Write a new row.

        Parameters
        ----------
        values : of the columns of which the history is kept.
        more : of others, where they differ from those of a new row.

        Returns
        -------
        int
            Its id.
        """
        (row_id,) = self.insert_many(kept, [values], **more)
        return row_id

    def insert_many(self, kept: Kept, rows: Sequence[Mapping[str, Any]], **more: Any) -> list[int]:
        """Write new rows, as :meth:`insert`."""
        if not rows:
            return []
        common = {**kept.fresh, **more}
        if kept is ITEM:
            common = {"created_at": self.now, "modified_at": self.now, **common}
        query = insert(kept.table).returning(kept.table.c.id, sort_by_parameter_order=True)
        made = list(self.session.scalars(query, [{**common, **row} for row in rows]))
        for row_id, row in zip(made, rows, strict=True):
            after = {column: row[column] for column in kept.columns}
            self._tell(kept, row_id, row, None, after)
        return made

    def update(
        self, kept: Kept, row: Record, values: Mapping[str, Any], *bump: str, **unkept: Any
    ) -> bool:
        """Change a row, and `row` with it, if a value is another one.

        Parameters
        ----------
        row : as it was read.
        values : of columns of which the history is kept.
        bump : columns to count up if anything changes.
        unkept : values of other columns, written if anything changes.

        Returns
        -------
        bool
            Whether anything changed.
        """
        return bool(self.update_many(kept, [(row, values)], *bump, **unkept))

    def update_many(
        self,
        kept: Kept,
        changes: Iterable[tuple[Record, Mapping[str, Any]]],
        *bump: str,
        **unkept: Any,
    ) -> int:
        """Change rows that get values of the same columns, as :meth:`update`; count them."""
        parameters: list[Record] = []
        columns: set[str] = set()
        for row, values in changes:
            after = {name: value for name, value in values.items() if row[name] != value}
            if not after:
                continue
            self._tell(kept, row["id"], row, {name: row[name] for name in after}, after)
            counted = {name: row[name] + 1 for name in bump}
            written = {**values, **counted, **unkept}
            if kept is ITEM:
                written["modified_at"] = self.now
            row.update(written)
            columns |= written.keys()
            parameters.append({"_id": row["id"], **written})
        if parameters:
            query = (
                update(kept.table)
                .where(kept.table.c.id == bindparam("_id"))
                .values({name: bindparam(name) for name in columns})
            )
            self.session.connection().execute(query, parameters)
        return len(parameters)

    def delete(self, kept: Kept, row: Record) -> None:
        """Delete a row."""
        before = {column: row[column] for column in kept.columns}
        self._tell(kept, row["id"], row, before, None)
        self.session.execute(delete(kept.table).where(kept.table.c.id == row["id"]))
        if kept is ITEM:
            self.touched.pop(row["id"], None)

    def count_up(self, row: Record, *columns: str, kept: Kept = ITEM) -> None:
        """Count versions of a row up, where something that belongs to it changed."""
        values: Record = {name: row[name] + 1 for name in columns}
        if kept is ITEM:
            values["modified_at"] = self.now
        row.update(values)
        self.session.execute(update(kept.table).where(kept.table.c.id == row["id"]).values(values))

    def _tell(
        self,
        kept: Kept,
        row_id: int,
        row: Mapping[str, Any],
        before: Record | None,
        after: Record | None,
    ) -> None:
        item_id = row_id if kept is ITEM else row.get("item_id")
        if item_id is not None and (after or before or {}).keys() - _OUTSIDE:
            self.touched[item_id] = None
        self._entries.append(
            {
                "what": kept.what,
                "row_id": row_id,
                "item_id": item_id,
                "before": before,
                "after": after,
            }
        )

    # ── The end ─────────────────────────────────────────────────────────────

    @property
    def has_changes(self) -> bool:
        """Whether anything was changed."""
        return bool(self._entries)

    def write(self, who: Principal) -> int:
        """Write down who did what when; give the id of the change."""
        change_id = self.session.scalar(
            insert(ChangeRow)
            .values(
                run_id=self.run.id,
                at=self.now,
                user_id=who.user_id,
                user_name=who.name,
                summary=self.summary,
                undo_of=self.undo_of,
            )
            .returning(ChangeRow.id)
        )
        self.session.connection().execute(
            insert(cast(Table, HistoryRow.__table__)),
            [{"change_id": change_id, **entry} for entry in self._entries],
        )
        return cast(int, change_id)


def empty_item(
    kind: ItemKind, name: str, run_id: int, parent_id: int | None, position: int
) -> Record:
    """Give the columns of a new item of which the history is kept."""
    return {
        "run_id": run_id,
        "parent_id": parent_id,
        "position": position,
        **membership_columns(Membership()),
        "kind": kind.value,
        "name": name,
        "status": "" if kind is ItemKind.FOLDER else NEW,
        "user_priority": 1,
        "package_version": "",
        "description_name": "",
        "user_comments": "",
        "instrument_comments": "",
        "calibration_requirements": "",
        "target": Target().model_dump() if kind is ItemKind.OB else None,
        "constraint_set_name": "No Name",
        "constraints": {},
        "absolute_intervals": [],
        "sidereal_intervals": [],
    }
