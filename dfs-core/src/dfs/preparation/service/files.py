"""Finding charts, ephemerides and files of parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.plugin import ParameterType
from dfs.preparation.ephemeris import records
from dfs.preparation.errors import (
    CALIBRATION_BLOCK,
    CHART,
    CHART_COUNT,
    NO_PILLOW,
    UNKNOWN_PARAMETER,
)
from dfs.preparation.logic.attachments import (
    CHARTS,
    check_jpeg,
    check_size,
    read_file_name,
    read_text,
    shown_name,
)
from dfs.preparation.model import FileKind, ItemKind, StoredFile
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation, absent, require_version, run_of_item
from dfs.preparation.service.journal import FILE, TEMPLATE, Journal, Record
from dfs.preparation.service.templates import FILES, editable_block
from dfs.preparation.tables import BlobRow, FileRow, ItemRow, TemplateRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

_JPEG: Final = "image/jpeg"
_TEXT: Final = "text/plain"

# ── Finding charts ──────────────────────────────────────────────────────────


def charts(room: Preparation, who: Principal, item_id: int) -> list[StoredFile]:
    """Give the finding charts of a block in order, without their content.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        query = select(*_LISTED).where(FileRow.item_id == item_id, FileRow.kind == FileKind.CHART)
        return [
            StoredFile(*row)
            for row in session.execute(query.order_by(FileRow.position, FileRow.id))
        ]


_LISTED: Final = (
    FileRow.name,
    FileRow.media_type,
    FileRow.size,
    FileRow.sha256,
    FileRow.version,
)


def chart(room: Preparation, who: Principal, item_id: int, index: int) -> StoredFile:
    """Give a finding chart.

    Parameters
    ----------
    index : counted from 1.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        query = (
            select(*_LISTED, BlobRow.content)
            .join(BlobRow, BlobRow.sha256 == FileRow.sha256)
            .where(FileRow.item_id == item_id, FileRow.kind == FileKind.CHART)
            .order_by(FileRow.position, FileRow.id)
        )
        found = session.execute(query).all()
        if not 1 <= index <= len(found):
            raise absent(index, "finding chart")
        return StoredFile(*found[index - 1])


def add_chart(
    room: Preparation, who: Principal, item_id: int, name: str, content: bytes
) -> StoredFile:
    """Add a finding chart behind the others.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.file-name``, ``.file-size``, ``.chart``,
        ``.chart-count``, ``.read-only``.
    """
    with changing(room, who, item_id, f"add finding chart {name}") as journal:
        editable_block(journal, item_id)
        put_chart(journal, item_id, name, content)
    return charts(room, who, item_id)[-1]


def put_chart(journal: Journal, item_id: int, name: str, content: bytes) -> None:
    """Add a finding chart to a block that may be changed.

    Raises
    ------
    UserError
        ``preparation.file-name``, ``.file-size``, ``.chart``, ``.chart-count``.
    """
    read_file_name(name)
    check_jpeg(content)
    _decode(content)
    file = _file(FileKind.CHART, name, _JPEG, content)
    _append_chart(journal, item_id, file | {"sha256": _keep(journal, content)})


def _decode(content: bytes) -> None:
    """Insist that the image can be decoded; its size was looked at before."""
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise UserError(NO_PILLOW, "Pillow is not installed") from error
    try:
        with Image.open(BytesIO(content), formats=["JPEG"]) as image:
            image.draft("L", (64, 64))
            image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(CHART, f"it cannot be decoded: {error}", where="content") from error


def _append_chart(journal: Journal, item_id: int, file: Record) -> None:
    there = _charts(journal, item_id)
    if len(there) >= CHARTS:
        raise UserError(CHART_COUNT, f"it has {len(there)} already", where=f"{item_id}")
    place = there[-1]["position"] + 1 if there else 1
    journal.insert(FILE, file | {"item_id": item_id, "position": place})


def _charts(journal: Journal, item_id: int) -> list[Record]:
    columns = FILE.table.c
    where = (columns.item_id == item_id, columns.kind == FileKind.CHART)
    return journal.rows(FILE, *where, order=columns.position)


def delete_chart(room: Preparation, who: Principal, item_id: int, index: int) -> None:
    """Take a finding chart away; those behind it move up.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.read-only``.
    """
    with changing(room, who, item_id, "delete finding chart") as journal:
        editable_block(journal, item_id)
        row = _chart(_charts(journal, item_id), index)
        journal.delete(FILE, row)
        journal.summary = f"delete finding chart {row['name']}"


def duplicate_chart(
    room: Preparation, who: Principal, item_id: int, index: int, into: int
) -> StoredFile:
    """Copy a finding chart to another block.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.status``, ``.chart-count``, ``.read-only``.
    """
    with changing(room, who, into, "copy finding chart") as journal:
        run_of_item(journal.session, who, item_id)
        editable_block(journal, into)
        row = _chart(_charts(journal, item_id), index)
        _append_chart(journal, into, {name: row[name] for name in FILE.columns})
        journal.summary = f"copy finding chart {row['name']}"
    return charts(room, who, into)[-1]


def _chart(rows: Sequence[Record], index: int) -> Record:
    if not 1 <= index <= len(rows):
        raise absent(index, "finding chart")
    return rows[index - 1]


# ── Ephemerides ─────────────────────────────────────────────────────────────


def ephemeris(room: Preparation, who: Principal, item_id: int) -> StoredFile:
    """Give the ephemeris of a block; its content is empty if it has none.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        query = select(ItemRow.kind, ItemRow.ephemeris_version).where(ItemRow.id == item_id)
        kind, version = session.execute(query).one()
        if not ItemKind(kind).is_block:
            raise absent(item_id)
        where = (FileRow.item_id == item_id, FileRow.kind == FileKind.EPHEMERIS)
        name, content = _content(session, *where)
    return _text_file(name, content, version)


