"""Taking changes back, where nothing stands in the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import func, select

from dfs.foundation.errors import UserError
from dfs.plugin import TemplateKind
from dfs.preparation.errors import UNDO
from dfs.preparation.logic.attachments import CHARTS
from dfs.preparation.logic.lifecycle import require_editable
from dfs.preparation.model import Change, FileKind, ItemKind
from dfs.preparation.service.arranging import HOLDS, arrange, cycle, require_open
from dfs.preparation.service.journal import (
    FILE,
    ITEM,
    KEPT,
    MEMBERSHIP,
    PLACE,
    README,
    TEMPLATE,
    WAIVER,
    Journal,
    Kept,
    Record,
)
from dfs.preparation.tables import ChangeRow

_ORDER: Final = {ITEM.what: 0, TEMPLATE.what: 1, FILE.what: 2, README.what: 3}
"""What must be there before the rest, and go after it."""
_Key = tuple[str, int]


class _Step:
    """What a change did to one row, all its entries together."""

    def __init__(self, key: _Key, item_id: int | None) -> None:
        self.kept: Kept = KEPT[key[0]]
        self.id = key[1]
        self.item_id = item_id
        self.before: Record | None = {}
        self.after: Record | None = {}
        self.is_new = True

    def add(self, before: Any, after: Any) -> None:
        if self.is_new:
            self.before = None if before is None else dict(before)
        elif self.before is not None and before is not None:
            self.before = {**before, **self.before}
        self.after = None if after is None else {**(self.after or {}), **after}
        self.is_new = False


def take_back(journal: Journal, change: Change) -> None:
    """Take a change of the run back.

    Raises
    ------
    UserError
        ``preparation.undo``, ``.status``, ``.certified-container``.
    """
    steps = _steps(change)
    around = _containers(journal, steps)
    for step in (one for one in steps if one.before is not None and one.after is None):
        _bring_back(journal, step)
    _restore(journal, [one for one in steps if one.before is not None and one.after is not None])
    for step in reversed([one for one in steps if one.before is None and one.after is not None]):
        _take_away(journal, step)
    _settle(journal, around, steps)
    for item_id in journal.touched:
        _check_block(journal, item_id)


def _steps(change: Change) -> list[_Step]:
    found: dict[_Key, _Step] = {}
    for entry in change.entries:
        if entry.what == WAIVER.what:
            raise UserError(UNDO, "a waiver is granted and revoked, not undone")
        if entry.before is not None and entry.after is not None and "status" in entry.after:
            raise UserError(UNDO, "it moved a status")
        key = entry.what, entry.id
        found.setdefault(key, _Step(key, entry.item_id)).add(entry.before, entry.after)
    # Whatever a change makes inside of what it makes has the larger id.
    return sorted(found.values(), key=lambda step: (_ORDER[step.kept.what], step.id))


def _containers(journal: Journal, steps: Iterable[_Step]) -> dict[int, Record]:
    """Give the containers whose members change, all open."""
    ids = {
        values["parent_id"]
        for step in steps
        if step.kept is ITEM
        for values in (step.before, step.after)
        if values is not None and values.get("parent_id") is not None
    }
    placed = [
        step.id
        for step in steps
        if step.kept is ITEM and step.after and step.before and step.after.keys() & set(PLACE)
    ]
    columns = ITEM.table.c
    ids |= {row["parent_id"] for row in journal.rows(ITEM, columns.id.in_(placed))} - {None}
    made = {step.id for step in steps if step.kept is ITEM and step.before is None}
    found = {row["id"]: row for row in journal.rows(ITEM, columns.id.in_(ids))}
    for one in found.values():
        require_open(one)
    gone = {step.id for step in steps if step.kept is ITEM and step.after is None}
    if lost := sorted(ids - found.keys() - made - gone):
        raise UserError(UNDO, f"container {lost[0]} was deleted since", where=f"{lost[0]}")
    return found


# ── Deleted: brought back ───────────────────────────────────────────────────


def _bring_back(journal: Journal, step: _Step) -> None:
    last = journal.session.scalar(select(func.max(ChangeRow.id))) or 0
    # Larger than any version that the row ever had, so that none of them means this one.
    versions = {name: last + 1 for name in step.kept.fresh if name.endswith("version")}
    if step.kept is TEMPLATE or step.kept is FILE:
        _editable(journal, [step.item_id])
    journal.insert(step.kept, step.before or {}, id=step.id, **versions)


# ── Changed: restored ───────────────────────────────────────────────────────


def _restore(journal: Journal, steps: list[_Step]) -> None:
    groups: dict[tuple[str, frozenset[str]], list[_Step]] = defaultdict(list)
    for step in steps:
        groups[step.kept.what, frozenset(step.after or ())].append(step)
    for (what, columns), same in groups.items():
        kept = KEPT[what]
        rows = {
            row["id"]: row
            for row in journal.rows(kept, kept.table.c.id.in_([step.id for step in same]))
        }
        for step in same:
            _require_as_left(step, rows.get(step.id), columns)
        if kept is ITEM and columns - set(PLACE):
            _require_editable(rows.values())
        elif kept is TEMPLATE or kept is FILE:
            _editable(journal, {step.item_id for step in same})
        elif kept is README and any(row["locked"] for row in rows.values()):
            raise UserError(UNDO, "the README was submitted since", where="readme")
        if "parent_id" in columns:
            _check_cycles(journal, same)
        changes = [(rows[step.id], step.before or {}) for step in same]
        journal.update_many(kept, changes, *_counted(kept, columns))


def _require_as_left(step: _Step, row: Record | None, columns: Iterable[str]) -> None:
    if row is None:
        raise UserError(UNDO, f"{step.kept.what} {step.id} was deleted since", where=f"{step.id}")
    after = step.after or {}
    # Where a move put an item among the others is of no importance, unlike an order.
    for name in set(columns) - ({"position"} if "parent_id" in columns else set()):
        if row[name] != after[name]:
            raise UserError(
                UNDO, f"{name} of {step.kept.what} {step.id} was changed since", where=f"{step.id}"
            )


def _counted(kept: Kept, columns: frozenset[str]) -> list[str]:
    if kept is not ITEM:
        return ["version"]
    names = {
        name: name.replace("intervals", "version")
        for name in ("absolute_intervals", "sidereal_intervals")
    } | dict.fromkeys(MEMBERSHIP, "membership_version")
    return sorted({names.get(name, "version") for name in columns - {"parent_id", "position"}})


def _check_cycles(journal: Journal, steps: Iterable[_Step]) -> None:
    for step in steps:
        into = (step.before or {})["parent_id"]
        if problem := cycle(journal, step.id, into):
            raise UserError(UNDO, problem, where=f"{step.id}")


# ── Made: taken away ────────────────────────────────────────────────────────


def _take_away(journal: Journal, step: _Step) -> None:
    found = journal.rows(step.kept, step.kept.table.c.id == step.id)
    _require_as_left(step, found[0] if found else None, step.after or ())
    if step.kept is ITEM:
        _require_editable(found)
        held = [journal.members(step.id)]
        held += [journal.rows(kept, kept.table.c.item_id == step.id) for kept in (TEMPLATE, FILE)]
        if any(held):
            raise UserError(UNDO, f"{found[0]['name']!r} holds something now", where=f"{step.id}")
    elif step.kept is TEMPLATE or step.kept is FILE:
        _editable(journal, [step.item_id])
    journal.delete(step.kept, found[0])


def _editable(journal: Journal, ids: Iterable[int | None]) -> None:
    _require_editable(journal.rows(ITEM, ITEM.table.c.id.in_([one for one in ids if one])))


def _require_editable(rows: Iterable[Record]) -> None:
    for row in rows:
        require_editable(ItemKind(row["kind"]), row["status"])


# ── Afterwards ──────────────────────────────────────────────────────────────


def _settle(journal: Journal, around: dict[int, Record], steps: Iterable[_Step]) -> None:
    """Count up what changed around, and let time links say again what they can."""
    for row in journal.rows(ITEM, ITEM.table.c.id.in_(list(around))):
        if row["kind"] == ItemKind.TIME_LINK:
            arrange(journal, row, journal.members(row["id"]))
        journal.count_up(row, *HOLDS)
    lists: dict[int, set[str]] = defaultdict(set)
    for step in steps:
        if step.item_id is None or (step.before is not None and step.after is not None):
            continue
        if step.kept is TEMPLATE:
            lists[step.item_id].add("templates_version")
        elif step.kept is FILE and FileKind.EPHEMERIS in {
            (values or {}).get("kind") for values in (step.before, step.after)
        }:
            lists[step.item_id].add("ephemeris_version")
    for row in journal.rows(ITEM, ITEM.table.c.id.in_(list(lists))):
        journal.count_up(row, *sorted(lists[row["id"]]))


def _check_block(journal: Journal, item_id: int) -> None:
    columns = TEMPLATE.table.c
    kinds = [
        row["kind"]
        for row in journal.rows(TEMPLATE, columns.item_id == item_id, order=columns.position)
    ]
    if TemplateKind.ACQUISITION in kinds[1:]:
        raise UserError(UNDO, "there would be a second acquisition template", where=f"{item_id}")
    files = FILE.table.c
    charts = journal.rows(FILE, files.item_id == item_id, files.kind == FileKind.CHART)
    if len(charts) > CHARTS:
        raise UserError(UNDO, "there would be too many finding charts", where=f"{item_id}")
