"""A block: what it observes, how, when, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile

from dfs.foundation.errors import UserError
from dfs.plugin import (
    AbsoluteInterval,
    Finding,
    ParameterType,
    TemplateKind,
    TemplateParameter,
    TimePart,
)
from dfs.preparation.errors import BAD_VALUE, STALE, UNKNOWN_ACTION
from dfs.preparation.formats.obx import spelt
from dfs.preparation.model import STATUSES, StoredBlock, StoredTemplate
from dfs.preparation.service import (
    Preparation,
    files,
    history,
    intervals,
    items,
    lifecycle,
    templates,
    timing,
)
from dfs.preparation.web import Stage
from dfs.ui.principal import Principal
from dfs.ui.web import Signed, page, see_other, view
from dfs.ui.web.replies import STATUS

router = APIRouter()


class Parameter(BaseModel):
    """A line of a template's table."""

    name: str
    label: str
    help: str
    unit: str
    type: str
    text: str
    """The value as one types it."""
    choices: list[str]
    allowed: str
    fixed: bool
    source: str
    """Where the definition was read; empty if it is invented."""


class TemplateTable(BaseModel):
    """A template of the block, filled in."""

    id: int
    name: str
    kind: TemplateKind
    version: int
    parameters: list[Parameter]


class ConstraintLine(BaseModel):
    """A constraint of the block."""

    name: str
    label: str
    help: str
    unit: str
    text: str
    choices: list[str]
    source: str


class Interval(BaseModel):
    """When the block may start."""

    start: dt.datetime
    end: dt.datetime


class ChangeLine(BaseModel):
    """Who did what when."""

    id: int
    at: dt.datetime
    user: str
    summary: str


class Block(BaseModel):
    """All that the page of a block shows."""

    id: int
    run_id: int
    kind: str
    name: str
    status: str
    meaning: str
    editable: bool
    instrument: str
    package_version: str
    latest_version: str
    version: int
    absolute_version: int
    fields: dict[str, str]
    target: dict[str, str] | None
    constraints: list[ConstraintLine]
    intervals: list[Interval]
    templates: list[TemplateTable]
    choices: dict[str, list[str]]
    """Names of the templates that can be added, by kind."""
    exposure_s: float
    total_s: float | None
    parts: list[TimePart]
    unknown: list[str]
    charts: list[str]
    history: list[ChangeLine]


_CHOSEN = frozenset({ParameterType.KEYWORD, ParameterType.NUMBER, ParameterType.INTEGER})
_FIELDS = (
    "name",
    "user_priority",
    "description_name",
    "user_comments",
    "instrument_comments",
    "calibration_requirements",
)


@view(router, "/prepare/blocks/{block_id}", "preparation/block.html")
def show_block(stage: Stage, who: Signed, block_id: int) -> Block:
    """Show a block."""
    stored = items.block(stage, who, block_id)
    block, item = stored.block, stored.item
    found, _ = templates.templates(stage, who, block_id)
    time = timing.of_block(stage, who, block_id)
    status = STATUSES[item.status]
    return Block(
        id=item.id,
        run_id=item.run_id,
        kind=item.kind,
        name=item.name,
        status=item.status,
        meaning=status.meaning,
        editable=status.editable and bool(stored.latest_version),
        instrument=block.instrument,
        package_version=block.package_version,
        latest_version=stored.latest_version,
        version=item.version,
        absolute_version=stored.absolute_version,
        fields={name: str(getattr(block, name)) for name in _FIELDS},
        target=None
        if block.target is None
        else {name: str(value) for name, value in block.target.model_dump().items()},
        constraints=_constraints(stage, stored),
        intervals=[Interval(start=one.start, end=one.end) for one in block.absolute_intervals],
        templates=[_table(one) for one in found],
        choices=_choices(stage, stored),
        exposure_s=time.exposure_s,
        total_s=time.total_s,
        parts=list(time.parts),
        unknown=list(time.unknown),
        charts=[one.name for one in files.charts(stage, who, block_id)],
        history=[
            ChangeLine(id=one.id, at=one.at, user=one.user_name, summary=one.summary)
            for one in history.history(stage, who, block_id)
        ],
    )


def _constraints(stage: Preparation, stored: StoredBlock) -> list[ConstraintLine]:
    package = stage.package(stored.block.instrument, stored.block.package_version)
    if package is None:
        return [
            ConstraintLine(
                name=name, label=name, help="", unit="", text=str(value), choices=[], source=""
            )
            for name, value in stored.block.constraints.items()
        ]
    return [
        ConstraintLine(
            name=one.name,
            label=one.label or one.name,
            help=one.help,
            unit=one.unit,
            text=str(stored.block.constraints.get(one.name, "")),
            choices=list(one.choices),
            source=one.source or "",
        )
        for one in package.constraints
    ]


