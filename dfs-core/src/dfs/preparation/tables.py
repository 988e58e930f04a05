"""What runs hold: items, templates, files, history, and what is said of a run.

Blocks and containers share one table, hence one sequence of ids; an id is never used
again, because clients and the history remember it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base

_NEVER_AGAIN = {"sqlite_autoincrement": True}
_ROOT = text("parent_id IS NULL")


class ItemRow(Base):
    """A block or a container."""

    __tablename__ = "prep_item"
    __table_args__ = (
        Index("ix_prep_item_members", "parent_id", "position"),
        Index(
            "uq_prep_item_root", "run_id", unique=True, sqlite_where=_ROOT, postgresql_where=_ROOT
        ),
        _NEVER_AGAIN,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("prog_run.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("prep_item.id"))
    position: Mapped[int]
    kind: Mapped[str]
    name: Mapped[str]
    status: Mapped[str]
    user_priority: Mapped[int]
    created_at: Mapped[dt.datetime]
    modified_at: Mapped[dt.datetime]
    # What the container around says of it.
    contribution: Mapped[float]
    earliest_s: Mapped[float | None]
    latest_s: Mapped[float | None]
    # What a change must name.
    version: Mapped[int]
    items_version: Mapped[int]
    membership_version: Mapped[int]
    templates_version: Mapped[int]
    absolute_version: Mapped[int]
    sidereal_version: Mapped[int]
    ephemeris_version: Mapped[int]
    # Of a block.
    package_version: Mapped[str]
    description_name: Mapped[str]
    user_comments: Mapped[str]
    instrument_comments: Mapped[str]
    calibration_requirements: Mapped[str]
    target: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    constraint_set_name: Mapped[str]
    constraints: Mapped[dict[str, Any]]
    absolute_intervals: Mapped[list[Any]] = mapped_column(JSON)
    sidereal_intervals: Mapped[list[Any]] = mapped_column(JSON)
    # Derived, so that lists need not look into the block.
    revision: Mapped[int]
    """Counts every change of the block, templates and files included, but for its status."""
    exposure_s: Mapped[float]
    execution_s: Mapped[float | None]
    target_name: Mapped[str]
    target_ra: Mapped[str]
    target_dec: Mapped[str]
    template_count: Mapped[int]
    interval_count: Mapped[int]
    chart_count: Mapped[int]
    # Of a group; the night counts it.
    group_score: Mapped[float]


class TemplateRow(Base):
    """A template of a block."""

    __tablename__ = "prep_template"
    __table_args__ = (Index("ix_prep_template_block", "item_id", "position"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("prep_item.id"))
    position: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    version: Mapped[int]


class BlobRow(Base):
    """Content of files, once each; kept while the history can bring a file back."""

    __tablename__ = "prep_blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class FileRow(Base):
    """A file of a block."""

    __tablename__ = "prep_file"
    __table_args__ = (Index("ix_prep_file_block", "item_id", "kind", "position"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("prep_item.id"))
    kind: Mapped[str]
    template_id: Mapped[int | None] = mapped_column(ForeignKey("prep_template.id"), index=True)
    parameter: Mapped[str]
    position: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("prep_blob.sha256"))
    version: Mapped[int]


class ChangeRow(Base):
    """Who did what when."""

    __tablename__ = "prep_change"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("prog_run.id"), index=True)
    at: Mapped[dt.datetime]
    user_id: Mapped[int]
    user_name: Mapped[str]
    summary: Mapped[str]
    undo_of: Mapped[int | None] = mapped_column(ForeignKey("prep_change.id"), index=True)


class HistoryRow(Base):
    """What a change did to one thing; no foreign keys, because the thing may be gone."""

    __tablename__ = "prep_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("prep_change.id"), index=True)
    what: Mapped[str]
    row_id: Mapped[int]
    item_id: Mapped[int | None] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ReadmeRow(Base):
    """The README of a run."""

    __tablename__ = "prep_readme"
    __table_args__ = (_NEVER_AGAIN,)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("prog_run.id"), unique=True)
    content: Mapped[dict[str, Any]]
    locked: Mapped[bool]
    version: Mapped[int]


class WaiverRow(Base):
    """The observatory's leave to break a rule."""

    __tablename__ = "prep_waiver"
    __table_args__ = (UniqueConstraint("run_id", "code"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("prog_run.id"))
    code: Mapped[str]
    reason: Mapped[str]
    granted_by: Mapped[str]
    granted_at: Mapped[dt.datetime]


class VerificationRow(Base):
    """What verification found last; made again at any time."""

    __tablename__ = "prep_verification"

    item_id: Mapped[int] = mapped_column(
        ForeignKey("prep_item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    revision: Mapped[int]
    """Of the block when it was looked at."""
    key: Mapped[str]
    """Digest of all else that the findings depend on."""
    findings: Mapped[list[Any]] = mapped_column(JSON)
    observable: Mapped[bool]


class LibraryRow(Base):
    """What somebody keeps to build blocks from."""

    __tablename__ = "prep_library"
    __table_args__ = (UniqueConstraint("user_id", "kind", "name"), _NEVER_AGAIN)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    """No foreign key: the operator of the machine, 0, has no account."""
    kind: Mapped[str]
    name: Mapped[str]
    instrument: Mapped[str]
    package_version: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    modified_at: Mapped[dt.datetime]


class TriggerRow(Base):
    """A target of opportunity that its PI asked to be observed now."""

    __tablename__ = "prep_trigger"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("prog_run.id"), index=True)
    item_id: Mapped[int]
    at: Mapped[dt.datetime]
    deadline: Mapped[dt.datetime]
    user_id: Mapped[int]
    user_name: Mapped[str]
    phone: Mapped[str]
    notify: Mapped[list[Any]] = mapped_column(JSON)
    calibrations: Mapped[list[Any]] = mapped_column(JSON)
    comments: Mapped[str]
