"""Engines: where reduction blocks run; entry points in the group ``dfs.engines``.

An entry point names a callable that takes the number of jobs and gives an engine. The
suite :class:`dfs.testkit.engines.EngineConformance` says whether it may be trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

_Argument = TypeVar("_Argument")
_Answer = TypeVar("_Answer")


class WorkerDied(Exception):  # noqa: N818 - what happened, not what is wrong with us
    """The process in which a call ran has died.

    Parameters
    ----------
    exit_code : what it left; the negative number of a signal that killed it; None if
        that is unknown.
    """

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class CallTimedOut(Exception):  # noqa: N818
    """A call ran longer than it may and was ended."""


class Engine(Protocol):
    """Runs calls, several at a time, somewhere."""

    @property
    def is_isolated(self) -> bool:
        """Whether each call has a process to itself while it runs."""

    def submit(
        self,
        function: Callable[[_Argument], _Answer],
        argument: _Argument,
        *,
        time_limit_s: float,
    ) -> Future[_Answer]:
        """Run a function of a module.

        Returns
        -------
        Future
            Its exception, if any, is :class:`WorkerDied`, :class:`CallTimedOut`, or what
            the function raised.
        """

    def close(self) -> None:
        """End the workers and whatever they are at; what did not end is cancelled."""
