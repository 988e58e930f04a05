"""Rows to values: few queries, however many items, and no objects of the database layer.

What is stored was checked when it was written, so the values of the contract are made
without checking it again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from dfs.plugin import (
    AbsoluteInterval,
    BlockKind,
    Container,
    ContainerKind,
    Member,
    Membership,
    ObservationBlock,
    SiderealInterval,
    Target,
    Template,
    TemplateKind,
)
from dfs.preparation.model import FileKind, Item, ItemKind
from dfs.preparation.tables import BlobRow, FileRow, ItemRow, TemplateRow, VerificationRow
from dfs.programmes.model import Run

# ── Items ───────────────────────────────────────────────────────────────────

_Member: Final = aliased(ItemRow)
_PLAIN: Final = (
    ItemRow.id,
    ItemRow.run_id,
    ItemRow.parent_id,
    ItemRow.position,
    ItemRow.kind,
    ItemRow.name,
    ItemRow.status,
    ItemRow.user_priority,
    ItemRow.version,
    ItemRow.items_version,
    ItemRow.membership_version,
    ItemRow.exposure_s,
    ItemRow.execution_s,
    ItemRow.group_score,
    ItemRow.created_at,
    ItemRow.modified_at,
    ItemRow.target_name,
    ItemRow.target_ra,
    ItemRow.target_dec,
    ItemRow.package_version,
    ItemRow.template_count,
    ItemRow.interval_count,
    ItemRow.chart_count,
)
_NAMES: Final = tuple(column.key for column in _PLAIN)
_BLOCKS: Final = (ItemKind.OB.value, ItemKind.CB.value)
_ITEM_COUNT: Final = (
    select(func.count()).where(_Member.parent_id == ItemRow.id).correlate(ItemRow).scalar_subquery()
)
_OBSERVABLE: Final = and_(VerificationRow.observable, VerificationRow.revision == ItemRow.revision)


def _items(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    count = case((ItemRow.kind.in_(_BLOCKS), 0), else_=_ITEM_COUNT)
    return (
        select(
            *_PLAIN,
            ItemRow.contribution,
            ItemRow.earliest_s,
            ItemRow.latest_s,
            count.label("item_count"),
            _OBSERVABLE.label("verified"),
        )
        .outerjoin(VerificationRow, VerificationRow.item_id == ItemRow.id)
        .where(*where)
        .order_by(ItemRow.position, ItemRow.id)
    )


def load_items(session: Session, *where: ColumnElement[bool]) -> list[Item]:
    """Give items in one query, ordered by position."""
    return [_item(row) for row in session.execute(_items(*where))]


def _item(row: Row[*tuple[Any, ...]]) -> Item:
    values = dict(zip(_NAMES, row, strict=False))
    values["kind"] = ItemKind(row.kind)
    return Item(
        **values,
        membership=membership_of(row.contribution, row.earliest_s, row.latest_s),
        item_count=row.item_count,
        verified=bool(row.verified),
    )


_NO_WORD: Final = Membership()


def membership_of(
    contribution: float, earliest_s: float | None, latest_s: float | None
) -> Membership:
    """Make what a container says of a member from its columns."""
    if not contribution and earliest_s is None and latest_s is None:
        return _NO_WORD
    return Membership.model_construct(
        contribution=contribution,
        earliest_after_previous=None if earliest_s is None else dt.timedelta(seconds=earliest_s),
        latest_after_previous=None if latest_s is None else dt.timedelta(seconds=latest_s),
    )


def membership_columns(said: Membership) -> dict[str, float | None]:
    """Give the columns that hold what a container says of a member."""
    earliest, latest = said.earliest_after_previous, said.latest_after_previous
    return {
        "contribution": said.contribution,
        "earliest_s": None if earliest is None else earliest.total_seconds(),
        "latest_s": None if latest is None else latest.total_seconds(),
    }


# ── Blocks ──────────────────────────────────────────────────────────────────

_CONTENT: Final = (
    ItemRow.id,
    ItemRow.kind,
    ItemRow.name,
    ItemRow.package_version,
    ItemRow.status,
    ItemRow.user_priority,
    ItemRow.description_name,
    ItemRow.user_comments,
    ItemRow.instrument_comments,
    ItemRow.calibration_requirements,
    ItemRow.target,
    ItemRow.constraint_set_name,
    ItemRow.constraints,
    ItemRow.absolute_intervals,
    ItemRow.sidereal_intervals,
)


def load_blocks(
    session: Session, run: Run, *where: ColumnElement[bool]
) -> dict[int, ObservationBlock]:
    """Give blocks of a run by id, in at most four queries."""
    chosen = (ItemRow.run_id == run.id, ItemRow.kind.in_(_BLOCKS), *where)
    rows = session.execute(select(*_CONTENT).where(*chosen).order_by(ItemRow.id)).all()
    ids = select(ItemRow.id).where(*chosen)
    templates = _templates(session, TemplateRow.item_id.in_(ids)) if rows else {}
    charts, ephemerides = _files(session, FileRow.item_id.in_(ids)) if rows else ({}, {})
    return {
        row.id: ObservationBlock.model_construct(
            id=row.id,
            kind=BlockKind(row.kind),
            name=row.name,
            instrument=run.instrument,
            package_version=row.package_version,
            status=row.status,
            service_mode=run.is_service,
            user_priority=row.user_priority,
            description_name=row.description_name,
            user_comments=row.user_comments,
            instrument_comments=row.instrument_comments,
            calibration_requirements=row.calibration_requirements,
            target=None if row.target is None else Target.model_construct(**row.target),
            constraint_set_name=row.constraint_set_name,
            constraints=row.constraints,
            absolute_intervals=absolute_of(row.absolute_intervals),
            sidereal_intervals=sidereal_of(row.sidereal_intervals),
            templates=tuple(templates.get(row.id, ())),
            finding_charts=tuple(charts.get(row.id, ())),
            ephemeris=ephemerides.get(row.id),
        )
        for row in rows
    }


def _templates(session: Session, where: ColumnElement[bool]) -> dict[int, list[Template]]:
    query = (
        select(
            TemplateRow.item_id,
            TemplateRow.id,
            TemplateRow.name,
            TemplateRow.kind,
            TemplateRow.parameters,
        )
        .where(where)
        .order_by(TemplateRow.item_id, TemplateRow.position, TemplateRow.id)
    )
    found: dict[int, list[Template]] = defaultdict(list)
    for item_id, id_, name, kind, parameters in session.execute(query):
        found[item_id].append(template_of(id_, name, kind, parameters))
    return found


def template_of(id_: int, name: str, kind: str, parameters: Mapping[str, Any]) -> Template:
    """Make a template from its columns; lists were tuples before JSON."""
    return Template.model_construct(
        id=id_,
        name=name,
        kind=TemplateKind(kind),
        parameters={
            key: tuple(value) if type(value) is list else value for key, value in parameters.items()
        },
    )


def _files(
    session: Session, where: ColumnElement[bool]
) -> tuple[dict[int, list[str]], dict[int, str]]:
    query = (
        select(FileRow.item_id, FileRow.kind, FileRow.name, FileRow.sha256)
        .where(where, FileRow.kind != FileKind.PARAMETER)
        .order_by(FileRow.item_id, FileRow.position, FileRow.id)
    )
    charts: dict[int, list[str]] = defaultdict(list)
    digests: dict[int, str] = {}
    for item_id, kind, name, sha256 in session.execute(query):
        if kind == FileKind.CHART:
            charts[item_id].append(name)
        else:
            digests[item_id] = sha256
    if not digests:
        return charts, {}
    blobs = select(BlobRow.sha256, BlobRow.content).where(BlobRow.sha256.in_(set(digests.values())))
    contents = {sha256: content.decode() for sha256, content in session.execute(blobs)}
    return charts, {item_id: contents[sha256] for item_id, sha256 in digests.items()}


def absolute_of(stored: Iterable[Any]) -> tuple[AbsoluteInterval, ...]:
    """Make absolute intervals from JSON."""
    return tuple(
        AbsoluteInterval.model_construct(
            start=dt.datetime.fromisoformat(start), end=dt.datetime.fromisoformat(end)
        )
        for start, end in stored
    )


def absolute_json(intervals: Iterable[AbsoluteInterval]) -> list[list[str]]:
    """Write absolute intervals as JSON, UTC."""
    return [
        [moment.astimezone(dt.UTC).isoformat() for moment in (each.start, each.end)]
        for each in intervals
    ]


def sidereal_of(stored: Iterable[Any]) -> tuple[SiderealInterval, ...]:
    """Make sidereal intervals from JSON."""
    return tuple(
        SiderealInterval.model_construct(start_min=start, end_min=end) for start, end in stored
    )


def sidereal_json(intervals: Iterable[SiderealInterval]) -> list[list[float]]:
    """Write sidereal intervals as JSON."""
    return [[each.start_min, each.end_min] for each in intervals]


# ── Containers ──────────────────────────────────────────────────────────────


def nest(
    container: Item, tree: Iterable[Item], blocks: Mapping[int, ObservationBlock]
) -> Container:
    """Make a container of the contract from the items of a run and its blocks."""
    members: dict[int | None, list[Item]] = defaultdict(list)
    for one in tree:
        members[one.parent_id].append(one)
    for siblings in members.values():
        siblings.sort(key=lambda one: (one.position, one.id))

    def made(one: Item) -> Container:
        return Container.model_construct(
            id=one.id,
            kind=ContainerKind(one.kind),
            name=one.name,
            user_priority=one.user_priority,
            members=tuple(
                Member.model_construct(
                    item=blocks[each.id] if each.is_block else made(each),
                    membership=each.membership,
                )
                for each in members[one.id]
            ),
        )

    return made(container)
