"""Templates of a block: what the instrument is to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.instruments.logic import accept, default_parameters
from dfs.plugin import (
    InstrumentPackage,
    ParameterType,
    Template,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TemplateValue,
)
from dfs.preparation.errors import (
    ACQUISITION,
    OTHER_INSTRUMENT,
    UNKNOWN_PARAMETER,
    UNKNOWN_TEMPLATE,
)
from dfs.preparation.logic.containers import reordered
from dfs.preparation.logic.fields import bad
from dfs.preparation.logic.lifecycle import require_editable
from dfs.preparation.model import ItemKind, StoredTemplate
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import (
    Preparation,
    absent,
    require_version,
    run_of_item,
)
from dfs.preparation.service.journal import FILE, TEMPLATE, Journal, Record
from dfs.preparation.service.store import template_of
from dfs.preparation.tables import ItemRow, TemplateRow
from dfs.programmes.model import Run

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

__all__ = [
    "StoredTemplate",
    "add_template",
    "delete_template",
    "duplicate_template",
    "editable_block",
    "reorder_templates",
    "save_parameters",
    "template",
    "templates",
]

FILES: Final = frozenset({ParameterType.FILE, ParameterType.PARAMETER_FILE})

# ── Looking ─────────────────────────────────────────────────────────────────


def templates(room: Preparation, who: Principal, item_id: int) -> tuple[list[StoredTemplate], int]:
    """Give the templates of a block, the acquisition first, and the version of their list.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run = run_of_item(session, who, item_id)
        return _templates(room, session, run, item_id)


def _templates(
    room: Preparation, session: Session, run: Run, item_id: int
) -> tuple[list[StoredTemplate], int]:
    columns = (ItemRow.kind, ItemRow.package_version, ItemRow.templates_version)
    block = session.execute(select(*columns).where(ItemRow.id == item_id)).one_or_none()
    if block is None or not ItemKind(block.kind).is_block:
        raise absent(item_id)
    package = room.package(run.instrument, block.package_version)
    query = (
        select(
            TemplateRow.id,
            TemplateRow.name,
            TemplateRow.kind,
            TemplateRow.parameters,
            TemplateRow.version,
        )
        .where(TemplateRow.item_id == item_id)
        .order_by(TemplateRow.position, TemplateRow.id)
    )
    found = [
        _stored(template_of(id_, name, kind, parameters), version, package)
        for id_, name, kind, parameters, version in session.execute(query)
    ]
    return found, block.templates_version


