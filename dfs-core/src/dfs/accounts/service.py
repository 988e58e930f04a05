"""Users sign in, hold tokens, are granted rights."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from dfs.accounts import secrets
from dfs.accounts.errors import (
    PASSWORD,
    REFUSED,
    THROTTLED,
    UNKNOWN_ROLE,
    UNKNOWN_USER,
    USERNAME,
    USERNAME_TAKEN,
)
from dfs.accounts.model import Token, User
from dfs.accounts.tables import AttemptRow, GrantRow, TokenRow, UserRow
from dfs.foundation.clock import Clock
from dfs.foundation.database import hold, writing
from dfs.foundation.errors import UserError
from dfs.ui.principal import Principal, Role

SESSION: Final = "session"
API: Final = "api"
LIFETIME: Final = {SESSION: dt.timedelta(hours=12), API: dt.timedelta(hours=8)}
"""How long a token is good."""

ATTEMPTS: Final = 10
ATTEMPTS_IN: Final = dt.timedelta(minutes=15)
"""So many failures of a user, or from an address, in this time, and one must wait."""

_USERNAME: Final = re.compile(r"[A-Za-z0-9._@-]{2,64}")


# ── Users ───────────────────────────────────────────────────────────────────


def create_user(
    engine: Engine,
    clock: Clock,
    username: str,
    password: str,
    *,
    name: str = "",
    email: str = "",
    roles: Iterable[str] = (Role.ASTRONOMER,),
) -> User:
    """Make an account.

    Raises
    ------
    UserError
        The name is taken or cannot be one, the password is too short, a role unknown.
    """
    if not _USERNAME.fullmatch(username):
        raise UserError(USERNAME, f"{username!r} cannot be a user's name", where="username")
    hashed = secrets.hash_password(_checked(password))
    wanted = [str(role) for role in sorted(_roles(roles))]
    with writing(engine) as session:
        if find_user(session, username) is not None:
            raise UserError(USERNAME_TAKEN, f"there is a user {username!r}", where="username")
        row = UserRow(
            username=username,
            login=username.casefold(),
            name=name or username,
            email=email,
            password_hash=hashed,
            roles=wanted,
            active=True,
            created_at=clock(),
        )
        session.add(row)
        session.flush()
        return _user(row)


def set_password(engine: Engine, username: str, password: str) -> None:
    """Give an account another password; whoever is signed in as it is so no more."""
    hashed = secrets.hash_password(_checked(password))
    with writing(engine) as session:
        row = _row(session, username)
        row.password_hash = hashed
        session.execute(delete(TokenRow).where(TokenRow.user_id == row.id))


def set_roles(engine: Engine, username: str, roles: Iterable[str]) -> User:
    """Say anew what somebody is at the observatory."""
    wanted = [str(role) for role in sorted(_roles(roles))]
    with writing(engine) as session:
        row = _row(session, username)
        row.roles = wanted
        return _user(row)


def set_active(engine: Engine, username: str, *, active: bool) -> None:
    """Let somebody sign in, or no more; nothing that they did is lost."""
    with writing(engine) as session:
        row = _row(session, username)
        row.active = active
        if not active:
            session.execute(delete(TokenRow).where(TokenRow.user_id == row.id))


def find_user(session: Session, username: str) -> User | None:
    """Give the user of this name, in any case."""
    row = session.scalar(select(UserRow).where(UserRow.login == username.casefold()))
    return None if row is None else _user(row)


def users(session: Session, ids: Iterable[int] | None = None) -> list[User]:
    """Give these users, or all, by name."""
    query = select(UserRow).order_by(UserRow.login)
    if ids is not None:
        query = query.where(UserRow.id.in_(list(ids)))
    return [_user(row) for row in session.scalars(query)]


def has_users(engine: Engine) -> bool:
    """Tell whether anybody has an account."""
    with Session(engine) as session:
        return session.scalar(select(UserRow.id).limit(1)) is not None


def principal_of_user(engine: Engine, username: str) -> Principal:
    """Give somebody as who asks, e.g. for the operator who acts for them.

    Raises
    ------
    UserError
        There is no such user.
    """
    with Session(engine) as session:
        return _principal(_row(session, username))


# ── Signing in ──────────────────────────────────────────────────────────────


def authenticate(
    engine: Engine, clock: Clock, username: str, password: str, *, address: str = ""
) -> Principal:
    """Find out who signs in.

    Parameters
    ----------
    address : where the request comes from; empty if nobody knows.

    Raises
    ------
    UserError
        The name or the password is wrong (nothing tells which), or there were too many
        attempts, then with the seconds to wait.
    """
    now = clock()
    # What cannot be a name is nobody's, and no database has to hold it.
    login = username.casefold() if _USERNAME.fullmatch(username) else ""
    keys = [f"user {login}", *([f"address {address}"] if address else ())]
    attempt = _attempt(engine, keys, now)
    with Session(engine) as session:
        row = session.scalar(select(UserRow).where(UserRow.login == login, UserRow.active))
    # Hashing takes a while on purpose, and holds no connection meanwhile.
    is_right = secrets.is_password(password, None if row is None else row.password_hash)
    if row is None or not is_right:
        raise UserError(REFUSED, "the name or the password is wrong")
    with writing(engine) as session:
        hold(session, AttemptRow.__tablename__)
        theirs = AttemptRow.id.in_(attempt) | (AttemptRow.key == keys[0])
        session.execute(delete(AttemptRow).where(theirs))
    return _principal(row)


def _attempt(engine: Engine, keys: list[str], now: dt.datetime) -> list[int]:
    # An attempt counts before its password is looked at; else many at once would all pass.
    with writing(engine) as session:
        hold(session, AttemptRow.__tablename__)
        session.execute(delete(AttemptRow).where(AttemptRow.at <= now - ATTEMPTS_IN))
        query = (
            select(func.count(), func.min(AttemptRow.at))
            .where(AttemptRow.key.in_(keys))
            .group_by(AttemptRow.key)
        )
        for failures, first in session.execute(query):
            if failures >= ATTEMPTS:
                wait = first + ATTEMPTS_IN - now
                raise UserError(
                    THROTTLED, f"{failures} attempts failed; wait {wait.total_seconds():.0f} s"
                )
        rows = [AttemptRow(key=key, at=now) for key in keys]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def issue_token(
    engine: Engine,
    clock: Clock,
    who: Principal,
    purpose: str = API,
    *,
    label: str = "",
    lifetime: dt.timedelta | None = None,
) -> str:
    """Give somebody a token; this is the only time that its secret is known.

    Parameters
    ----------
    purpose : ``session`` or ``api``; a token is good for nothing else.
    label : what its holder calls it.
    lifetime : how long it is good; that of its purpose if left out.
    """
    secret = secrets.new_secret()
    now = clock()
    with writing(engine) as session:
        session.execute(delete(TokenRow).where(TokenRow.expires_at < now))
        session.add(
            TokenRow(
                user_id=who.user_id,
                digest=secrets.digest(secret),
                purpose=purpose,
                label=label,
                issued_at=now,
                expires_at=now + (lifetime or LIFETIME[purpose]),
            )
        )
    return secret


def principal_of_token(engine: Engine, clock: Clock, secret: str, purpose: str) -> Principal | None:
    """Give whose token this is, if it is good for this purpose."""
    query = (
        select(UserRow)
        .join(TokenRow, TokenRow.user_id == UserRow.id)
        .where(
            TokenRow.digest == secrets.digest(secret),
            TokenRow.purpose == purpose,
            TokenRow.expires_at > clock(),
            UserRow.active,
        )
    )
    with Session(engine) as session:
        row = session.scalar(query)
        return None if row is None else _principal(row)


def revoke_token(engine: Engine, secret: str) -> None:
    """Make a token worthless; one that is unknown already is."""
    with writing(engine) as session:
        session.execute(delete(TokenRow).where(TokenRow.digest == secrets.digest(secret)))


def account(engine: Engine, clock: Clock, who: Principal) -> tuple[User, list[Token]]:
    """Give somebody's account, and the tokens that they hold, newest first."""
    query = (
        select(TokenRow)
        .where(TokenRow.user_id == who.user_id, TokenRow.expires_at > clock())
        .order_by(TokenRow.id.desc())
    )
    with Session(engine) as session:
        held = [
            Token(row.id, row.purpose, row.label, row.issued_at, row.expires_at)
            for row in session.scalars(query)
        ]
        return _user(session.get_one(UserRow, who.user_id)), held