def _table(stored: StoredTemplate) -> TemplateTable:
    template = stored.template
    return TemplateTable(
        id=template.id,
        name=template.name,
        kind=template.kind,
        version=stored.version,
        parameters=[
            Parameter(
                name=one.name,
                label=one.label or one.name,
                help=one.help,
                unit=one.unit,
                type=one.type,
                text=spelt(template.parameters.get(one.name)),
                choices=_words(one),
                allowed="" if _words(one) else _allowed(one),
                fixed=one.fixed,
                source=one.source or "",
            )
            for one in stored.signature.parameters
            if not one.hidden
        ],
    )


def _words(parameter: TemplateParameter) -> list[str]:
    """Give the words to choose from; empty where one types the value."""
    if parameter.type is ParameterType.BOOLEAN:
        return ["T", "F"]
    if parameter.ranges or parameter.type not in _CHOSEN:
        return []
    return [spelt(choice) for choice in parameter.choices]


def _allowed(parameter: TemplateParameter) -> str:
    shown = [spelt(choice) for choice in parameter.choices]
    for one in parameter.ranges:
        low = "" if one.minimum is None else f"{one.minimum:g}"
        high = "" if one.maximum is None else f"{one.maximum:g}"
        shown.append(f"{low} … {high}")
    return ", ".join(shown)


def _choices(stage: Preparation, stored: StoredBlock) -> dict[str, list[str]]:
    package = stage.package(stored.block.instrument, stored.block.package_version)
    if package is None:
        return {}
    return {
        kind: [one.name for one in package.templates if one.kind is kind and "phase2" in one.phases]
        for kind in TemplateKind
    }


# ── What people do with a block ─────────────────────────────────────────────


async def _form(request: Request) -> FormData:
    return await request.form()


Typed = Annotated[FormData, Depends(_form)]


@router.post("/prepare/blocks/{block_id}/{action}", include_in_schema=False)
def act(
    request: Request, stage: Stage, who: Signed, block_id: int, action: str, typed: Typed
) -> Response:
    """Take one of the page's forms."""
    findings: tuple[Finding, ...] = ()
    try:
        if action in {"verify", "certify"}:
            found = lifecycle.verify(stage, who, block_id, submit=action == "certify")
            findings, said = found.findings, _verdict(found.observable, action)
        elif action in _ACTIONS:
            said = _ACTIONS[action](stage, who, block_id, typed)
        else:
            raise UserError(UNKNOWN_ACTION, f"nobody can {action} a block", where="action")
    except UserError as error:
        stored = show_block(stage, who, block_id)
        shown, differences = retyped(stored, action, typed)
        return page(
            request,
            "preparation/block.html",
            status=STATUS[error.code.kind],
            view=shown,
            problem=error,
            differences=differences if error.code is STALE else [],
        )
    if findings or action in {"verify", "certify"}:
        shown = show_block(stage, who, block_id)
        return page(request, "preparation/block.html", view=shown, findings=findings, verdict=said)
    if action == "delete":
        return see_other("/prepare", said)
    return see_other(f"/prepare/blocks/{block_id}", said)


class Difference(BaseModel):
    """A field that somebody else saved and that was typed otherwise."""

    field: str
    theirs: str
    yours: str


def retyped(stored: Block, action: str, typed: FormData) -> tuple[Block, list[Difference]]:
    """Put what somebody typed back into the page, so that nothing of it is lost.

    Returns
    -------
    tuple
        The page with what was typed, and where that differs from what is stored.
    """
    words = {key: value for key, value in typed.items() if isinstance(value, str)}
    found: list[Difference] = []

    def put(name: str, field: str, theirs: str) -> str:
        yours = words.get(name, theirs)
        if yours != theirs:
            found.append(Difference(field=field, theirs=theirs, yours=yours))
        return yours

    if action == "save-template":
        chosen = words.get("template_id", "")
        tables = [
            table.model_copy(
                update={
                    "parameters": [
                        one.model_copy(
                            update={"text": put(f"value.{one.name}", one.label, one.text)}
                        )
                        for one in table.parameters
                    ]
                }
            )
            if str(table.id) == chosen
            else table
            for table in stored.templates
        ]
        return stored.model_copy(update={"templates": tables}), found
    if action != "save":
        return stored, found
    fields = {name: put(name, name, text) for name, text in stored.fields.items()}
    target = stored.target and {
        name: put(f"target.{name}", f"target {name}", text) for name, text in stored.target.items()
    }
    constraints = [
        one.model_copy(update={"text": put(f"constraints.{one.name}", one.label, one.text)})
        for one in stored.constraints
    ]
    changed = {"fields": fields, "target": target, "constraints": constraints}
    return stored.model_copy(update=changed), found


