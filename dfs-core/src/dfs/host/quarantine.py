"""Running a plugin's code so that nothing it does reaches anybody else."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path


class ForeignFailure(Exception):  # noqa: N818 - it is not the core's error
    """A plugin's code failed; the message is a sentence without the plugin's name."""


@contextmanager
def quarantine() -> Iterator[None]:
    """Run foreign code in the block.

    Whatever it raises, be it an exit, becomes a :class:`ForeignFailure`; whatever it
    prints goes to standard error, because standard output is the command's answer.

    Raises
    ------
    ForeignFailure
        The block raised anything but a KeyboardInterrupt, which is the user's.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (KeyboardInterrupt, ForeignFailure):
        raise
    except BaseException as error:
        raise ForeignFailure(_sentence(error)) from error


def _sentence(error: BaseException) -> str:
    text = " ".join(str(error).split())
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    # A syntax error has no frame of its own and names its place itself.
    if isinstance(error, SyntaxError) or not frames:
        return said
    return f"{said} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
