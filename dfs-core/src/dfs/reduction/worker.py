"""What happens in a worker: one recipe is run in a folder of its own, and reported."""

from __future__ import annotations

import errno
import shutil
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass, replace
from logging import Logger
from pathlib import Path

from dfs.foundation.errors import DfsError, ErrorCode
from dfs.foundation.files import DISK_FULL, NOT_WRITABLE, storage_error
from dfs.plugin import BadConfiguration, RecipeError, Retryable, UnprocessableData
from dfs.reduction import errors
from dfs.reduction.blocklog import block_log, captured_output
from dfs.reduction.limits import forget_peak, peak_memory_mb
from dfs.reduction.model import Outcome, RecipeTask
from dfs.reduction.native import Runner
from dfs.reduction.reuse.content import digest_product

PRODUCTS = "products"
"""Folder, within a block's, of what is to be kept."""


@dataclass(frozen=True, slots=True)
class WorkerCall:
    """A task with where it happens.

    Parameters
    ----------
    task : what is to be done.
    runner : how.
    folder : the block's scratch folder; made anew.
    log : the block's log; written anew.
    isolated : whether the process is the worker's own, so that working folder, output
        and memory limit may be changed.
    """

    task: RecipeTask
    runner: Runner
    folder: str
    log: str
    isolated: bool


def run_recipe(call: WorkerCall) -> Outcome:
    """Run a recipe and say what came of it; whatever it raises is part of the answer.

    If all went well, the products lie in ``<folder>/products`` afterwards, whole and on
    disk. The folder is the caller's to remove.
    """
    folder, log = Path(call.folder), Path(call.log)
    try:
        with ExitStack() as stack:
            logger = stack.enter_context(
                block_log(log, call.task.recipe.name, everything=call.isolated)
            )
            stack.enter_context(_scratch(folder))
            if call.isolated:
                stack.enter_context(captured_output(log))
                stack.enter_context(chdir(folder))
                forget_peak()
            outcome = _attempt(call, folder / PRODUCTS, logger)
            if call.isolated:
                peak_mb = peak_memory_mb()
                if outcome.made is not None:
                    peak_mb = max(peak_mb, outcome.made.peak_memory_mb)
                outcome = replace(outcome, peak_memory_mb=peak_mb)
    except DfsError as error:
        outcome = Outcome(code=error.code.name, detail=_sentence(error))
    return outcome


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    try:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / PRODUCTS).mkdir(parents=True)
    except OSError as error:
        raise storage_error(error, folder, NOT_WRITABLE) from error
    yield


def _attempt(call: WorkerCall, products: Path, log: Logger) -> Outcome:
    task = call.task
    log.info("%s of %s on %d frames", task.recipe.name, task.pipeline, len(task.frames))
    for name, value in task.parameters.items():
        log.info("parameter %s = %s", name, value)
    try:
        made = call.runner.run(task, products, log, limited=call.isolated)
        files = tuple(digest_product(products / p.filename) for p in made.products)
    except (Exception, SystemExit) as error:
        code = _code(error)
        expected = isinstance(error, RecipeError | DfsError)
        log.error("%s [%s]", _sentence(error), code, exc_info=not expected)
        return Outcome(
            code=code.name, detail=_sentence(error), retryable=isinstance(error, Retryable)
        )
    if not made.products:
        log.error("the recipe wrote no product [%s]", errors.NO_PRODUCT)
        return Outcome(code=errors.NO_PRODUCT.name, detail="the recipe wrote no product")
    return Outcome(made=made, files=files)


_CODES: tuple[tuple[type[BaseException], ErrorCode], ...] = (
    (BadConfiguration, errors.BAD_CONFIGURATION),
    (UnprocessableData, errors.UNPROCESSABLE),
    (Retryable, errors.RETRYABLE),
    (MemoryError, errors.OUT_OF_MEMORY),
)


def _code(error: BaseException) -> ErrorCode:
    if isinstance(error, DfsError):
        return error.code
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    return next((code for kind, code in _CODES if isinstance(error, kind)), errors.FAILED)


def _sentence(error: BaseException) -> str:
    if isinstance(error, DfsError):
        return f"{error.where}: {error.detail}" if error.where else error.detail
    text = " ".join(str(error).split())
    if isinstance(error, RecipeError):
        return text or type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"
