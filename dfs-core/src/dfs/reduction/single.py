"""One recipe, run by hand on a set of frames: what one debugs with."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dfs.foundation.clock import Clock, system_clock
from dfs.foundation.errors import UserError
from dfs.foundation.files import NOT_READABLE, NOT_WRITABLE, replace_file, storage_error
from dfs.foundation.fits.headers import read_header
from dfs.host import Host, RegisteredInstrument
from dfs.organiser.model import BlockInput, ReductionBlock
from dfs.plugin import Engine, ParameterValue, Recipe
from dfs.quality import service as quality
from dfs.reduction import errors
from dfs.reduction.blocks import measurements_of, recipe_task
from dfs.reduction.dispatch import interrupted_by_sigterm
from dfs.reduction.engines.local import LocalEngine
from dfs.reduction.model import BlockResult, BlockState, ProductFile, product_id
from dfs.reduction.outcome import outcome_of
from dfs.reduction.runners import Runners
from dfs.reduction.service import system_version
from dfs.reduction.sof import check_sof, parse_sof
from dfs.reduction.worker import PRODUCTS, WorkerCall
from dfs.reduction.worker import run_recipe as run_in_worker

_PRODUCT_KEYWORD = "PRO.CATG"


@dataclass(frozen=True, slots=True)
class NamedRecipe:
    """A recipe with who brings it.

    Parameters
    ----------
    instrument : the instrument.
    recipe : the declaration.
    """

    instrument: RegisteredInstrument
    recipe: Recipe

    @property
    def name(self) -> str:
        """The full name, ``instrument.recipe``."""
        return f"{self.instrument.id}.{self.recipe.name}"


def list_recipes(host: Host, instrument: str | None = None) -> tuple[NamedRecipe, ...]:
    """Give the recipes of one instrument, or of all, in the order of the plugins.

    Raises
    ------
    UserError
        ``plugin.unknown``.
    """
    chosen = [host.resolve(instrument)] if instrument else list(host.instruments.values())
    return tuple(NamedRecipe(i, recipe) for i in chosen for recipe in i.recipes.values())


def find_recipe(host: Host, name: str) -> NamedRecipe:
    """Give a recipe by its full name, ``instrument.recipe``.

    Raises
    ------
    UserError
        ``recipe.unknown`` or ``plugin.unknown``.
    """
    id_, dot, wanted = name.partition(".")
    if not dot:
        raise UserError(
            errors.NO_SUCH_RECIPE, f"{name!r} does not name instrument and recipe with a dot"
        )
    instrument = host.resolve(id_)
    recipe = instrument.recipes.get(wanted)
    if recipe is None:
        known = ", ".join(instrument.recipes) or "none"
        raise UserError(
            errors.NO_SUCH_RECIPE, f"{instrument.source} has no recipe {wanted!r}; it has {known}"
        )
    return NamedRecipe(instrument, recipe)


def run_recipe(
    host: Host,
    name: str,
    sof: Path,
    out: Path,
    *,
    parameters: Mapping[str, ParameterValue] | None = None,
    engine: Engine | None = None,
    runners: Runners | None = None,
    clock: Clock = system_clock,
) -> BlockResult:
    """Run a recipe on a set of frames; products and log go to one folder.

    Parameters
    ----------
    host : the plugins.
    name : ``instrument.recipe``.
    sof : the set of frames; a relative path in it is meant from where it lies.
    out : the folder, made if need be; files of the same names are replaced.
    parameters : values that differ from the defaults; text is read as declared.
    engine : where it runs; None for a worker process. It is closed at the end.
    runners : run recipes; None for the best of this machine.
    clock : gives the time.

    Returns
    -------
    BlockResult
        Paths of products and log are relative to ``out``.

    Raises
    ------
    UserError
        ``recipe.unknown``, ``recipe.parameter``, ``plugin.unknown``, ``sof.…`` or
        ``fits.…``; nothing was run.
    StorageError
        The set of frames cannot be read, or the folder not be written.
    """
    named = find_recipe(host, name)
    runnable = (runners or Runners(clock=clock)).choose(named.recipe)
    recipe = runnable.recipe
    block = _block(named, sof, parameters or {})
    task = recipe_task(block, runnable, named.instrument, system_version())
    log = out.resolve() / f"{recipe.name}.log"
    engine = engine or LocalEngine(1)
    with _scratch(out) as folder:
        call = WorkerCall(
            task=task,
            runner=runnable.runner,
            folder=str(folder / block.id),
            log=str(log),
            isolated=engine.is_isolated,
        )
        started_at = clock()
        try:
            with interrupted_by_sigterm():
                answer = engine.submit(run_in_worker, call, time_limit_s=recipe.time_limit_s)
                answer.exception()
        finally:
            engine.close()
        outcome = outcome_of(answer, recipe, log)
        files: list[ProductFile] = []
        if outcome.made is not None:
            for product, known in zip(outcome.made.products, outcome.files, strict=True):
                made = folder / block.id / PRODUCTS / product.filename
                replace_file(made, out / product.filename)
                identity = product_id(block.id, product.category, product.number)
                files.append(
                    ProductFile(
                        id=identity,
                        category=product.category,
                        path=product.filename,
                        sha256=known.sha256,
                        size_bytes=known.size_bytes,
                        unit=product.unit,
                        content=known.content,
                    )
                )
    measurements = measurements_of(block, outcome)
    return BlockResult(
        block=block,
        state=BlockState.DONE if outcome.made is not None else BlockState.FAILED,
        products=tuple(files),
        measurements=measurements,
        scores=quality.measure(host, named.instrument.id, recipe.name, measurements),
        code=outcome.code,
        detail=outcome.detail,
        log=log.name,
        started_at=started_at,
        ended_at=clock(),
        peak_memory_mb=outcome.peak_memory_mb,
    )


def _block(
    named: NamedRecipe, sof: Path, parameters: Mapping[str, ParameterValue]
) -> ReductionBlock:
    try:
        text = sof.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise storage_error(error, sof, NOT_READABLE) from error
    lines = parse_sof(text, str(sof))
    check_sof(lines, named.recipe, str(sof))
    frames, are_products, times = [], [], []
    time_keyword = named.instrument.instrument.time_keyword
    for line in lines:
        path = (sof.parent / line.path).resolve()
        if not path.is_file():
            where = f"{sof}:{line.line}"
            raise UserError(errors.SOF_MISSING_FILE, f"there is no file {line.path}", where=where)
        header = read_header(path, {_PRODUCT_KEYWORD, time_keyword}, problems=[])
        frames.append(BlockInput(line.tag, str(path)))
        are_products.append(_PRODUCT_KEYWORD in header)
        times.append(header.get(time_keyword))
    if all(are_products):  # a step on products works on those of the first class it takes
        first = next(i.tag for i in named.recipe.inputs if any(f.tag == i.tag for f in frames))
        are_products = [frame.tag != first for frame in frames]
    own = [t for t, is_product in zip(times, are_products, strict=True) if not is_product]
    return ReductionBlock(
        id=named.recipe.name,
        instrument=named.instrument.id,
        action="",
        recipe=named.recipe.name,
        name=named.recipe.name,
        inputs=tuple(f for f, p in zip(frames, are_products, strict=True) if not p),
        calibrations=tuple(f for f, p in zip(frames, are_products, strict=True) if p),
        parameters=parameters,
        time_mjd=min((float(t) for t in own if isinstance(t, int | float)), default=None),
    )


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    folder = out.resolve() / f".{secrets.token_hex(4)}.work"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise storage_error(error, out, NOT_WRITABLE) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
