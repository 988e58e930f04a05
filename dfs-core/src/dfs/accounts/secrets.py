"""Passwords and tokens: what is kept tells nobody what was typed."""

from __future__ import annotations

import hashlib
import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_TOKEN_BYTES: Final = 32

_HASHING: Final = threading.BoundedSemaphore(4)
# Each hash takes 64 MiB: a flood of attempts to sign in must wait, not fill the memory.


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()  # argon2id with the parameters of RFC 9106, second choice


@cache
def _nobody() -> str:
    # Unknown users cost as much time as known ones, so that names cannot be guessed.
    return _hasher().hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """Hash a password with argon2id."""
    with _HASHING:
        return _hasher().hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Tell whether a password is the one that was hashed; takes as long if there is none."""
    from argon2.exceptions import VerificationError

    against = hashed or _nobody()
    try:
        with _HASHING:
            _hasher().verify(against, password)
    except VerificationError:
        return False
    return hashed is not None


def new_secret() -> str:
    """Make the secret of a token, 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(secret: str) -> str:
    """Give what is kept of a token's secret; random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
