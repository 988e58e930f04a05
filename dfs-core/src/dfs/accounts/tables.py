"""Users, tokens, grants, attempts to sign in."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dfs.foundation.database import Base


class UserRow(Base):
    """An account."""

    __tablename__ = "account_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    """As typed when it was made; compared without case, see `login`."""
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str]
    password_hash: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool]
    created_at: Mapped[dt.datetime]


class TokenRow(Base):
    """A token; only the digest of its secret is kept."""

    __tablename__ = "account_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("account_user.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    label: Mapped[str]
    issued_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class GrantRow(Base):
    """A right that somebody was given on one thing."""

    __tablename__ = "account_grant"
    __table_args__ = (
        UniqueConstraint("user_id", "right", "kind", "resource_id"),
        Index("ix_account_grant_resource", "kind", "resource_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account_user.id", ondelete="CASCADE"))
    right: Mapped[str]
    kind: Mapped[str]
    resource_id: Mapped[int]


class AttemptRow(Base):
    """A failed attempt to sign in."""

    __tablename__ = "account_attempt"
    __table_args__ = (Index("ix_account_attempt_key", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    """Who tried, or from where."""
    at: Mapped[dt.datetime]
