"""The log of a block: one file, whoever speaks."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dfs.foundation.files import NOT_WRITABLE, storage_error

LOGGER_NAME = "dfs.recipe"
"""Parent of the recipes' loggers."""


class _BlockHandler(logging.FileHandler):
    """Writes to the block's file; a full disk must not turn a log line into a failure."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, mode="a", encoding="utf-8", errors="backslashreplace")
        formatter = logging.Formatter(
            "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Go on without the line."""


@contextmanager
def block_log(path: Path, name: str, *, everything: bool) -> Iterator[logging.Logger]:
    """Log into a block's file.

    Parameters
    ----------
    path : the file; what it held is gone.
    name : of the recipe.
    everything : take also what other libraries log, and warnings. Only for a process
        of our own: the handler hangs on the root logger.

    Yields
    ------
    Logger
        The recipe's.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    logger = logging.getLogger(f"{LOGGER_NAME}.{name}")
    logger.setLevel(logging.DEBUG)
    top = logging.getLogger() if everything else logger
    try:
        path.unlink(missing_ok=True)
        handler = _BlockHandler(path)
    except OSError as error:
        raise storage_error(error, path, NOT_WRITABLE) from error
    before = top.level
    top.addHandler(handler)
    if everything:
        top.setLevel(logging.INFO)
        logging.captureWarnings(True)
    try:
        yield logger
    finally:
        if everything:
            logging.captureWarnings(False)
            top.setLevel(before)
        top.removeHandler(handler)
        handler.close()


@contextmanager
def captured_output(path: Path) -> Iterator[None]:
    """Let whatever is printed, be it by C code, go to the end of a file."""
    saved = [os.dup(descriptor) for descriptor in (1, 2)]
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        _flush()
        for descriptor in (1, 2):
            os.dup2(target, descriptor)
        yield
    finally:
        _flush()
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
        os.close(target)


def append(path: Path, line: str) -> None:
    """Add what only the parent of a dead worker knows; without the log's file nothing."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError:
        logging.getLogger(__name__).warning("%s: cannot add: %s", path, line)


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """Give the last lines; none if there is no log."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(text.splitlines()[-lines:])


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