def revoke_token_of(engine: Engine, who: Principal, token_id: int) -> None:
    """Make one of somebody's own tokens worthless; another's is left alone."""
    with writing(engine) as session:
        session.execute(
            delete(TokenRow).where(TokenRow.id == token_id, TokenRow.user_id == who.user_id)
        )


def revoke_tokens(engine: Engine, who: Principal) -> None:
    """Sign somebody out everywhere."""
    with writing(engine) as session:
        session.execute(delete(TokenRow).where(TokenRow.user_id == who.user_id))


# ── Grants ──────────────────────────────────────────────────────────────────


def grant(session: Session, user_id: int, right: str, kind: str, resource_id: int) -> None:
    """Give somebody a right on one thing, within the caller's transaction."""
    if resource_id not in granted(session, user_id, right, kind):
        session.add(GrantRow(user_id=user_id, right=right, kind=kind, resource_id=resource_id))
        session.flush()


def revoke(session: Session, user_id: int, right: str, kind: str, resource_id: int) -> None:
    """Take a right away, within the caller's transaction."""
    session.execute(
        delete(GrantRow).where(
            GrantRow.user_id == user_id,
            GrantRow.right == right,
            GrantRow.kind == kind,
            GrantRow.resource_id == resource_id,
        )
    )


def granted(session: Session, user_id: int, right: str, kind: str) -> set[int]:
    """Give the things on which somebody has a right."""
    query = select(GrantRow.resource_id).where(
        GrantRow.user_id == user_id, GrantRow.right == right, GrantRow.kind == kind
    )
    return set(session.scalars(query))


