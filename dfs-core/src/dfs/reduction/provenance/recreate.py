"""Writing the script that makes a product again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dfs.foundation.errors import UserError
from dfs.foundation.files import NOT_WRITABLE, atomic_write, storage_error
from dfs.host import Host
from dfs.reduction.cpl.runner import EsorexRunner
from dfs.reduction.provenance.errors import NOT_ON_RECORD, SCRIPT_FOLDER
from dfs.reduction.provenance.script import SCRIPT_NAME, EsorexCall, plan_script
from dfs.reduction.provenance.tree import Source, TracedFile, TracedRun, runs
from dfs.reduction.runners import RunnerKind, Runners
from dfs.reduction.single import find_recipe

__all__ = ["write_script"]


def write_script(
    host: Host, product: TracedFile, folder: Path, runners: Runners
) -> tuple[str, ...]:
    """Write a folder with a script that makes a product again.

    Parameters
    ----------
    host : the plugins; only of a product of esorex something is asked of them.
    product : traced.
    folder : new, or empty.
    runners : know how recipes are told to esorex.

    Returns
    -------
    tuple of str
        Why the script may not run as it is, a sentence each.

    Raises
    ------
    UserError
        ``usage.script-folder``, ``trace.not-on-record``; ``plugin.unknown``,
        ``recipe.unknown``, ``reduce.no-runner`` or ``cpl.…``: a recipe of esorex is not
        installed here.
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(SCRIPT_FOLDER, "something is in it", where=str(folder))
    calls = {
        run.place: _call(host, runners, run)
        for run in runs(product)
        if run.source is Source.RECORD and run.record.runner == RunnerKind.ESOREX
    }
    script = plan_script(product, calls)
    _write(folder, script.files)
    return script.troubles


def _call(host: Host, runners: Runners, run: TracedRun) -> EsorexCall:
    record = run.record
    runnable = runners.choose(find_recipe(host, f"{record.instrument}.{record.recipe}").recipe)
    runner = runnable.runner
    if not isinstance(runner, EsorexRunner):
        raise UserError(NOT_ON_RECORD, f"{record.recipe} is no recipe of esorex any more")
    told = runner.cpl_parameters
    return EsorexCall(
        pipeline=runner.cpl.pipeline,
        recipe=runner.name,
        parameters={
            told[name][0]: value
            for name, value in record.parameters.items()
            if name in told and value != told[name][1]
        },
        categories={ours: theirs for theirs, ours in runner.cpl.categories.items()},
    )


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(error, path.parent, NOT_WRITABLE) from error
        with atomic_write(path) as file:
            file.write(text.encode("utf-8", "surrogateescape"))
    script = folder / SCRIPT_NAME
    script.chmod(script.stat().st_mode | 0o111)