def save_ephemeris(
    room: Preparation,
    who: Principal,
    item_id: int,
    name: str,
    content: bytes,
    version: int | None,
) -> StoredFile:
    """Save the ephemeris of a block.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``,
        ``.file-name``, ``.file-size``, ``.value``, ``.ephemeris``, ``.calibration-block``,
        ``.read-only``.
    """
    with changing(room, who, item_id, f"save ephemeris {name}") as journal:
        block = editable_block(journal, item_id)
        require_version(block["ephemeris_version"], version, f"{item_id}")
        put_ephemeris(journal, block, name, content)
    return ephemeris(room, who, item_id)


def put_ephemeris(journal: Journal, block: Record, name: str, content: bytes) -> None:
    """Give a block that may be changed its ephemeris.

    Raises
    ------
    UserError
        ``preparation.file-name``, ``.file-size``, ``.value``, ``.ephemeris``,
        ``.calibration-block``.
    """
    read_file_name(name)
    records(read_text(content))
    if block["kind"] == ItemKind.CB:
        raise UserError(CALIBRATION_BLOCK, "it has no ephemeris", where="ephemeris")
    file = _file(FileKind.EPHEMERIS, name, _TEXT, content)
    file |= {"item_id": block["id"], "sha256": _keep(journal, content)}
    there = _ephemerides(journal, block["id"])
    changed = True
    if there:
        changed = journal.update(FILE, there[0], file, "version")
    else:
        journal.insert(FILE, file)
    if changed:
        journal.count_up(block, "ephemeris_version")


def delete_ephemeris(room: Preparation, who: Principal, item_id: int, version: int | None) -> None:
    """Take the ephemeris of a block away, if it has one.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``,
        ``.read-only``.
    """
    with changing(room, who, item_id, "delete ephemeris") as journal:
        block = editable_block(journal, item_id)
        require_version(block["ephemeris_version"], version, f"{item_id}")
        for row in _ephemerides(journal, item_id):
            journal.delete(FILE, row)
        if journal.has_changes:
            journal.count_up(block, "ephemeris_version")


def _ephemerides(journal: Journal, item_id: int) -> list[Record]:
    columns = FILE.table.c
    return journal.rows(FILE, columns.item_id == item_id, columns.kind == FileKind.EPHEMERIS)


# ── Files of parameters ─────────────────────────────────────────────────────


def parameter_file(
    room: Preparation, who: Principal, item_id: int, template_id: int, parameter: str
) -> StoredFile:
    """Give the file of a parameter; its content is empty if it has none.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.unknown-parameter``.
    """
    with Session(room.engine) as session:
        run = run_of_item(session, who, item_id)
        query = (
            select(TemplateRow.name, TemplateRow.version, ItemRow.package_version)
            .join(ItemRow, ItemRow.id == TemplateRow.item_id)
            .where(TemplateRow.id == template_id, TemplateRow.item_id == item_id)
        )
        found = session.execute(query).one_or_none()
        if found is None:
            raise absent(template_id, "template")
        template, version, package_version = found
        _require_file_parameter(room, run.instrument, package_version, template, parameter)
        where = (FileRow.template_id == template_id, FileRow.parameter == parameter)
        name, content = _content(session, *where)
    return _text_file(name, content, version)


