"""The runner of CPL recipes: esorex, in a folder of its own for each run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from dfs.foundation.errors import UserError
from dfs.foundation.files import NOT_WRITABLE, storage_error
from dfs.plugin import BadConfiguration, CplRecipe, ParameterValue
from dfs.reduction.cpl.discovery import show_only
from dfs.reduction.cpl.errors import BROKEN
from dfs.reduction.cpl.failure import Said
from dfs.reduction.cpl.files import (
    ListedProduct,
    handed_name,
    listed_products,
    parameter_text,
    sof_text,
)
from dfs.reduction.cpl.program import PRIVATE_OPTIONS, run
from dfs.reduction.model import Made, RecipeTask, TaskFrame

WORK: Final = "esorex"
"""The run's working folder, beside that of the products."""

_SOF: Final = "frames.sof"
_PARAMETERS: Final = "parameters.rc"
_PRODUCTS: Final = "products.json"
_MADE: Final = "made"
_INPUTS: Final = "inputs"


@dataclass(frozen=True, slots=True)
class EsorexRunner:
    """Runs one CPL recipe.

    Parameters
    ----------
    program : esorex.
    library : the recipe's plugin.
    name : what the pipeline calls it.
    cpl : the declaration.
    cpl_parameters : our names of parameters to theirs and what they take by themselves.
    """

    program: str
    library: str
    name: str
    cpl: CplRecipe
    cpl_parameters: Mapping[str, tuple[str, ParameterValue]] = field(default_factory=dict)

    def run(self, task: RecipeTask, folder: Path, log: logging.Logger, *, limited: bool) -> Made:
        """Run the recipe, see :class:`dfs.reduction.native.Runner`."""
        from dfs.reduction.cpl.products import take_over  # what writes needs numpy, who waits not

        work = folder.with_name(WORK)
        try:
            command = self._prepared(task, work)
        except OSError as error:
            raise storage_error(error, work, NOT_WRITABLE) from error
        except ValueError as error:
            raise BadConfiguration(f"{self.name}: {error}") from error
        log.info("running %s", " ".join(command))
        said = Said(log)
        ended = run(command, work, said, memory_mb=task.recipe.memory_mb if limited else None)
        log.info("%s, peak memory %.0f MB", said.summary(), ended.peak_memory_mb)
        if ended.exit_code != 0:
            raise said.failure(self.name, ended.exit_code)
        made = take_over(_listed(work), task, self.cpl, folder, log)
        return replace(made, peak_memory_mb=ended.peak_memory_mb)

    def _prepared(self, task: RecipeTask, work: Path) -> list[str]:
        (work / _MADE).mkdir(parents=True)
        frames = [(_readable(f, work, f"{_INPUTS}/{i}"), f.tag) for i, f in enumerate(task.frames)]
        (work / _SOF).write_text(sof_text(frames), encoding="utf-8", errors="surrogateescape")
        # What a recipe takes by itself is not told: to some, told or not is a difference.
        told = {
            name: task.parameters[ours]
            for ours, (name, by_itself) in self.cpl_parameters.items()
            if task.parameters[ours] != by_itself
        }
        (work / _PARAMETERS).write_text(parameter_text(told), encoding="utf-8")
        plugins = show_only(Path(self.library), work)
        return [
            self.program,
            *PRIVATE_OPTIONS,
            f"--recipe-config={_PARAMETERS}",
            f"--recipe-dir={plugins}",
            f"--output-dir={_MADE}",
            f"--products-sof={_PRODUCTS}",
            "--msg-level=info",
            "--suppress-link=TRUE",
            "--suppress-prefix=TRUE",
            self.name,
            _SOF,
        ]


def _readable(frame: TaskFrame, work: Path, folder: str) -> str:
    """Give a path that a set of frames can hold; of a link where the frame's own is none."""
    if len(frame.path.split()) == 1:
        return frame.path
    link = f"{folder}/{handed_name(frame.path)}"
    (work / folder).mkdir(parents=True)
    (work / link).symlink_to(frame.path)
    return link


def _listed(work: Path) -> tuple[ListedProduct, ...]:
    """Read the list of products; a recipe that makes none leaves none."""
    try:
        text = (work / _PRODUCTS).read_text("utf-8", errors="surrogateescape")
        return tuple(replace(p, path=str(work / p.path)) for p in listed_products(text))
    except FileNotFoundError:
        return ()
    except ValueError as error:
        raise UserError(BROKEN, f"{error}", where=_PRODUCTS) from error
