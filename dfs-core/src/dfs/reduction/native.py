"""Runners: how a recipe's code is called. The native one calls a Python function."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from dfs.foundation.clock import Clock, system_clock
from dfs.plugin import BadConfiguration, RecipeContext
from dfs.reduction.limits import memory_limit
from dfs.reduction.model import Made, RecipeTask


class Runner(Protocol):
    """Runs recipes of one kind; travels to the worker, so it survives pickling."""

    def run(self, task: RecipeTask, folder: Path, log: logging.Logger, *, limited: bool) -> Made:
        """Run a recipe.

        Parameters
        ----------
        task : what is to be done.
        folder : takes the products and nothing else; beside it is scratch space.
        log : the block's log.
        limited : refuse memory beyond what the recipe declares; only in a process of
            its own.

        Raises
        ------
        RecipeError
            What the recipe says of itself.
        DfsError
            Files could not be read or written.
        Exception
            Whatever a recipe's author did not expect.
        """


@dataclass(frozen=True, slots=True)
class NativeRunner:
    """Runs recipes that are Python functions.

    Parameters
    ----------
    clock : gives the time.
    """

    clock: Clock = system_clock

    def run(self, task: RecipeTask, folder: Path, log: logging.Logger, *, limited: bool) -> Made:
        """Call the function, see :class:`Runner`."""
        from dfs.reduction.context import NativeContext  # what writes needs numpy, who waits not

        # Imported before memory counts: what a library holds is not the recipe's need.
        function = load_function(task.recipe.function)
        context = NativeContext(task, folder, log, self.clock)
        if limited:
            with memory_limit(task.recipe.memory_mb):
                function(context)
        else:
            function(context)
        return context.made()


def load_function(name: str) -> Callable[[RecipeContext], object]:
    """Import a function, named ``"module:function"``.

    Raises
    ------
    BadConfiguration
        There is no such function.
    """
    module, _, attribute = name.partition(":")
    function = getattr(import_module(module), attribute, None)
    if not callable(function):
        raise BadConfiguration(f"{name} is no function")
    return function  # type: ignore[no-any-return]
