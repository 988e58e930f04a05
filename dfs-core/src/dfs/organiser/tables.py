"""The header index: what was read of which file, so that it is read once."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base


class IndexedFile(Base):
    """The header of a file as it was when its size, mtime and inode were these."""

    __tablename__ = "organiser_file_index"

    path: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[int] = mapped_column(BigInteger)
    keywords: Mapped[str]
    """Fingerprint of the set of keywords that was asked for."""
    header: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON of the keywords; None for a file that was skipped."""
    code: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
