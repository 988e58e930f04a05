"""QC1 measurements and scores, products and the decisions on them, by product identifier."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base


class MeasurementRow(Base):
    """One QC1 value with the verdict on it."""

    __tablename__ = "quality_measurement"
    __table_args__ = (
        Index("ix_quality_measurement_trend", "instrument", "name", "time_mjd"),
        Index("ix_quality_measurement_series", "series", "time_mjd"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(index=True)
    """Identifier of the product that it was measured on."""
    block: Mapped[str] = mapped_column(index=True)
    instrument: Mapped[str]
    recipe: Mapped[str]
    category: Mapped[str]
    name: Mapped[str]
    series: Mapped[str]
    """Digest of all that makes measurements comparable, see ``dfs.quality.trend``."""
    value: Mapped[float | None]
    """None where the measurement is not a finite number."""
    unit: Mapped[str]
    time_mjd: Mapped[float | None]
    setup: Mapped[dict[str, Any]]
    verdict: Mapped[str]
    reason: Mapped[str]
    measured_at: Mapped[dt.datetime]


class JudgedProductRow(Base):
    """A product on which people decide."""

    __tablename__ = "quality_product"

    id: Mapped[str] = mapped_column(primary_key=True)
    block: Mapped[str] = mapped_column(index=True)
    category: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[str]
    """Digest of what outlives its making; a decision on another content does not count."""


class CertificateRow(Base):
    """A decision; the latest one on a content counts, and none is erased."""

    __tablename__ = "quality_certificate"
    __table_args__ = (Index("ix_quality_certificate_content", "product", "content"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[str]
    decision: Mapped[str]
    who: Mapped[str]
    reason: Mapped[str]
    decided_at: Mapped[dt.datetime]
