"""Descriptions, targets and constraint sets that somebody keeps to build blocks from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from dfs.foundation.database import writing
from dfs.foundation.errors import UserError
from dfs.plugin import ObservationBlock, Target, TemplateKind
from dfs.preparation.errors import NESTING, OTHER_INSTRUMENT
from dfs.preparation.logic.containers import nesting_problem
from dfs.preparation.logic.fields import bad, read_name, read_target
from dfs.preparation.model import ItemKind, LibraryEntry, LibraryKind, StoredBlock
from dfs.preparation.service.arranging import HOLDS, append_member, require_open
from dfs.preparation.service.blocks import (
    block,
    block_in,
    read_constraints,
    starting_constraints,
)
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation, absent, askable
from dfs.preparation.service.journal import ITEM, empty_item
from dfs.preparation.service.templates import append_template, as_json, read_parameters
from dfs.preparation.tables import LibraryRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

_COLUMNS = (
    LibraryRow.id,
    LibraryRow.kind,
    LibraryRow.name,
    LibraryRow.instrument,
    LibraryRow.package_version,
    LibraryRow.content,
    LibraryRow.created_at,
    LibraryRow.modified_at,
)


def entries(
    room: Preparation,
    who: Principal,
    kind: LibraryKind | None = None,
    *,
    instrument: str = "",
) -> list[LibraryEntry]:
    """Give what somebody keeps, by name.

    Parameters
    ----------
    kind : only of this kind.
    instrument : leave out what was written for another one.
    """
    query = select(*_COLUMNS).where(LibraryRow.user_id == who.user_id)
    if kind is not None:
        query = query.where(LibraryRow.kind == kind)
    if instrument:
        query = query.where(LibraryRow.instrument.in_(("", instrument)))
    with Session(room.engine) as session:
        rows = session.execute(query.order_by(LibraryRow.kind, LibraryRow.name))
        return [_entry(*row) for row in rows]


def _entry(id_: int, kind: str, *rest: Any) -> LibraryEntry:
    return LibraryEntry(id_, LibraryKind(kind), *rest)


def entry(room: Preparation, who: Principal, entry_id: int) -> LibraryEntry:
    """Give an entry of one's library.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        return _load(session, who, [entry_id])[0]


def _load(session: Session, who: Principal, ids: Iterable[int]) -> list[LibraryEntry]:
    wanted = [askable(one) for one in ids]
    query = select(*_COLUMNS).where(LibraryRow.user_id == who.user_id, LibraryRow.id.in_(wanted))
    found = {row.id: _entry(*row) for row in session.execute(query)}
    if missing := [one for one in wanted if one not in found]:
        raise absent(missing[0], "entry of your library")
    return [found[one] for one in wanted]


def keep(
    room: Preparation, who: Principal, item_id: int, kind: LibraryKind, name: str
) -> LibraryEntry:
    """Keep a part of a block; an entry of that kind and name becomes another one.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.value``: the block has no such part.
    """
    stored = block(room, who, item_id).block
    content = _part(stored, kind)
    is_target = kind is LibraryKind.TARGET
    values = {
        "name": read_name(name, "name"),
        "instrument": "" if is_target else stored.instrument,
        "package_version": "" if is_target else stored.package_version,
        "content": content,
        "modified_at": room.clock(),
    }
    same = (
        LibraryRow.user_id == who.user_id,
        LibraryRow.kind == kind,
        LibraryRow.name == values["name"],
    )
    with writing(room.engine) as session:
        id_ = session.scalar(select(LibraryRow.id).where(*same).with_for_update())
        if id_ is None:
            fresh = {"user_id": who.user_id, "kind": kind, "created_at": values["modified_at"]}
            id_ = session.scalar(
                insert(LibraryRow).values(**values, **fresh).returning(LibraryRow.id)
            )
        else:
            session.execute(update(LibraryRow).where(LibraryRow.id == id_).values(**values))
        return _load(session, who, [id_ or 0])[0]


