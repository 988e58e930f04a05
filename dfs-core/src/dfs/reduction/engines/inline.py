"""The engine without workers: for a debugger, and for calls that need no protection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Argument = TypeVar("_Argument")
_Answer = TypeVar("_Answer")


class InlineEngine:
    """Runs each call at once, in this process: no limits, no isolation.

    Parameters
    ----------
    jobs : without effect; calls run one after the other.
    """

    is_isolated = False

    def __init__(self, jobs: int = 1) -> None:  # noqa: ARG002 - every engine is asked so
        self._is_closed = False

    def submit(
        self,
        function: Callable[[_Argument], _Answer],
        argument: _Argument,
        *,
        time_limit_s: float,  # noqa: ARG002 - nobody could end it
    ) -> Future[_Answer]:
        """Run a function now."""
        answer: Future[_Answer] = Future()
        if self._is_closed:
            answer.cancel()
            return answer
        try:
            answer.set_result(function(argument))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the answer's to tell
            answer.set_exception(error)
        return answer

    def close(self) -> None:
        """Take no more calls."""
        self._is_closed = True
