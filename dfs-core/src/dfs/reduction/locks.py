"""Locks on files, of which the system lets go even if we are killed (flock(2))."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

__all__ = ["Claim", "Presence"]


class Presence:
    """Our presence at a place that several processes use at a time.

    Parameters
    ----------
    path : the lock's file; it must exist or be makeable, else nobody is kept out.
    """

    def __init__(self, path: Path, *, make: bool = True) -> None:
        self._descriptor: int | None = None
        if make:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        else:
            with suppress(FileNotFoundError):
                self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        self._lock(fcntl.LOCK_SH)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep all others out during the block, if nobody is there; say whether that is so."""
        try:
            self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A lock that is turned into another one is let go of in between.
            self._lock(fcntl.LOCK_SH)
            yield False
            return
        try:
            yield True
        finally:
            self._lock(fcntl.LOCK_SH)

    def _lock(self, how: int) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, how)


class Claim:
    """The right to work at something, which one process has at a time."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Claim what a file stands for; None if another has claimed it.

        Raises
        ------
        OSError
            The file cannot be made.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)
