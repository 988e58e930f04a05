"""The tree of a run: its blocks and containers, as P2PP showed them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel

from dfs.foundation.errors import UserError
from dfs.preparation.errors import UNKNOWN_ACTION
from dfs.preparation.model import Item, ItemKind
from dfs.preparation.reports import usage
from dfs.preparation.service import Preparation, items, lifecycle
from dfs.preparation.service.runs import prepared_run
from dfs.preparation.web import Stage
from dfs.ui.principal import Principal
from dfs.ui.web import Signed, page, see_other, view
from dfs.ui.web.replies import STATUS

router = APIRouter()


class Row(BaseModel):
    """A line of the tree; columns as P2PP 3 had them, and what people asked for since."""

    id: int
    parent_id: int | None
    level: int
    kind: ItemKind
    name: str
    status: str
    verified: bool
    user_priority: int | None
    contribution: float | None
    share: float | None
    """Of the group's contributions, 0 to 1."""
    intervals: int | None
    """Absolute ones; in a time link only the first member has any."""
    earliest_after_previous: str
    latest_after_previous: str
    target: str
    execution_s: float | None
    version: int


class Tree(BaseModel):
    """A run with everything in it."""

    run_id: int
    root_id: int
    code: str
    title: str
    mode: str
    instrument: str
    read_only: str
    rows: list[Row]
    execution_s: float
    allocated_s: float
    unknown: int
    kinds: list[ItemKind]


@view(router, "/prepare/runs/{run_id}", "preparation/tree.html")
def run_tree(stage: Stage, who: Signed, run_id: int) -> Tree:
    """Show the tree of a run."""
    prepared = prepared_run(stage, who, run_id)
    found = items.tree(stage, who, run_id)
    used = usage(
        [(one.exposure_s, one.execution_s) for one in found if one.is_block],
        prepared.run.allocated_s,
    )
    blocks = [ItemKind.OB, ItemKind.CB, ItemKind.FOLDER]
    return Tree(
        run_id=run_id,
        root_id=prepared.root_id,
        code=prepared.run.code,
        title=prepared.run.title,
        mode=prepared.run.mode,
        instrument=prepared.run.instrument,
        read_only=prepared.read_only,
        rows=rows_of(found),
        execution_s=used.execution_s,
        allocated_s=used.allocated_s,
        unknown=used.unknown,
        kinds=list(ItemKind) if prepared.run.is_service else blocks,
    )


def rows_of(found: Sequence[Item]) -> list[Row]:
    """Give the lines of a tree, its root left out."""
    by_id = {one.id: one for one in found}
    totals: dict[int | None, float] = {}
    first: dict[int | None, int] = {}
    for one in found:
        totals[one.parent_id] = totals.get(one.parent_id, 0.0) + one.membership.contribution
        first.setdefault(one.parent_id, one.id)
    return [
        _row(one, by_id[one.parent_id], totals[one.parent_id], first[one.parent_id] == one.id)
        for one in found
        if one.parent_id is not None
    ]


def _row(one: Item, around: Item, total: float, is_first: bool) -> Row:
    in_group = around.kind is ItemKind.GROUP
    in_link = around.kind is ItemKind.TIME_LINK
    said = one.membership
    return Row(
        id=one.id,
        parent_id=one.parent_id,
        level=one.depth,
        kind=one.kind,
        name=one.name,
        status=one.status,
        verified=one.verified,
        user_priority=None if one.kind is ItemKind.FOLDER else one.user_priority,
        contribution=said.contribution if in_group else None,
        share=said.contribution / total if in_group and total else None,
        intervals=one.interval_count if one.is_block and (is_first or not in_link) else None,
        earliest_after_previous=days(said.earliest_after_previous) if in_link else "",
        latest_after_previous=days(said.latest_after_previous) if in_link else "",
        target=one.target_name,
        execution_s=one.execution_s if one.is_block else None,
        version=one.version,
    )


