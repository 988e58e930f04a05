"""What is installed beyond the core: the extras of the distribution."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from dfs.foundation.errors import UserError, define

MISSING = define(
    "extra.missing",
    "What was asked for needs libraries that are not installed.",
    "Install the extra that the message names.",
)

WEB: Final = ("argon2", "fastapi", "multipart", "PIL", "uvicorn")
"""Modules of the extra ``web``."""


def require(extra: str, *modules: str) -> None:
    """Insist that the modules of an extra are installed; imports none of them.

    Raises
    ------
    UserError
        One is not; says what to install.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise UserError(
            MISSING, f"{', '.join(missing)} not installed: pip install 'dfs-core[{extra}]'"
        )
