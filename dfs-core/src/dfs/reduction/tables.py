"""Book-keeping: which block ran when, how it ended, what it made."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dfs.foundation.database import Base


class BlockRow(Base):
    """The latest run of a reduction block."""

    __tablename__ = "reduction_block"

    id: Mapped[str] = mapped_column(primary_key=True)
    instrument: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    recipe: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    block: Mapped[dict[str, Any]]
    """The block itself, with every path resolved."""
    code: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    log: Mapped[str] = mapped_column(default="")
    started_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    peak_memory_mb: Mapped[float | None]
    key: Mapped[str] = mapped_column(default="")
    """Of all that the latest run depended on; empty if it never came so far."""
    folder: Mapped[str] = mapped_column(default="")
    """The current result, relative to the workspace."""
    deaths: Mapped[int] = mapped_column(default=0)
    """How often its worker died or hung since it was last done with this key."""
    products: Mapped[list[ProductRow]] = relationship(
        back_populates="block", cascade="all, delete-orphan"
    )


class ProductRow(Base):
    """A product on disk."""

    __tablename__ = "reduction_product"

    id: Mapped[str] = mapped_column(primary_key=True)
    block_id: Mapped[str] = mapped_column(ForeignKey("reduction_block.id", ondelete="CASCADE"))
    category: Mapped[str] = mapped_column(index=True)
    path: Mapped[str]
    """Relative to the workspace, so that the workspace can be moved."""
    sha256: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    block: Mapped[BlockRow] = relationship(back_populates="products")


class ResultRow(Base):
    """How a result was made, as the record beside it says; also when it has been pruned."""

    __tablename__ = "reduction_result"

    folder: Mapped[str] = mapped_column(primary_key=True)
    """Relative to the workspace."""
    block_id: Mapped[str] = mapped_column(index=True)
    record: Mapped[dict[str, Any]]


class FileDigestRow(Base):
    """The SHA-256 of a file, as long as the file looks like this."""

    __tablename__ = "reduction_file_digest"

    folder: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