def days(span: dt.timedelta | None) -> str:
    """Write a window as P2PP does: ``001d 00:00``."""
    if span is None:
        return ""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 1440:03d}d {minutes // 60 % 24:02d}:{minutes % 60:02d}"


# ── What people do in the tree ──────────────────────────────────────────────


@router.post("/prepare/runs/{run_id}/items", include_in_schema=False)
def create(
    request: Request,
    stage: Stage,
    who: Signed,
    run_id: int,
    kind: Annotated[ItemKind, Form()],
    name: Annotated[str, Form()],
    into: Annotated[int, Form()],
) -> Response:
    """Make an item."""
    try:
        made = items.create_item(stage, who, into, kind, name)
    except UserError as error:
        return _again(request, stage, who, run_id, error)
    if made.is_block:
        return see_other(f"/prepare/blocks/{made.id}", f"{made.name} is made.")
    return see_other(f"/prepare/runs/{run_id}", f"{made.name} is made.")


@router.post("/prepare/items/{item_id}/{action}", include_in_schema=False)
def act(
    request: Request,
    stage: Stage,
    who: Signed,
    item_id: int,
    action: str,
    into: Annotated[int | None, Form()] = None,
    version: Annotated[int | None, Form()] = None,
) -> Response:
    """Copy, delete, move, verify, certify or revise an item of the tree."""
    item = items.item(stage, who, item_id)
    try:
        said = _act(stage, who, item, action, into, version)
    except UserError as error:
        return _again(request, stage, who, item.run_id, error)
    return see_other(f"/prepare/runs/{item.run_id}", said)


def _act(
    stage: Preparation,
    who: Principal,
    item: Item,
    action: str,
    into: int | None,
    version: int | None,
) -> str:
    if action == "duplicate":
        return f"{items.duplicate_item(stage, who, item.id, into).name} is copied."
    if action == "delete":
        items.delete_item(stage, who, item.id, version)
        return f"{item.name} is deleted."
    if action in {"up", "down"}:
        _shift(stage, who, item, -1 if action == "up" else 1)
        return f"{item.name} is moved."
    if action in {"verify", "certify"}:
        found = lifecycle.verify(stage, who, item.id, submit=action == "certify")
        word = "observable" if found.observable else "not observable"
        return f"{item.name} is {word}: {len(found.findings)} findings."
    if action == "revise":
        lifecycle.revise(stage, who, item.id)
        return f"{item.name} can be changed again."
    raise UserError(UNKNOWN_ACTION, f"nobody can {action} an item", where="action")


def _shift(stage: Preparation, who: Principal, item: Item, by: int) -> None:
    if item.parent_id is None:
        return
    around = items.item(stage, who, item.parent_id)
    order = [one.id for one in items.members(stage, who, item.parent_id)]
    place = order.index(item.id)
    wanted = min(max(place + by, 0), len(order) - 1)
    order.insert(wanted, order.pop(place))
    items.reorder(stage, who, item.parent_id, order, around.items_version)


@router.post("/prepare/runs/{run_id}/move", include_in_schema=False)
def move(
    request: Request,
    stage: Stage,
    who: Signed,
    run_id: int,
    moved: Annotated[int, Form()],
    into: Annotated[int, Form()],
) -> Response:
    """Move an item into a container."""
    try:
        items.move_item(stage, who, moved, into)
    except UserError as error:
        return _again(request, stage, who, run_id, error)
    return see_other(f"/prepare/runs/{run_id}", "It is moved.")


@router.post("/prepare/runs/{run_id}/submit", include_in_schema=False)
def submit(request: Request, stage: Stage, who: Signed, run_id: int) -> Response:
    """Hand in the run."""
    try:
        result = lifecycle.submit_run(stage, who, run_id)
    except UserError as error:
        return _again(request, stage, who, run_id, error)
    return see_other(
        f"/prepare/runs/{run_id}", f"{len(result.submitted)} blocks are handed in for review."
    )


def _again(
    request: Request, stage: Preparation, who: Principal, run_id: int, error: UserError
) -> Response:
    return page(
        request,
        "preparation/tree.html",
        status=STATUS[error.code.kind],
        view=run_tree(stage, who, run_id),
        problem=error,
    )
