"""The fields of a block: how they begin, and what they may become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.instruments.logic import check_value, coerce_constraint
from dfs.instruments.logic.constraints import as_parameter
from dfs.plugin import ConstraintDefinition, ConstraintValue, InstrumentPackage, Target
from dfs.preparation.errors import CALIBRATION_BLOCK, UNKNOWN_PARAMETER
from dfs.preparation.logic.fields import (
    bad,
    read_comment,
    read_name,
    read_priority,
    read_target,
)
from dfs.preparation.logic.lifecycle import require_editable
from dfs.preparation.model import ItemKind, StoredBlock
from dfs.preparation.service.changes import changing
from dfs.preparation.service.context import Preparation, absent, require_version, run_of_item
from dfs.preparation.service.journal import ITEM, Record
from dfs.preparation.service.store import load_blocks, load_items
from dfs.preparation.tables import ItemRow
from dfs.programmes.model import Run

if TYPE_CHECKING:
    from dfs.ui.principal import Principal


def block(room: Preparation, who: Principal, item_id: int) -> StoredBlock:
    """Give a block, all of it.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    with Session(room.engine) as session:
        run = run_of_item(session, who, item_id)
        return block_in(room, session, run, item_id)


_BLOCK_VERSIONS: Final = (
    ItemRow.absolute_version,
    ItemRow.sidereal_version,
    ItemRow.templates_version,
    ItemRow.ephemeris_version,
)


def block_in(room: Preparation, session: Session, run: Run, item_id: int) -> StoredBlock:
    """Give a block of a run within a transaction.

    Raises
    ------
    UserError
        ``preparation.absent``.
    """
    found = load_items(session, ItemRow.id == item_id)
    if not found or not found[0].is_block:
        raise absent(item_id)
    versions = session.execute(select(*_BLOCK_VERSIONS).where(ItemRow.id == item_id)).one()
    content = load_blocks(session, run, ItemRow.id == item_id)[item_id]
    latest = room.latest(run.instrument)
    return StoredBlock(found[0], content, *versions, latest.version if latest else "")


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "name": lambda value: read_name(value, "name"),
    "user_priority": read_priority,
    "description_name": lambda value: read_name(value, "description_name", may_be_empty=True),
    "user_comments": lambda value: read_comment(value, "user_comments"),
    "instrument_comments": lambda value: read_comment(value, "instrument_comments"),
    "calibration_requirements": lambda value: read_comment(value, "calibration_requirements"),
    "constraint_set_name": lambda value: read_name(value, "constraint_set_name", may_be_empty=True),
}


def save_block(
    room: Preparation,
    who: Principal,
    item_id: int,
    changes: Mapping[str, Any],
    version: int | None,
) -> StoredBlock:
    """Change a block's own fields; what is not given stays.

    Parameters
    ----------
    changes : by the names of the contract: ``name``, ``user_priority``, comments,
        ``target`` (whole, or its fields by name), ``constraint_set_name``,
        ``constraints`` (by name).
    version : of the block for which the change was made.

    Raises
    ------
    UserError
        ``preparation.absent``, ``.version-missing``, ``.stale``, ``.status``, ``.value``,
        ``.unknown-parameter``, ``.calibration-block``, ``.read-only``, ``parameter.*``.
    """
    with changing(room, who, item_id, "change") as journal:
        row = journal.item(item_id)
        if not ItemKind(row["kind"]).is_block:
            raise absent(item_id)
        require_version(row["version"], version, f"{item_id}")
        require_editable(ItemKind(row["kind"]), row["status"])
        package = room.packages.get(journal.run.instrument, row["package_version"])
        journal.update(ITEM, row, read_changes(row, changes, package), "version")
        journal.summary = f"change {row['name']!r}"
    with Session(room.engine) as session:
        return block_in(room, session, journal.run, item_id)


def read_changes(row: Record, changes: Mapping[str, Any], package: InstrumentPackage) -> Record:
    """Read what is to be changed of a block, as its columns.

    Raises
    ------
    UserError
        ``preparation.value``, ``.unknown-parameter``, ``.calibration-block``,
        ``parameter.*``; `where` is the path of the field.
    """
    read: Record = {}
    for field, value in changes.items():
        if field in _READERS:
            read[field] = _READERS[field](value)
        elif field == "target":
            read["target"] = _read_target(row, value)
        elif field == "constraints":
            read["constraints"] = row["constraints"] | read_constraints(package, value)
        else:
            raise bad(field, "a block has no such field that can be changed")
    return read


def _read_target(row: Record, value: object) -> dict[str, Any] | None:
    if row["kind"] == ItemKind.CB:
        if value is None:
            return None
        raise UserError(CALIBRATION_BLOCK, "it has no target", where="target")
    if not isinstance(value, Target | Mapping):
        raise bad("target", "it is not a target")
    return read_target(value, Target.model_construct(**row["target"])).model_dump()


def read_constraints(package: InstrumentPackage, values: object) -> dict[str, float | str]:
    """Read constraints by name.

    Raises
    ------
    UserError
        ``preparation.value``, ``.unknown-parameter``, ``parameter.*``.
    """
    if not isinstance(values, Mapping):
        raise bad("constraints", "they are not given by name")
    read: dict[str, float | str] = {}
    for name, value in values.items():
        definition = package.constraint(name)
        where = f"constraints.{name}"
        if definition is None:
            raise UserError(
                UNKNOWN_PARAMETER,
                f"{package.instrume} {package.version} has no constraint {name!r}",
                where=where,
            )
        read[name] = _read_constraint(definition, value, where)
    return read


def starting_constraints(package: InstrumentPackage, run: Run) -> dict[str, float | str]:
    """Give the constraints of a new block: those of Phase 1, else the package's defaults."""
    values: dict[str, float | str] = {}
    for definition in package.constraints:
        values[definition.name] = definition.default
        granted = run.constraints.get(definition.name)
        if granted is not None:
            # What Phase 1 spells in a way that the package does not know is left out here;
            # verification compares the two and says so.
            with suppress(UserError):
                values[definition.name] = _read_constraint(definition, granted)
    return values


def _read_constraint(
    definition: ConstraintDefinition, value: object, where: str = ""
) -> ConstraintValue:
    read = coerce_constraint(definition, value, where)
    for problem in check_value(as_parameter(definition), read):
        raise UserError(problem.code, f"{definition.name}: {problem.message}", where=where)
    return read
