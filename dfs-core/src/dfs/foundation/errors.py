"""Errors of the core: each says what is wrong, where, and what to do.

A code is a stable string. Rooms define theirs in their own ``errors.py`` with
:func:`define`; the reference page of codes is generated from the registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "CODES",
    "DfsError",
    "ErrorCode",
    "ErrorKind",
    "PluginError",
    "StorageError",
    "UserError",
    "define",
]


class ErrorKind(StrEnum):
    """What an error means to who asked, whatever the way of asking."""

    INVALID = "invalid"
    """What was given cannot be taken."""
    UNAUTHENTICATED = "unauthenticated"
    """Nobody known asks."""
    FORBIDDEN = "forbidden"
    """Who asks may not."""
    ABSENT = "absent"
    """There is no such thing, or not for who asks."""
    CONFLICT = "conflict"
    """The thing's state does not allow it."""
    STALE = "stale"
    """Somebody else changed it since."""
    PRECONDITION = "precondition"
    """It must be said which version is meant."""
    TOO_LARGE = "too-large"
    """More was given than is taken."""
    THROTTLED = "throttled"
    """Asked too often."""
    UNAVAILABLE = "unavailable"
    """Not now; ask again later."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A stable name for one kind of trouble.

    Parameters
    ----------
    name : stable identifier, ``room.kind``.
    summary : one sentence, what is wrong.
    remedy : one sentence, what the reader should do.
    kind : what it means to who asked.
    """

    name: str
    summary: str
    remedy: str
    kind: ErrorKind = ErrorKind.INVALID

    def __str__(self) -> str:
        return self.name


_codes: dict[str, ErrorCode] = {}
CODES = MappingProxyType(_codes)
"""Every code that has been defined by the rooms imported so far."""


def define(name: str, summary: str, remedy: str, kind: ErrorKind = ErrorKind.INVALID) -> ErrorCode:
    """Define a code; defining one name twice is a mistake of ours.

    Raises
    ------
    ValueError
        The name is taken.
    """
    if name in _codes:
        raise ValueError(f"error code {name!r} is defined twice")
    code = ErrorCode(name, summary, remedy, kind)
    _codes[name] = code
    return code


class DfsError(Exception):
    """Base of every error that the core raises on purpose.

    Parameters
    ----------
    code : what kind of trouble.
    detail : what is wrong here, in a sentence.
    where : the place, e.g. ``night.oca:12:7`` or a file path; may be empty.
    """

    def __init__(self, code: ErrorCode, detail: str, *, where: str = "") -> None:
        super().__init__(code, detail, where)
        self.code = code
        self.detail = detail
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.detail} [{self.code.name}]"

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling, and
        # errors travel from worker processes to their parent.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(kind: type[DfsError], args: tuple[object, ...], state: dict[str, object]) -> DfsError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class UserError(DfsError):
    """Input or usage that the user can put right."""


class StorageError(DfsError):
    """The disk or the database did not do what was asked."""


HOOK_FAILED = define(
    "plugin.hook-failed",
    "A hook of an instrument plugin failed.",
    "Report it to the plugin's authors; the other instruments are not affected.",
)


class PluginError(DfsError):
    """A plugin did not keep the contract.

    Parameters
    ----------
    plugin : instrument id, the entry-point name.
    distribution : name and version of the distribution that brought it.
    hook : the hook that was called.
    cause : what happened, in a sentence.
    """

    def __init__(
        self,
        plugin: str,
        distribution: str,
        hook: str,
        cause: str,
        *,
        code: ErrorCode = HOOK_FAILED,
    ) -> None:
        super().__init__(
            code, f"plugin {plugin!r} ({distribution}), hook {hook}: {cause}", where=""
        )
        self.plugin = plugin
        self.distribution = distribution
        self.hook = hook
        self.cause = cause