def _verdict(observable: bool, action: str) -> str:
    if not observable:
        return "It is not observable."
    return "It is certified." if action == "certify" else "It is observable."


def _number(typed: Mapping[str, Any], name: str) -> int:
    try:
        return int(typed[name])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(BAD_VALUE, f"the form has no number {name}", where=name) from error


def _save_fields(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    changes: dict[str, Any] = {name: typed[name] for name in _FIELDS if name in typed}
    if "user_priority" in changes:
        changes["user_priority"] = _number(typed, "user_priority")
    target = {
        key.removeprefix("target."): value
        for key, value in typed.items()
        if key.startswith("target.")
    }
    if target:
        changes["target"] = target
    constraints = {
        key.removeprefix("constraints."): value
        for key, value in typed.items()
        if key.startswith("constraints.")
    }
    if constraints:
        changes["constraints"] = constraints
    items.save_block(stage, who, block_id, changes, _number(typed, "version"))
    return "Saved."


def _add_template(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    name = str(typed.get("template", ""))
    templates.add_template(stage, who, block_id, name)
    return f"{name} is added."


def _save_template(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    template_id = _number(typed, "template_id")
    values = {
        key.removeprefix("value."): value
        for key, value in typed.items()
        if key.startswith("value.") and value != ""
    }
    templates.save_parameters(stage, who, block_id, template_id, values, _number(typed, "version"))
    return "Saved."


def _delete_template(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    template_id = _number(typed, "template_id")
    templates.delete_template(stage, who, block_id, template_id, _number(typed, "version"))
    return "The template is deleted."


def _copy_template(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    templates.duplicate_template(stage, who, block_id, _number(typed, "template_id"))
    return "The template is copied."


def _add_interval(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    there, _ = intervals.absolute_intervals(stage, who, block_id)
    new = AbsoluteInterval(start=_moment(typed, "start"), end=_moment(typed, "end"))
    intervals.save_absolute_intervals(
        stage, who, block_id, [*there, new], _number(typed, "version")
    )
    return "The interval is added."


def _moment(typed: FormData, name: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(str(typed.get(name, "")))
    except ValueError as error:
        raise UserError(BAD_VALUE, "write a date and time, UTC", where=name) from error
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC)


def _delete_interval(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    there, _ = intervals.absolute_intervals(stage, who, block_id)
    index = _number(typed, "index")
    kept = [one for number, one in enumerate(there) if number != index]
    intervals.save_absolute_intervals(stage, who, block_id, kept, _number(typed, "version"))
    return "The interval is deleted."


def _add_chart(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    upload = typed.get("chart")

    if not isinstance(upload, UploadFile):
        raise UserError(BAD_VALUE, "choose a file", where="chart")
    content = upload.file.read()
    files.add_chart(stage, who, block_id, upload.filename or "", content)
    return "The finding chart is added."


def _delete_chart(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    files.delete_chart(stage, who, block_id, _number(typed, "index"))
    return "The finding chart is deleted."


def _revise(stage: Preparation, who: Principal, block_id: int, _: FormData) -> str:
    lifecycle.revise(stage, who, block_id)
    return "It can be changed again."


def _delete(stage: Preparation, who: Principal, block_id: int, typed: FormData) -> str:
    items.delete_item(stage, who, block_id, _number(typed, "version"), container=False)
    return "The block is deleted."


_ACTIONS: Mapping[str, Callable[[Preparation, Principal, int, FormData], str]] = {
    "save": _save_fields,
    "add-template": _add_template,
    "save-template": _save_template,
    "delete-template": _delete_template,
    "copy-template": _copy_template,
    "add-interval": _add_interval,
    "delete-interval": _delete_interval,
    "add-chart": _add_chart,
    "delete-chart": _delete_chart,
    "revise": _revise,
    "delete": _delete,
}


@router.get("/prepare/blocks/{block_id}/charts/{index}", include_in_schema=False)
def show_chart(stage: Stage, who: Signed, block_id: int, index: int) -> Response:
    """Show a finding chart, counted from one."""
    found = files.chart(stage, who, block_id, index)
    return Response(found.content, media_type=found.media_type)
