"""What was done to a run or an item, by whom, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from dfs.foundation.errors import UserError
from dfs.preparation.model import Change, Entry, Json
from dfs.preparation.service import history, items
from dfs.preparation.service.runs import prepared_run
from dfs.preparation.web import Stage
from dfs.ui.web import Id, Signed, page, see_other, view
from dfs.ui.web.replies import STATUS

router = APIRouter()


class Difference(BaseModel):
    """A field that a change gave another value; None where there was none."""

    what: str
    field: str
    before: str | None
    after: str | None


class Line(BaseModel):
    """Something that somebody did."""

    id: int
    at: dt.datetime
    by: str
    summary: str
    undo_of: int | None
    differences: list[Difference]


class History(BaseModel):
    """What was done, newest first."""

    run_id: int
    code: str
    item_id: int | None
    changes: list[Line]


@view(router, "/prepare/runs/{run_id}/history", "preparation/history.html")
def run_history(stage: Stage, who: Signed, run_id: Id) -> History:
    """Show what was done in a run lately."""
    return _history(stage, who, run_id, None, history.run_history(stage, who, run_id))


@view(router, "/prepare/items/{item_id}/history", "preparation/history.html")
def item_history(stage: Stage, who: Signed, item_id: Id) -> History:
    """Show what was done to a block or container, though it be deleted."""
    changes = history.history(stage, who, item_id)
    # A deleted item has a history only; a run's root was never made by anybody.
    run_id = changes[0].run_id if changes else items.item(stage, who, item_id).run_id
    return _history(stage, who, run_id, item_id, changes)


def _history(
    stage: Stage, who: Signed, run_id: int, item_id: int | None, changes: list[Change]
) -> History:
    return History(
        run_id=run_id,
        code=prepared_run(stage, who, run_id).run.code,
        item_id=item_id,
        changes=[
            Line(
                id=one.id,
                at=one.at,
                by=one.user_name,
                summary=one.summary,
                undo_of=one.undo_of,
                differences=[each for entry in one.entries for each in _differences(entry)],
            )
            for one in changes
        ],
    )


def _differences(entry: Entry) -> list[Difference]:
    before, after = _flat(entry.before or {}), _flat(entry.after or {})
    return [
        Difference(what=entry.what, field=field, before=before.get(field), after=after.get(field))
        for field in sorted(before.keys() | after.keys())
        # That a new thing has an empty field tells nobody anything.
        if (before.get(field) or None) != (after.get(field) or None)
    ]


def _flat(values: Json) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": text for inner, text in _flat(value).items()}
        else:
            found[name] = "" if value in (None, []) else str(value)
    return found


@router.post("/prepare/changes/{change_id}/undo", include_in_schema=False)
def undo(request: Request, stage: Stage, who: Signed, change_id: Id) -> Response:
    """Take a change back."""
    run_id = history.change(stage, who, change_id).run_id
    try:
        undone = history.undo(stage, who, change_id)
    except UserError as error:
        return page(
            request,
            "preparation/history.html",
            status=STATUS[error.code.kind],
            view=run_history(stage, who, run_id),
            problem=error,
        )
    return see_other(f"/prepare/runs/{run_id}/history", f"Done: {undone.summary}.")
