"""Users as other rooms see them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dfs.ui.principal import Role


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Parameters
    ----------
    id : of the account.
    username : what they sign in with.
    name : what people call them.
    email : where to write to.
    roles : at the observatory.
    active : whether they may sign in.
    """

    id: int
    username: str
    name: str
    email: str
    roles: frozenset[Role]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """A token that somebody holds; its secret is known to them only.

    Parameters
    ----------
    id : of the token.
    purpose : ``session`` of a browser, or ``api``.
    label : what its holder calls it; may be empty.
    issued_at, expires_at : UTC.
    """

    id: int
    purpose: str
    label: str
    issued_at: dt.datetime
    expires_at: dt.datetime