def _part(stored: ObservationBlock, kind: LibraryKind) -> Mapping[str, Any]:
    if kind is LibraryKind.CONSTRAINTS:
        return {"name": stored.constraint_set_name, "constraints": dict(stored.constraints)}
    if kind is LibraryKind.TARGET:
        if stored.target is None:
            raise bad("target", "a calibration block has none")
        return stored.target.model_dump()
    return {
        "name": stored.description_name,
        "user_comments": stored.user_comments,
        "instrument_comments": stored.instrument_comments,
        "templates": [
            {
                "name": template.name,
                "kind": template.kind.value,
                "parameters": as_json(template.parameters),
            }
            for template in stored.templates
        ],
    }


def rename(room: Preparation, who: Principal, entry_id: int, name: str) -> LibraryEntry:
    """Give an entry another name.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.value``: the name is taken, or none.
    """
    wanted = read_name(name, "name")
    with writing(room.engine) as session:
        (found,) = _load(session, who, [entry_id])
        taken = session.scalar(
            select(LibraryRow.id).where(
                LibraryRow.user_id == who.user_id,
                LibraryRow.kind == found.kind,
                LibraryRow.name == wanted,
                LibraryRow.id != entry_id,
            )
        )
        if taken is not None:
            raise bad("name", f"there is a {found.kind} {wanted!r} already")
        values = {"name": wanted, "modified_at": room.clock()}
        session.execute(update(LibraryRow).where(LibraryRow.id == entry_id).values(**values))
        return _load(session, who, [entry_id])[0]


def discard(room: Preparation, who: Principal, entry_id: int) -> None:
    """Keep an entry no more.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with writing(room.engine) as session:
        _load(session, who, [entry_id])
        session.execute(delete(LibraryRow).where(LibraryRow.id == entry_id))


def make_block(
    room: Preparation, who: Principal, container_id: int, name: str, entry_ids: Iterable[int]
) -> StoredBlock:
    """Make a block from entries of one's library, at most one of a kind.

    The block is written for the package of its description, else for the newest.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.nesting``, ``.certified-container``, ``.value``,
        ``.other-instrument``, ``.unknown-template``, ``.unknown-parameter``,
        ``.read-only``, ``parameter.*``, ``instruments.unknown-package``.
    """
    with changing(room, who, container_id, f"make OB {name!r} from the library") as journal:
        run = journal.run
        chosen: dict[LibraryKind, LibraryEntry] = {}
        for one in _load(journal.session, who, entry_ids):
            if one.kind in chosen:
                raise bad("entries", f"there are two of kind {one.kind}")
            if one.instrument and one.instrument.casefold() != run.instrument.casefold():
                raise UserError(OTHER_INSTRUMENT, f"{one.name!r} is for {one.instrument}")
            chosen[one.kind] = one
        around = journal.item(container_id)
        problem = nesting_problem(ItemKind.OB, ItemKind(around["kind"]), is_service=run.is_service)
        if problem:
            raise UserError(NESTING, problem, where=f"{container_id}")
        require_open(around)
        description = chosen.get(LibraryKind.DESCRIPTION)
        package = (
            room.packages.get(run.instrument, description.package_version)
            if description
            else room.packages.latest(run.instrument)
        )
        values = empty_item(ItemKind.OB, read_name(name, "name"), run.id, container_id, 0)
        values |= append_member(journal, around) | {
            "package_version": package.version,
            "description_name": values["name"],
            "constraints": starting_constraints(package, run),
        }
        if target := chosen.get(LibraryKind.TARGET):
            values["target"] = read_target(target.content, Target()).model_dump()
        if constraints := chosen.get(LibraryKind.CONSTRAINTS):
            values["constraint_set_name"] = constraints.content["name"]
            values["constraints"] |= read_constraints(package, constraints.content["constraints"])
        if description:
            for field in ("user_comments", "instrument_comments"):
                values[field] = description.content[field]
            values["description_name"] = description.content["name"]
        made = journal.insert(ITEM, values)
        row = journal.item(made)
        for index, template in enumerate(description.content["templates"] if description else ()):
            path = f"templates[{index}].parameters"
            known = {"name": template["name"], "parameters": template["parameters"]}
            read = read_parameters(package, known, {}, path)
            kind = TemplateKind(template["kind"])
            append_template(journal, row, template["name"], kind, read)
        journal.count_up(around, *HOLDS)
    with Session(room.engine) as session:
        return block_in(room, session, run, made)