def template(room: Preparation, who: Principal, item_id: int, template_id: int) -> StoredTemplate:
    """Give a template of a block.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    for found in templates(room, who, item_id)[0]:
        if found.template.id == template_id:
            return found
    raise absent(template_id, "template")


def _stored(found: Template, version: int, package: InstrumentPackage | None) -> StoredTemplate:
    signature = package.template(found.name) if package else None
    return StoredTemplate(found, version, signature or _stand_in(found))


def _stand_in(found: Template) -> TemplateSignature:
    """Give the signature that stored values tell of, where nobody knows the real one."""
    return TemplateSignature(
        name=found.name,
        kind=found.kind,
        parameters=tuple(
            TemplateParameter(name=name, type=_type_of(value))
            for name, value in found.parameters.items()
        ),
    )


def _type_of(value: TemplateValue) -> ParameterType:
    if isinstance(value, tuple):
        is_text = any(isinstance(each, str) for each in value)
        return ParameterType.KEYWORDS if is_text else ParameterType.NUMBERS
    if isinstance(value, bool):
        return ParameterType.BOOLEAN
    return ParameterType.NUMBER if isinstance(value, int | float) else ParameterType.STRING


# ── Changing ────────────────────────────────────────────────────────────────


def editable_block(journal: Journal, item_id: int) -> Record:
    """Give a block that its author may change.

    Raises
    ------
    UserError
        ``preparation.absent`` or ``.status``.
    """
    row = journal.item(item_id)
    kind = ItemKind(row["kind"])
    if not kind.is_block:
        raise absent(item_id)
    require_editable(kind, row["status"])
    return row


def add_template(room: Preparation, who: Principal, item_id: int, name: str) -> StoredTemplate:
    """Add a template with its default values; an acquisition becomes the first.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.unknown-template``, ``.acquisition``,
        ``.read-only``.
    """
    with changing(room, who, item_id, f"add {name}") as journal:
        row = editable_block(journal, item_id)
        package = room.packages.get(journal.run.instrument, row["package_version"])
        signature = _signature(package, name)
        made = append_template(journal, row, name, signature.kind, default_parameters(signature))
    return template(room, who, item_id, made)


def _signature(package: InstrumentPackage, name: str) -> TemplateSignature:
    signature = package.template(name)
    if signature is None or "phase2" not in signature.phases:
        raise UserError(
            UNKNOWN_TEMPLATE,
            f"{package.instrume} {package.version} has no template {name!r}",
            where="name",
        )
    return signature


def append_template(
    journal: Journal,
    block: Record,
    name: str,
    kind: TemplateKind,
    parameters: Mapping[str, Any],
) -> int:
    """Write a template at the end of a block, an acquisition at its beginning.

    Raises
    ------
    UserError
        ``preparation.acquisition``: there is one already.
    """
    there = _rows(journal, block["id"])
    is_acquisition = kind is TemplateKind.ACQUISITION
    if is_acquisition and any(row["kind"] == kind for row in there):
        raise UserError(ACQUISITION, f"it has {there[0]['name']} already", where="templates")
    places = [row["position"] for row in there]
    made = journal.insert(
        TEMPLATE,
        {
            "item_id": block["id"],
            "position": min(places, default=1) - 1
            if is_acquisition
            else max(places, default=0) + 1,
            "name": name,
            "kind": kind.value,
            "parameters": as_json(parameters),
        },
    )
    journal.count_up(block, "templates_version")
    return made


def save_parameters(
    room: Preparation,
    who: Principal,
    item_id: int,
    template_id: int,
    values: Mapping[str, object],
    version: int | None,
) -> StoredTemplate:
    """Change values of a template; parameters that are not named stay.

    Parameters
    ----------
    values : by parameter, as clients spell them.
    version : of the template for which the change was made.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``,
        ``.unknown-parameter``, ``.value``, ``.read-only``, ``parameter.*``; `where` is the
        path of the value.
    """
    with changing(room, who, item_id, "change") as journal:
        block = editable_block(journal, item_id)
        rows = _rows(journal, item_id)
        index = _index(rows, template_id)
        row = rows[index]
        require_version(row["version"], version, f"{template_id}")
        package = room.packages.get(journal.run.instrument, block["package_version"])
        path = f"templates[{index}].parameters"
        read = read_parameters(package, row, values, path)
        journal.update(TEMPLATE, row, {"parameters": read}, "version")
        journal.summary = f"change {row['name']} of {block['name']!r}"
    return template(room, who, item_id, template_id)


def read_parameters(
    package: InstrumentPackage, row: Record, values: Mapping[str, object], path: str
) -> dict[str, Any]:
    """Read values for a template, and give all of its values with them.

    Raises
    ------
    UserError
        ``preparation.unknown-template``, ``.unknown-parameter``, ``.value``,
        ``parameter.*``.
    """
    signature = _signature(package, row["name"])
    known = {parameter.name: parameter for parameter in signature.parameters}
    read: dict[str, Any] = dict(row["parameters"])
    for name, value in values.items():
        where = f"{path}.{name}"
        parameter = known.get(name)
        if parameter is None:
            raise UserError(
                UNKNOWN_PARAMETER, f"{row['name']} has no parameter {name!r}", where=where
            )
        current = read.get(name)
        if value is None and current is not None:
            raise bad(where, "a value that was given can be changed, not taken away")
        if parameter.type in FILES and value != current:
            raise bad(where, "its value is a file, which is uploaded by itself")
        read[name] = accept(parameter, value, where)
    return as_json(read)


def as_json(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Write values as JSON can hold them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in parameters.items()
    }


def reorder_templates(
    room: Preparation,
    who: Principal,
    item_id: int,
    ids: Sequence[int],
    version: int | None,
) -> tuple[list[StoredTemplate], int]:
    """Put the templates of a block in another order; the acquisition stays the first.

    Parameters
    ----------
    ids : of all templates.
    version : of their list, as :func:`templates` gives it.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``, ``.value``,
        ``.acquisition``, ``.read-only``.
    """
    with changing(room, who, item_id, "reorder templates") as journal:
        block = editable_block(journal, item_id)
        require_version(block["templates_version"], version, f"{item_id}")
        rows = {row["id"]: row for row in _rows(journal, item_id)}
        ordered = [rows[one] for one in reordered(list(rows), ids)]
        if any(row["kind"] == TemplateKind.ACQUISITION for row in ordered[1:]):
            raise UserError(ACQUISITION, "it would not be the first", where="templates")
        places = [(row, {"position": place}) for place, row in enumerate(ordered)]
        if journal.update_many(TEMPLATE, places):
            journal.count_up(block, "templates_version")
    return templates(room, who, item_id)


def delete_template(
    room: Preparation, who: Principal, item_id: int, template_id: int, version: int | None
) -> None:
    """Take a template out of a block, with its files.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``,
        ``.read-only``.
    """
    with changing(room, who, item_id, "delete template") as journal:
        block = editable_block(journal, item_id)
        rows = _rows(journal, item_id)
        row = rows[_index(rows, template_id)]
        require_version(row["version"], version, f"{template_id}")
        for file in journal.rows(FILE, FILE.table.c.template_id == template_id):
            journal.delete(FILE, file)
        journal.delete(TEMPLATE, row)
        journal.count_up(block, "templates_version")
        journal.summary = f"delete {row['name']} of {block['name']!r}"


def duplicate_template(
    room: Preparation,
    who: Principal,
    item_id: int,
    template_id: int,
    into: int | None = None,
) -> StoredTemplate:
    """Copy a template, with its files, to the end of its block, or of another one.

    Parameters
    ----------
    into : a block of the same version of the package; None for the same block.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.acquisition``, ``.other-instrument``,
        ``.read-only``.
    """
    destination = item_id if into is None else into
    with changing(room, who, destination, "copy template") as journal:
        source = run_of_item(journal.session, who, item_id)
        block = editable_block(journal, destination)
        rows = _rows(journal, item_id)
        row = rows[_index(rows, template_id)]
        version = journal.session.scalar(
            select(ItemRow.package_version).where(ItemRow.id == item_id)
        )
        written_for = (source.instrument, version)
        if written_for != (journal.run.instrument, block["package_version"]):
            raise UserError(
                OTHER_INSTRUMENT,
                f"it was written for {source.instrument} {version}, block {destination} for "
                f"{journal.run.instrument} {block['package_version']}",
                where=f"{destination}",
            )
        kind = TemplateKind(row["kind"])
        made = append_template(journal, block, row["name"], kind, row["parameters"])
        for file in journal.rows(FILE, FILE.table.c.template_id == template_id):
            values = {name: file[name] for name in FILE.columns}
            journal.insert(FILE, values | {"item_id": destination, "template_id": made})
        journal.summary = f"copy {row['name']} to {block['name']!r}"
    return template(room, who, destination, made)


def _rows(journal: Journal, item_id: int) -> list[Record]:
    columns = TEMPLATE.table.c
    return journal.rows(TEMPLATE, columns.item_id == item_id, order=columns.position)


def _index(rows: Sequence[Record], template_id: int) -> int:
    for index, row in enumerate(rows):
        if row["id"] == template_id:
            return index
    raise absent(template_id, "template")
