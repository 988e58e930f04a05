"""What is on record, and how it is named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Protocol, TypeVar

from sqlalchemy import Engine, ScalarSelect, select
from sqlalchemy.orm import Session

from dfs.foundation.database import WORKSPACE_DATABASE, open_workspace_database
from dfs.foundation.errors import UserError
from dfs.plugin import Score, Verdict
from dfs.quality.certification import Decision
from dfs.quality.errors import AMBIGUOUS_TARGET, NO_WORKSPACE, UNKNOWN_TARGET
from dfs.quality.model import QualityRecord
from dfs.quality.tables import CertificateRow, JudgedProductRow, MeasurementRow

__all__ = [
    "find",
    "latest_decision",
    "measurements",
    "open_workspace",
    "recorded_scores",
    "standing_of",
]

_ASKED_AT_ONCE = 10_000
"""Databases limit how many values a query may carry."""


class OfProduct(Protocol):
    """Something on record that belongs to a product."""

    @property
    def product(self) -> str:
        """The product's identifier."""

    @property
    def block(self) -> str:
        """Id of the block that made it."""

    @property
    def category(self) -> str:
        """The product's category."""


_Of = TypeVar("_Of", bound=OfProduct)


@contextmanager
def open_workspace(folder: Path) -> Iterator[Engine]:
    """Open the database of a workspace that exists.

    Raises
    ------
    UserError
        ``qc.no-workspace``.
    StorageError
        The database cannot be opened.
    """
    database = folder / WORKSPACE_DATABASE
    if not database.is_file():
        raise UserError(NO_WORKSPACE, f"there is no {database.name} in it", where=str(folder))
    engine = open_workspace_database(database)
    try:
        yield engine
    finally:
        engine.dispose()


def latest_decision() -> ScalarSelect[str]:
    """Give, as part of a query on measurements, the latest decision on the product's content."""
    return (
        select(CertificateRow.decision)
        .join(
            JudgedProductRow,
            (JudgedProductRow.id == CertificateRow.product)
            & (JudgedProductRow.content == CertificateRow.content),
        )
        .where(CertificateRow.product == MeasurementRow.product)
        .order_by(CertificateRow.id.desc())
        .limit(1)
        .correlate(MeasurementRow)
        .scalar_subquery()
    )


def standing_of(decision: str | None) -> Decision | None:
    """Read what `latest_decision` gave; None for undecided."""
    return None if decision in (None, Decision.REVOKED.value) else Decision(decision)


def measurements(
    engine: Engine,
    *,
    product: str | None = None,
    block: str | None = None,
    instrument: str | None = None,
    name: str | None = None,
    recipe: str | None = None,
) -> list[QualityRecord]:
    """Give what is on record, in order of time, then of recording.

    Parameters
    ----------
    engine : the database.
    product, block, instrument, name, recipe : only these; None for any.
    """
    wanted = [
        column == value
        for column, value in (
            (MeasurementRow.product, product),
            (MeasurementRow.block, block),
            (MeasurementRow.instrument, instrument),
            (MeasurementRow.name, name),
            (MeasurementRow.recipe, recipe),
        )
        if value is not None
    ]
    order = MeasurementRow.time_mjd, MeasurementRow.block, MeasurementRow.id
    query = select(MeasurementRow, latest_decision()).where(*wanted).order_by(*order)
    with Session(engine) as session:
        return [_record(row, decision) for row, decision in session.execute(query)]


def _record(row: MeasurementRow, decision: str | None) -> QualityRecord:
    return QualityRecord(
        product=row.product,
        block=row.block,
        instrument=row.instrument,
        recipe=row.recipe,
        category=row.category,
        name=row.name,
        value=row.value,
        unit=row.unit,
        time_mjd=row.time_mjd,
        setup=row.setup,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        measured_at=row.measured_at,
        decision=standing_of(decision),
    )


def find(records: Sequence[_Of], target: str) -> list[_Of]:
    """Give the records of one block or product.

    Parameters
    ----------
    records : to look through.
    target : the beginning of a block's id, a product's id, or the path of a product as
        ``…/<block id>/<name>_<category>.fits``.

    Raises
    ------
    UserError
        ``qc.unknown-target`` or ``qc.ambiguous-target``.
    """
    if not records:
        raise UserError(UNKNOWN_TARGET, f"nothing here is called {target!r}: nothing is on record")
    if of_product := [r for r in records if r.product == target] or _at_path(records, target):
        return of_product
    blocks = sorted({r.block for r in records if target and r.block.startswith(target)})
    if len(blocks) > 1 and target not in blocks:
        raise UserError(AMBIGUOUS_TARGET, f"{target!r} begins the ids {', '.join(blocks)}")
    if not blocks:
        raise UserError(UNKNOWN_TARGET, f"nothing here is called {target!r}")
    chosen = target if target in blocks else blocks[0]
    return [r for r in records if r.block == chosen]


def _at_path(records: Sequence[_Of], target: str) -> list[_Of]:
    """Give the records of the product at a path, by the workspace's way of naming products."""
    path = PurePath(target)
    folders, stem = path.parts[:-1], path.stem.casefold()
    fitting = [r for r in records if r.block in folders and stem.endswith(_ending(r))]
    # A file of MASTER_FLAT ends like one of FLAT too; the longer category is meant.
    longest = max((len(r.category) for r in fitting), default=0)
    return [r for r in fitting if len(r.category) == longest]


def _ending(record: OfProduct) -> str:
    return f"_{record.category.casefold()}"


def recorded_scores(
    engine: Engine, blocks: Collection[str]
) -> dict[str, dict[tuple[str, str], Score]]:
    """Give the verdicts on record.

    Parameters
    ----------
    engine : the database.
    blocks : ids of the blocks.

    Returns
    -------
    dict
        By block, then by name and category of what was measured.
    """
    row, ids = MeasurementRow, sorted(blocks)
    columns = row.block, row.name, row.category, row.verdict, row.reason
    found: dict[str, dict[tuple[str, str], Score]] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            some = ids[start : start + _ASKED_AT_ONCE]
            for block, name, category, verdict, reason in connection.execute(
                select(*columns).where(row.block.in_(some))
            ):
                score = Score(name=name, category=category, verdict=Verdict(verdict), reason=reason)
                found.setdefault(block, {})[name, category] = score
    return found