def holders(session: Session, right: str, kind: str, resource_id: int) -> list[User]:
    """Give who has a right on one thing, by name."""
    query = (
        select(UserRow)
        .join(GrantRow, GrantRow.user_id == UserRow.id)
        .where(GrantRow.right == right, GrantRow.kind == kind, GrantRow.resource_id == resource_id)
        .order_by(UserRow.login)
    )
    return [_user(row) for row in session.scalars(query)]


# ── Small things ────────────────────────────────────────────────────────────


def _checked(password: str) -> str:
    if not 10 <= len(password) <= 256:
        raise UserError(PASSWORD, f"it has {len(password)} characters", where="password")
    return password


def _roles(names: Iterable[str]) -> set[Role]:
    try:
        return {Role(name) for name in names}
    except ValueError as error:
        raise UserError(UNKNOWN_ROLE, str(error), where="roles") from error


def _row(session: Session, username: str) -> UserRow:
    row = session.scalar(select(UserRow).where(UserRow.login == username.casefold()))
    if row is None:
        raise UserError(UNKNOWN_USER, f"there is no user {username!r}", where=username)
    return row


def _user(row: UserRow) -> User:
    roles = frozenset(Role(name) for name in row.roles)
    return User(row.id, row.username, row.name, row.email, roles, row.active)


def _principal(row: UserRow) -> Principal:
    return Principal(row.id, row.username, row.name, frozenset(Role(name) for name in row.roles))
