"""The README: what the author of a run tells the observers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dfs.foundation.errors import UserError
from dfs.preparation.errors import README as README_ERROR
from dfs.preparation.logic.fields import COMMENT_LENGTH, bad, read_comment
from dfs.preparation.model import Readme
from dfs.preparation.service.changes import changing_run
from dfs.preparation.service.context import Preparation, read_run, require_version
from dfs.preparation.service.journal import README, Journal, Record
from dfs.preparation.tables import ReadmeRow

if TYPE_CHECKING:
    from dfs.ui.principal import Principal

SECTIONS: Final[Mapping[str, tuple[str, bool]]] = {
    "strategy": ("How the blocks belong together, and what must come first", True),
    "priorities": ("What matters most if not all can be observed", False),
    "acquisition": ("How to recognise the target and what to do if it is not seen", False),
    "conditions": ("What may be relaxed, and what never", False),
    "contact": ("Whom to ask during the night, and how", False),
    "remarks": ("Anything else", False),
}
"""Sections with what belongs in them, and whether the run cannot be submitted without;
ours: nobody has published the schema of the original."""


def schema(room: Preparation, who: Principal, run_id: int) -> dict[str, Any]:
    """Give what a README may say, as JSON Schema.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        read_run(session, who, run_id)
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": text, "maxLength": COMMENT_LENGTH}
            for name, (text, _) in SECTIONS.items()
        },
        "required": [name for name, (_, required) in SECTIONS.items() if required],
        "additionalProperties": False,
    }


def readme(room: Preparation, who: Principal, run_id: int) -> Readme:
    """Give the README of a run; its sections are empty if nobody wrote it.

    Raises
    ------
    UserError
        ``run.absent``.
    """
    with Session(room.engine) as session:
        return load_readme(session, read_run(session, who, run_id).id)


def load_readme(session: Session, run_id: int) -> Readme:
    """Give the README of a run within a transaction."""
    columns = (ReadmeRow.content, ReadmeRow.version, ReadmeRow.locked)
    found = session.execute(select(*columns).where(ReadmeRow.run_id == run_id)).one_or_none()
    stored: Mapping[str, str] = found.content if found else {}
    version, locked = (found.version, found.locked) if found else (0, False)
    content = {name: stored.get(name, "") for name in SECTIONS}
    missing = tuple(
        name for name, (_, required) in SECTIONS.items() if required and not content[name].strip()
    )
    return Readme(run_id, content, version, locked, missing)


def save_readme(
    room: Preparation,
    who: Principal,
    run_id: int,
    changes: Mapping[str, object],
    version: int | None,
) -> Readme:
    """Change sections of a README; those that are not given stay.

    Raises
    ------
    UserError
        ``run.absent``, ``run.forbidden``, ``preparation.version-missing``, ``.stale``,
        ``.value``, ``.readme`` (it was submitted), ``.read-only``.
    """
    with changing_run(room, who, run_id, "change the README") as journal:
        now = load_readme(journal.session, run_id)
        require_version(now.version, version, f"readme of {run_id}")
        if now.locked:
            raise UserError(README_ERROR, "it was submitted with the run", where="readme")
        content = dict(now.content)
        for name, text in changes.items():
            if name not in SECTIONS:
                raise bad(f"readme.{name}", "the README has no such section")
            content[name] = read_comment(text, f"readme.{name}")
        write_readme(journal, {"content": content})
    return readme(room, who, run_id)


def write_readme(journal: Journal, values: Mapping[str, Any]) -> None:
    """Write the README, or whether it is locked."""
    run_id = journal.run.id
    there = journal.rows(README, README.table.c.run_id == run_id)
    if there:
        journal.update(README, there[0], values, "version")
    else:
        fresh: Record = {"run_id": run_id, "content": {}, "locked": False}
        journal.insert(README, fresh | dict(values))
