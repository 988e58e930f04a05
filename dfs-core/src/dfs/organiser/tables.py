"""The header index: what was read in which folder, so that it is read once."""

from __future__ import annotations

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base


class IndexedFolder(Base):
    """The headers of a folder's files as they were when the files' states were these.

    One row a folder, because ten thousand rows take longer to fetch than the files
    take to be looked at.
    """

    __tablename__ = "organiser_header_index"

    folder: Mapped[str] = mapped_column(primary_key=True)
    keywords: Mapped[str]
    """Fingerprint of the set of keywords that was asked for."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Name, state and header of each file, as ``dfs.organiser.differences`` writes them."""