def save_parameter_file(
    room: Preparation,
    who: Principal,
    item_id: int,
    template_id: int,
    parameter: str,
    name: str,
    content: bytes,
    version: int | None,
) -> StoredFile:
    """Set the file of a parameter; the parameter's value becomes its name.

    Parameters
    ----------
    content : text; of a parameter file the value is its ``PAF.NAME``.
    version : of the template.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``,
        ``.unknown-parameter``, ``.file-name``, ``.file-size``, ``.value``, ``.read-only``.
    """
    with changing(room, who, item_id, f"save {name}") as journal:
        block = editable_block(journal, item_id)
        columns = TEMPLATE.table.c
        found = journal.rows(TEMPLATE, columns.id == template_id, columns.item_id == item_id)
        if not found:
            raise absent(template_id, "template")
        template = found[0]
        require_version(template["version"], version, f"{template_id}")
        put_parameter_file(room, journal, block, template, parameter, name, content)
        journal.summary = f"save {name} as {parameter} of {template['name']}"
    return parameter_file(room, who, item_id, template_id, parameter)


def put_parameter_file(
    room: Preparation,
    journal: Journal,
    block: Record,
    template: Record,
    parameter: str,
    name: str,
    content: bytes,
) -> None:
    """Give a parameter of a block that may be changed its file.

    Raises
    ------
    UserError
        ``preparation.unknown-parameter``, ``.file-name``, ``.file-size``, ``.value``.
    """
    read_file_name(name)
    text = read_text(content)
    kind = _require_file_parameter(
        room, journal.run.instrument, block["package_version"], template["name"], parameter
    )
    value = shown_name(text, name) if kind is ParameterType.PARAMETER_FILE else name
    file = _file(FileKind.PARAMETER, name, _TEXT, content)
    file |= {
        "item_id": block["id"],
        "template_id": template["id"],
        "parameter": parameter,
        "sha256": _keep(journal, content),
    }
    files = FILE.table.c
    there = journal.rows(FILE, files.template_id == template["id"], files.parameter == parameter)
    changed = True
    if there:
        changed = journal.update(FILE, there[0], file, "version")
    else:
        journal.insert(FILE, file)
    values = template["parameters"] | {parameter: value}
    changed |= journal.update(TEMPLATE, template, {"parameters": values})
    if changed:
        journal.count_up(template, "version", kept=TEMPLATE)


def _require_file_parameter(
    room: Preparation, instrument: str, version: str, template: str, name: str
) -> ParameterType | None:
    package = room.package(instrument, version)
    signature = package.template(template) if package else None
    if signature is None:
        return None
    for parameter in signature.parameters:
        if parameter.name == name and parameter.type in FILES:
            return parameter.type
    raise UserError(UNKNOWN_PARAMETER, f"{template} has no file parameter {name!r}", where=name)


# ── Small things ────────────────────────────────────────────────────────────


def _file(kind: FileKind, name: str, media_type: str, content: bytes) -> Record:
    return {
        "kind": kind.value,
        "template_id": None,
        "parameter": "",
        "position": 1,
        "name": name,
        "media_type": media_type,
        "size": len(content),
    }


def _keep(journal: Journal, content: bytes) -> str:
    """Store content once; give its digest."""
    check_size(content)
    digest = hashlib.sha256(content).hexdigest()
    known = journal.session.scalar(select(BlobRow.sha256).where(BlobRow.sha256 == digest))
    if known is None:
        journal.session.execute(insert(BlobRow).values(sha256=digest, content=content))
    return digest


def _content(session: Session, *where: ColumnElement[bool]) -> tuple[str, bytes]:
    query = (
        select(FileRow.name, BlobRow.content)
        .join(BlobRow, BlobRow.sha256 == FileRow.sha256)
        .where(*where)
    )
    found = session.execute(query).one_or_none()
    return (found.name, found.content) if found else ("", b"")


def _text_file(name: str, content: bytes, version: int) -> StoredFile:
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(name, _TEXT, len(content), digest, version, content)
