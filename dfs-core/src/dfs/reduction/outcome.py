"""What became of a call to a worker, whatever became of the worker."""

from __future__ import annotations

import signal
from concurrent.futures import Future
from pathlib import Path

from dfs.plugin import CallTimedOut, Recipe, WorkerDied
from dfs.reduction import blocklog
from dfs.reduction.errors import CRASHED, KILLED_FOR_MEMORY, TIMED_OUT
from dfs.reduction.limits import KilledForMemory
from dfs.reduction.model import Outcome


def outcome_of(answer: Future[Outcome], recipe: Recipe, log: Path) -> Outcome:
    """Give what a worker reported, or say in its place and in its log how it ended.

    Parameters
    ----------
    answer : of the engine, done.
    recipe : what the worker ran.
    log : the block's log.
    """
    error = answer.exception()
    if error is None:
        return answer.result()
    if isinstance(error, CallTimedOut):
        limit = f"{recipe.name} ran longer than its {recipe.time_limit_s:g} s and was ended"
        outcome = Outcome(code=TIMED_OUT.name, detail=limit)
    elif isinstance(error, KilledForMemory):
        said = f"{recipe.name}: the system killed its process because memory ran out"
        outcome = Outcome(code=KILLED_FOR_MEMORY.name, detail=said)
    elif isinstance(error, WorkerDied):
        outcome = Outcome(code=CRASHED.name, detail=f"{recipe.name}: {_end(error.exit_code)}")
    else:
        said = f"{recipe.name}: the worker failed: {type(error).__name__}: {error}"
        outcome = Outcome(code=CRASHED.name, detail=said)
    blocklog.append(log, f"ERROR {outcome.detail} [{outcome.code}]")
    return outcome


def _end(exit_code: int | None) -> str:
    if exit_code is None:
        return "its process died"
    if exit_code >= 0:
        return f"its process ended by itself with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    hint = ", perhaps by the system for want of memory" if -exit_code == signal.SIGKILL else ""
    return f"its process was killed by {name}{hint}"
