"""Programmes and runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base


class ProgrammeRow(Base):
    """A programme and its PI."""

    __tablename__ = "prog_programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    pi_user_id: Mapped[int] = mapped_column(ForeignKey("account_user.id"), index=True)


class RunRow(Base):
    """A run; its row is what a writer of anything in the run locks."""

    __tablename__ = "prog_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("prog_programme.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    instrument: Mapped[str]
    telescope: Mapped[str]
    mode: Mapped[str]
    period: Mapped[int]
    scheduled_period: Mapped[int]
    rank_class: Mapped[str]
    allocated_s: Mapped[float]
    is_too: Mapped[bool]
    too_triggers: Mapped[int]
    constraints: Mapped[dict[str, Any]]
    targets: Mapped[list[Any]] = mapped_column(JSON)
    blocked_times: Mapped[list[Any]] = mapped_column(JSON)
    imported_at: Mapped[dt.datetime]
