"""The program esorex, run: for a question, or for a recipe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dfs.foundation.errors import UserError
from dfs.reduction.cpl.errors import BROKEN
from dfs.reduction.limits import die_with_pipe, limit_child

QUESTION_TIME_LIMIT_S: Final = 60.0
_IS_LINUX: Final = sys.platform == "linux"
_MAXRSS_BYTES: Final = 1024 if _IS_LINUX else 1  # getrusage(2); macOS counts bytes
_NOTHING: Final = "/dev/null"
PRIVATE_OPTIONS: Final = (f"--config={_NOTHING}", "--log-level=off")
"""So that nobody's configuration counts, and no file appears but those asked for."""

NO_PARAMETERS: Final = f"--recipe-config={_NOTHING}"
"""Likewise for the recipe, whose file in the user's home would count otherwise."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Parameters
    ----------
    exit_code : minus the signal if one ended it.
    peak_memory_mb : most memory that it held, MB.
    """

    exit_code: int
    peak_memory_mb: float


def ask(arguments: Sequence[str], folder: Path, *, private: bool = True) -> str:
    """Run esorex for what it says, which takes some milliseconds.

    Parameters
    ----------
    arguments : the program and its options.
    folder : its working folder.
    private : whether the user's ``ESOREX_…`` variables are kept from it.

    Returns
    -------
    str
        All that it said.

    Raises
    ------
    UserError
        ``cpl.broken``: it could not be run, or failed.
    """
    try:
        done = subprocess.run(
            arguments,
            cwd=folder,
            env=_environment() if private else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=QUESTION_TIME_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(BROKEN, str(error), where=arguments[0]) from error
    text = done.stdout.decode("utf-8", errors="replace")
    if done.returncode != 0:
        last = " ".join(text.split())[-300:]
        raise UserError(BROKEN, f"exit code {done.returncode}: {last}", where=" ".join(arguments))
    return text


def run(
    arguments: Sequence[str],
    folder: Path,
    say: Callable[[str], None],
    *,
    memory_mb: int | None = None,
) -> Ended:
    """Run esorex to its end.

    It stays in this process's group, and on Linux ends with this process.

    Parameters
    ----------
    arguments : the program and its options.
    folder : its working folder.
    say : is given each line that it prints, as it comes.
    memory_mb : refuse it more than this, MB; None for no limit.

    Raises
    ------
    UserError
        ``cpl.broken``: it could not be run.
    """
    lifeline, held = os.pipe()
    try:
        try:
            process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(lifeline,),
            )
        except OSError as error:
            raise UserError(BROKEN, str(error), where=arguments[0]) from error
        with process:
            try:
                die_with_pipe(lifeline, process.pid)
                if memory_mb is not None:
                    limit_child(process.pid, memory_mb)
                return _attended(process, say)
            except BaseException:
                process.kill()
                raise
    finally:
        os.close(lifeline)
        os.close(held)


def _attended(process: subprocess.Popen[bytes], say: Callable[[str], None]) -> Ended:
    for line in process.stdout or ():
        say(line.decode("utf-8", errors="replace").rstrip())
    # wait4 and not wait(): it tells the child's own peak.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(process.returncode, used.ru_maxrss * _MAXRSS_BYTES / 1e6)


def _environment() -> Mapping[str, str]:
    kept = {name: v for name, v in os.environ.items() if not name.startswith("ESOREX_")}
    return kept | {"LC_ALL": "C"}  # numbers have a decimal point
