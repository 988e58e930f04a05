"""What verification finds, and remembers while nothing changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

from dfs.plugin import Container, Finding
from dfs.preparation import verdict
from dfs.preparation.service.context import Preparation
from dfs.preparation.service.facts import Surroundings
from dfs.preparation.service.store import load_blocks
from dfs.preparation.tables import ItemRow, VerificationRow
from dfs.preparation.verification import blocks_observation

Found = dict[int, tuple[Finding, ...]]
"""Findings by block."""


def find(
    room: Preparation, session: Session, around: Surroundings, ids: Collection[int]
) -> tuple[Found, list[dict[str, object]]]:
    """Verify blocks of a run, or remember what was found when they were the same.

    Returns
    -------
    tuple
        Findings by block, and what is to be remembered, see :func:`remember`.
    """
    keys = around.keys(ids)
    revisions = _revisions(session, ids)
    found = _remembered(session, keys)
    missing = [id_ for id_ in ids if id_ not in found]
    if not missing:
        return found, []
    blocks = load_blocks(session, around.facts.run, ItemRow.id.in_(missing))
    fresh = {
        id_: tuple(verdict.of_block(room.host, room.packages, block, around.around(id_)))
        for id_, block in blocks.items()
    }
    notes: list[dict[str, object]] = [
        {
            "item_id": id_,
            "revision": revisions[id_],
            "key": keys[id_],
            "findings": [finding.model_dump(mode="json") for finding in findings],
            "observable": not blocks_observation(findings),
        }
        for id_, findings in fresh.items()
    ]
    return {**found, **fresh}, notes


def _revisions(session: Session, ids: Iterable[int]) -> dict[int, int]:
    query = select(ItemRow.id, ItemRow.revision).where(ItemRow.id.in_(list(ids)))
    return {row.id: row.revision for row in session.execute(query)}


def _remembered(session: Session, keys: Mapping[int, str]) -> Found:
    query = (
        select(VerificationRow.item_id, VerificationRow.key, VerificationRow.findings)
        .join(ItemRow, ItemRow.id == VerificationRow.item_id)
        .where(ItemRow.id.in_(list(keys)), VerificationRow.revision == ItemRow.revision)
    )
    return {
        id_: tuple(Finding.model_validate(finding) for finding in findings)
        for id_, key, findings in session.execute(query)
        if key == keys[id_]
    }


def remember(session: Session, notes: Collection[Mapping[str, object]]) -> None:
    """Keep what was found, in a transaction that has locked the run."""
    if not notes:
        return
    # A block may be gone meanwhile; a newer revision is seen when it is asked for.
    ids = [note["item_id"] for note in notes]
    there = set(session.scalars(select(ItemRow.id).where(ItemRow.id.in_(ids))))
    session.execute(delete(VerificationRow).where(VerificationRow.item_id.in_(ids)))
    kept = [dict(note) for note in notes if note["item_id"] in there]
    if kept:
        session.connection().execute(insert(cast(Table, VerificationRow.__table__)), kept)


def find_together(
    room: Preparation, container: Container, around: Surroundings, found: Found
) -> tuple[Finding, ...]:
    """Verify a container with what was found of the blocks in it.

    Returns
    -------
    tuple of Finding
        Paths of what concerns a member begin with ``members[i]``.
    """
    return tuple(verdict.of_container(room.host, room.packages, container, around.facts, found))
