"""Blocks and containers with all their files, out of the database and in again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.plugin import Container, ObservationBlock
from dfs.preparation.formats import archive
from dfs.preparation.formats.reading import read
from dfs.preparation.model import FileKind, Item
from dfs.preparation.service import items
from dfs.preparation.service.building import build
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation, run_of_item
from dfs.preparation.tables import BlobRow, FileRow, TemplateRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in.

    Parameters
    ----------
    item : the block or container.
    remarks : what of the file has no place here, in sentences.
    """

    item: Item
    remarks: tuple[str, ...]


def bundle(room: Preparation, who: Principal, item_id: int) -> archive.Bundle:
    """Give a block or a container with all its files.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    item: ObservationBlock | Container
    if items.item(room, who, item_id).is_block:
        item = items.block(room, who, item_id).block
    else:
        item = items.container(room, who, item_id)
    with Session(room.engine) as session:
        run_of_item(session, who, item_id)
        return archive.Bundle(item, _files(session, archive.blocks_of(item)))


def export(room: Preparation, who: Principal, item_id: int) -> bytes:
    """Write a block or a container with all its files as ZIP.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    return archive.pack(bundle(room, who, item_id))


def import_(
    room: Preparation, who: Principal, container_id: int, content: bytes, *, name: str = ""
) -> Imported:
    """Store what a file holds at the end of a container, all of it or nothing.

    Parameters
    ----------
    content : of the file: ZIP, OBX, JSON or YAML.
    name : of the file, for messages.

    Raises
    ------
    UserError
        ``format.*``, ``preparation.*``, ``parameter.*``.
    """
    found = read(content, room.packages, name=name)
    with changing(room, who, container_id, f"import {found.item.name!r}") as journal:
        (made,) = build(room, journal, container_id, [found.item], found.files)
    return Imported(items.item(room, who, made), found.remarks)


def _files(
    session: Session, blocks: tuple[ObservationBlock, ...]
) -> dict[int, list[archive.ArchivedFile]]:
    index = {block.id: number for number, block in enumerate(blocks)}
    place = {
        template.id: number for block in blocks for number, template in enumerate(block.templates)
    }
    query = (
        select(
            FileRow.item_id,
            FileRow.kind,
            FileRow.name,
            FileRow.template_id,
            FileRow.parameter,
            BlobRow.content,
        )
        .join(BlobRow, BlobRow.sha256 == FileRow.sha256)
        .outerjoin(TemplateRow, TemplateRow.id == FileRow.template_id)
        .where(FileRow.item_id.in_(list(index)))
        .order_by(FileRow.item_id, FileRow.kind, FileRow.position, FileRow.id)
    )
    found: dict[int, list[archive.ArchivedFile]] = {}
    for item_id, kind, name, template_id, parameter, content in session.execute(query):
        found.setdefault(index[item_id], []).append(
            archive.ArchivedFile(
                FileKind(kind).value,
                name,
                content,
                None if template_id is None else place[template_id],
                parameter,
            )
        )
    return found
