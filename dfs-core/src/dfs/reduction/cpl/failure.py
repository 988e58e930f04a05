"""What a CPL recipe said while it ran, and what its end means. Pure."""

from __future__ import annotations

import logging
import re
import signal
from collections.abc import Mapping
from typing import Final

from dfs.foundation.errors import ErrorCode, UserError
from dfs.reduction.cpl import errors
from dfs.reduction.errors import CRASHED, OUT_OF_MEMORY

_LEVELS: Final[Mapping[str, int]] = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
}
_SAID: Final = re.compile(r"\[ *(DEBUG|INFO|WARNING|ERROR) *\] (.*)")
_PLACED: Final = re.compile(r"(\w*):\s*(.*)")
_DUMPED: Final = re.compile(r"\[\d+/\d+\] '([^']*(?:'(?! \()[^']*)*)' \(\d+\) at \S+")
_ABOUT_A_DUMP: Final = re.compile(r"Dumping all \d+ error")
_LACKING: Final = re.compile(
    r"\b(?:no|missing|cannot find|could not find|unable to find|lacking)\b.*"
    r"\b(?:frames?|tables?|catalog(?:ue)?s?|bias|dark|flat|lamp|line list|sof)\b",
    re.IGNORECASE,
)
_NO_MEMORY: Final = re.compile(
    r"failed to allocate|cannot allocate memory|bad_alloc", re.IGNORECASE
)
_TOLD: Final = 2
"""So many errors make the sentence; the log has them all."""


class Said:
    """Takes the lines of a run, hands them on to the block's log, and remembers the errors.

    Parameters
    ----------
    log : the block's.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._errors: list[str] = []
        self._own_errors: list[str] = []
        self._warnings = 0
        self._out_of_memory = False

    def __call__(self, line: str) -> None:
        """Take a line."""
        if not line.strip():
            return
        self._out_of_memory |= _NO_MEMORY.search(line) is not None
        said = _SAID.match(line)
        if said is None:
            self._log.info("%s", line.strip())
            return
        level, text = said[1], said[2]
        self._log.log(_LEVELS[level], "%s", text)
        self._warnings += level == "WARNING"
        if level == "ERROR":
            self._remember(text)

    def summary(self) -> str:
        """Count warnings and errors."""
        errors_ = len(self._errors) + len(self._own_errors)
        return f"esorex reported {errors_} errors and {self._warnings} warnings"

    def failure(self, recipe: str, exit_code: int) -> UserError:
        """Say what a run's end with an exit code that is not zero means.

        Parameters
        ----------
        recipe : its name.
        exit_code : esorex's; minus the signal if one ended it.
        """
        last = "; ".join(dict.fromkeys(self._errors[:_TOLD]))
        if exit_code < 0:
            return self._crash(recipe, exit_code, last)
        if self._out_of_memory:
            return UserError(OUT_OF_MEMORY, f"{recipe} was refused memory: {last}".rstrip(": "))
        if self._errors:
            return UserError(self._meaning(exit_code), f"{recipe}: {last} (exit code {exit_code})")
        own = "; ".join(self._own_errors[:_TOLD]) or "no reason given"
        code = errors.BY_EXIT_CODE.get(exit_code, errors.FAILED)
        # Only esorex spoke, so the recipe has never run, or told nothing.
        code = errors.OPTIONS if exit_code == 255 else code
        return UserError(code, f"{recipe}: {own} (exit code {exit_code})")

    def _crash(self, recipe: str, exit_code: int, last: str) -> UserError:
        if self._out_of_memory:
            said = f"{recipe} was refused memory and gave up"
            return UserError(OUT_OF_MEMORY, f"{said}: {last}" if last else said)
        try:
            name = signal.Signals(-exit_code).name
        except ValueError:
            name = f"signal {-exit_code}"
        said = f"{recipe}: esorex was killed by {name}"
        return UserError(CRASHED, f"{said} after: {last}" if last else said)

    def _meaning(self, exit_code: int) -> ErrorCode:
        code = errors.BY_EXIT_CODE.get(exit_code, errors.FAILED)
        # Many recipes end with -1 or 1 for whatever was wrong, and say it in words only.
        if code is errors.FAILED and any(map(_LACKING.search, self._errors)):
            return errors.MISSING_INPUT
        return code

    def _remember(self, text: str) -> None:
        placed = _PLACED.match(text)
        speaker, words = (placed[1], placed[2]) if placed else ("", text)
        if speaker == "esorex":
            self._own_errors.append(words)
            return
        dumped = _DUMPED.match(words)
        if dumped is not None:
            default, colon, added = dumped[1].partition(": ")
            words = added if colon else default
        if not _ABOUT_A_DUMP.search(words):
            self._errors.append(words)
