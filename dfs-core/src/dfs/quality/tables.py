"""QC1 measurements and scores, keyed by product identifier."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base


class MeasurementRow(Base):
    """One QC1 value with the verdict on it."""

    __tablename__ = "quality_measurement"
    __table_args__ = (Index("ix_quality_measurement_trend", "instrument", "name", "time_mjd"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(index=True)
    """Identifier of the product that it was measured on."""
    block: Mapped[str] = mapped_column(index=True)
    instrument: Mapped[str]
    recipe: Mapped[str]
    category: Mapped[str]
    name: Mapped[str]
    value: Mapped[float | None]
    """None where the measurement is not a finite number."""
    unit: Mapped[str]
    time_mjd: Mapped[float | None]
    setup: Mapped[dict[str, Any]]
    verdict: Mapped[str]
    reason: Mapped[str]
    measured_at: Mapped[dt.datetime]
