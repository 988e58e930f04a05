"""One recipe a fault; the function's name says which."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path

import numpy as np

from dfs.plugin import BadConfiguration, RecipeContext, Retryable, UnprocessableData

PIXELS = np.ones((16, 16), np.float32)
CHUNK_BYTES = 32 << 20
MOST_BYTES = 1 << 30


def good(context: RecipeContext) -> None:
    context.metric("QC.FAULTY.NUMBER", float(len(context.frames())))
    context.write("MASTER_GOOD", PIXELS)


def child(context: RecipeContext) -> None:
    context.write("MASTER_CHILD", PIXELS)


def segfault(context: RecipeContext) -> None:
    ctypes.string_at(0)


def exits(context: RecipeContext) -> None:
    os._exit(7)


def system_exit(context: RecipeContext) -> None:
    sys.exit(3)


def hang(context: RecipeContext) -> None:
    context.write("MASTER_HANG", PIXELS)
    while True:
        time.sleep(0.05)


def memory(context: RecipeContext) -> None:
    held = []
    for _ in range(MOST_BYTES // CHUNK_BYTES):
        held.append(np.ones(CHUNK_BYTES, np.uint8))
        time.sleep(0.02)  # as real recipes do, it takes a while
    context.write("MASTER_MEMORY", PIXELS)


def misconfigured(context: RecipeContext) -> None:
    raise BadConfiguration("window and binning contradict each other")


def unprocessable(context: RecipeContext) -> None:
    raise UnprocessableData("all frames are saturated")


def retryable(context: RecipeContext) -> None:
    raise Retryable("the licence server does not answer")


def flaky(context: RecipeContext) -> None:
    tried = Path(f"{context.frames()[0].path}.tried")
    if not tried.exists():
        tried.touch()
        raise Retryable("the first attempt always fails")
    context.write("MASTER_FLAKY", PIXELS)


def bug(context: RecipeContext) -> None:
    raise ZeroDivisionError("a mistake of the recipe's author")


def late(context: RecipeContext) -> None:
    context.write("MASTER_LATE", PIXELS)
    raise UnprocessableData("noticed after the first product was written")


def nothing(context: RecipeContext) -> None:
    context.log.info("nothing is written")


def category(context: RecipeContext) -> None:
    context.write("MASTER_SURPRISE", PIXELS)


def metric(context: RecipeContext) -> None:
    context.metric("QC.FAULTY.SURPRISE", 1.0)
    context.write("MASTER_METRIC", PIXELS)


def planes(context: RecipeContext) -> None:
    context.write("MASTER_PLANES", PIXELS, error=PIXELS[:8])
