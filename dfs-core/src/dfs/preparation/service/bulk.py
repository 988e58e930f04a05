"""Many blocks changed as one: seen before, all or none, undone at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.plugin import AbsoluteInterval, SiderealInterval
from dfs.preparation.errors import BULK, CALIBRATION_BLOCK
from dfs.preparation.logic.fields import bad
from dfs.preparation.logic.intervals import settle_absolute, settle_sidereal
from dfs.preparation.logic.lifecycle import require_editable
from dfs.preparation.model import BulkLine, BulkPreview, Change, ItemKind
from dfs.preparation.service.blocks import read_changes
from dfs.preparation.service.changes import changing_run
from dfs.preparation.service.context import (
    Preparation,
    absent,
    require_writable,
    run_of_item,
)
from dfs.preparation.service.history import change
from dfs.preparation.service.journal import ITEM, TEMPLATE, Journal, Record
from dfs.preparation.service.store import absolute_json, sidereal_json
from dfs.preparation.service.templates import read_parameters
from dfs.programmes.model import Right

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

_INTERVALS: Final = {"absolute_intervals", "sidereal_intervals"}


@overload
def set_many(
    room: Preparation,
    who: Principal,
    ids: Sequence[int],
    changes: Mapping[str, Any],
    *,
    preview: Literal[True],
) -> BulkPreview: ...


@overload
def set_many(
    room: Preparation,
    who: Principal,
    ids: Sequence[int],
    changes: Mapping[str, Any],
    *,
    preview: Literal[False] = ...,
) -> Change | None: ...


def set_many(
    room: Preparation,
    who: Principal,
    ids: Sequence[int],
    changes: Mapping[str, Any],
    *,
    preview: bool = False,
) -> BulkPreview | Change | None:
    """Change many blocks of a run in the same way, all of them or none.

    Parameters
    ----------
    ids : of the blocks, all of one run.
    changes : as :func:`~dfs.preparation.service.items.save_block` takes them, and beside
        them ``absolute_intervals`` and ``sidereal_intervals`` (values of the contract)
        and ``templates``: by template's name, values by parameter.
    preview : only say what would change.

    Returns
    -------
    BulkPreview or Change or None
        What would change; or the change, which can be taken back as one; None if all
        blocks are so already.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.bulk``: a block refuses; ``.intervals``, ``.read-only``,
        ``run.forbidden``.
    """
    if not ids:
        return BulkPreview(()) if preview else None
    with Session(room.engine) as session:
        run = run_of_item(session, who, ids[0], Right.EDIT)
        if preview:
            require_writable(room, run)
            reading = Journal(session, run, room.clock(), "")
            return BulkPreview(tuple(one.line for one in _plans(room, reading, ids, changes)))
    with changing_run(room, who, run.id, f"change {len(ids)} blocks") as journal:
        plans = _plans(room, journal, ids, changes)
        if refused := [plan.line for plan in plans if plan.line.refusal]:
            first = refused[0]
            raise UserError(
                BULK,
                f"{len(refused)} of {len(ids)} blocks refuse; {first.name!r}: {first.refusal}",
                where=f"{first.item_id}",
            )
        _write(journal, plans)
    return None if journal.change_id is None else change(room, who, journal.change_id)


class _Plan:
    """What is to be written of a block."""

    def __init__(self, row: Record) -> None:
        self.row = row
        self.fields: Record = {}
        self.intervals: Record = {}
        self.templates: list[tuple[Record, Record]] = []
        self.refusal = ""

    @property
    def line(self) -> BulkLine:
        before: Record = {}
        after: Record = {}
        for name, value in (self.fields | self.intervals).items():
            _tell(before, after, name, self.row[name], value)
        for template, values in self.templates:
            path = f"{template['name']} {template['id']}"
            _tell(before, after, path, template["parameters"], values["parameters"])
        return BulkLine(self.row["id"], self.row["name"], before, after, self.refusal)


def _tell(before: Record, after: Record, path: str, old: Any, new: Any) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in new.items():
            if old.get(name) != value:
                _tell(before, after, f"{path}.{name}", old.get(name), value)
    else:
        before[path], after[path] = old, new


def _plans(
    room: Preparation, journal: Journal, ids: Sequence[int], changes: Mapping[str, Any]
) -> list[_Plan]:
    rows = {row["id"]: row for row in journal.rows(ITEM, ITEM.table.c.id.in_(ids))}
    if missing := [one for one in ids if one not in rows]:
        raise absent(missing[0])
    wanted = changes.get("templates", {})
    there: dict[int, list[Record]] = defaultdict(list)
    if wanted:
        columns = TEMPLATE.table.c
        where = (columns.item_id.in_(ids), columns.name.in_(list(wanted)))
        for template in journal.rows(TEMPLATE, *where):
            there[template["item_id"]].append(template)
    fields = {name: changes[name] for name in changes if name not in {"templates", *_INTERVALS}}
    intervals = _read_intervals(changes)
    plans = []
    for item_id in dict.fromkeys(ids):
        plan = _Plan(rows[item_id])
        try:
            _fill(room, journal, plan, fields, intervals, wanted, there[item_id])
        except UserError as error:
            plan.refusal = error.detail
        plans.append(plan)
    return plans


def _read_intervals(changes: Mapping[str, Any]) -> Record:
    read: Record = {}
    for name, kind in (
        ("absolute_intervals", AbsoluteInterval),
        ("sidereal_intervals", SiderealInterval),
    ):
        if not all(isinstance(one, kind) for one in changes.get(name, ())):
            raise bad(name, "they are not intervals")
    if "absolute_intervals" in changes:
        settled = settle_absolute(changes["absolute_intervals"])
        read["absolute_intervals"] = absolute_json(settled)
    if "sidereal_intervals" in changes:
        read["sidereal_intervals"] = sidereal_json(settle_sidereal(changes["sidereal_intervals"]))
    return read


def _fill(
    room: Preparation,
    journal: Journal,
    plan: _Plan,
    fields: Mapping[str, Any],
    intervals: Record,
    wanted: Mapping[str, Mapping[str, object]],
    there: Sequence[Record],
) -> None:
    row = plan.row
    kind = ItemKind(row["kind"])
    if not kind.is_block:
        raise UserError(BULK, f"it is a {kind}")
    require_editable(kind, row["status"])
    package = room.packages.get(journal.run.instrument, row["package_version"])
    plan.fields = read_changes(row, fields, package)
    if intervals and kind is ItemKind.CB:
        raise UserError(CALIBRATION_BLOCK, "a calibration block has no time intervals")
    plan.intervals = intervals
    if lacking := wanted.keys() - {template["name"] for template in there}:
        raise UserError(BULK, f"it has no template {min(lacking)}")
    for template in there:
        path = f"templates.{template['name']}"
        read = read_parameters(package, template, wanted[template["name"]], path)
        plan.templates.append((template, {"parameters": read}))


def _write(journal: Journal, plans: Sequence[_Plan]) -> None:
    journal.update_many(ITEM, [(plan.row, plan.fields) for plan in plans], "version")
    for name in sorted({name for plan in plans for name in plan.intervals}):
        version = name.replace("intervals", "version")
        changes = [(plan.row, {name: plan.intervals[name]}) for plan in plans]
        journal.update_many(ITEM, changes, version)
    templates = [each for plan in plans for each in plan.templates]
    journal.update_many(TEMPLATE, templates, "version")
