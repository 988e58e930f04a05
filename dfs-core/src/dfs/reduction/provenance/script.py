"""A reduction as a shell script that needs nothing of ours but, for native recipes, ``dfs``.

Pure: a traced product in, texts out.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dfs.foundation.errors import UserError
from dfs.plugin import ParameterValue
from dfs.reduction.cpl.files import parameter_text, sof_text
from dfs.reduction.provenance.errors import NOT_ON_RECORD
from dfs.reduction.provenance.model import RecordedProduct
from dfs.reduction.provenance.shell import BEGINNING, CORE_VERSION, CPL_VERSIONS, PLUGIN_VERSION
from dfs.reduction.provenance.tree import FileState, Source, TracedFile, TracedRun, files, runs

__all__ = ["SCRIPT_NAME", "EsorexCall", "Script", "plan_script"]

SCRIPT_NAME: Final = "reduce.sh"
_CHECKSUMS: Final = "inputs.sha256"
_INPUTS: Final = "inputs"
_SOF: Final = "frames.sof"
_PARAMETERS: Final = "parameters.rc"
_CORE: Final = "dfs-core"
_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9_.:+-]")


@dataclass(frozen=True, slots=True)
class EsorexCall:
    """How a run is told to esorex.

    Parameters
    ----------
    pipeline : name of the pipeline.
    recipe : what the pipeline calls the recipe.
    parameters : the pipeline's full names, with the values that differ from its defaults.
    categories : a declared category to that of the pipeline, where they differ.
    """

    pipeline: str
    recipe: str
    parameters: Mapping[str, ParameterValue]
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Script:
    """A folder that makes a product again.

    Parameters
    ----------
    files : texts by path within the folder; one of them is the script.
    troubles : why it may not run as it is, a sentence each.
    """

    files: Mapping[str, str]
    troubles: tuple[str, ...] = ()


def plan_script(product: TracedFile, calls: Mapping[str, EsorexCall]) -> Script:
    """Write down how a product is made again.

    Parameters
    ----------
    product : traced.
    calls : how each run through esorex is told to it, by the run's place.

    Raises
    ------
    UserError
        ``trace.not-on-record``: the making of the product, or of an input that is gone, is
        not on record.
    """
    steps = [run for run in runs(product) if run.source is Source.RECORD]
    if not steps or product.maker is not steps[-1]:
        raise UserError(NOT_ON_RECORD, "its making is not on record", where=product.path)
    plan = _Plan(product, steps, calls)
    troubles = tuple(plan.troubles())
    texts = {SCRIPT_NAME: plan.script(), _CHECKSUMS: plan.checksums()}
    for run in steps:
        folder = plan.folders[run.place]
        texts |= {f"{folder}/{name}": text for name, text in plan.beside(run).items()}
    return Script(texts, troubles)


class _Plan:
    """Names for all that the script touches."""

    def __init__(
        self, product: TracedFile, steps: Sequence[TracedRun], calls: Mapping[str, EsorexCall]
    ) -> None:
        self._product = product
        self._steps = steps
        self._calls = calls
        self.folders = {
            run.place: f"{number}-{run.record.recipe}" for number, run in enumerate(steps, 1)
        }
        self._given = [f for run in steps for f in run.inputs if not self._is_made(f)]
        self._names = dict(_named(self._given))

    def _is_made(self, file: TracedFile) -> bool:
        return file.maker is not None and file.maker.place in self.folders

    def troubles(self) -> Iterator[str]:
        """Say which inputs are not there as they were.

        Raises
        ------
        UserError
            ``trace.not-on-record``: one of them is gone, and was not made by hand.
        """
        for file in {f.path: f for f in self._given}.values():
            if file.state is FileState.GONE and file.product:
                raise UserError(
                    NOT_ON_RECORD, f"{file.product} is gone, and so is its record", where=file.path
                )
            if file.state in (FileState.GONE, FileState.CHANGED):
                yield f"{file.path} is {file.state}; the script will say so and stop"

    def checksums(self) -> str:
        """Give the digests of all that the script takes from elsewhere."""
        lines = (f"{f.sha256}  {self._names[f.path]}\n" for f in self._given if f.sha256)
        return "".join(dict.fromkeys(lines))

    def beside(self, run: TracedRun) -> dict[str, str]:
        """Give the files of a step by name."""
        frames = [(self._seen_from_step(used), used.tag) for used in run.inputs]
        texts = {_SOF: sof_text(frames)}
        if (call := self._calls.get(run.place)) is not None:
            texts[_PARAMETERS] = parameter_text(call.parameters)
        return texts

    def _seen_from_step(self, used: TracedFile) -> str:
        if used.maker is not None and self._is_made(used):
            made = _made(used.maker, used)
            return f"../{self.folders[used.maker.place]}/{_plain(made.filename)}"
        return f"../{self._names[used.path]}"

    def script(self) -> str:
        """Give the script itself."""
        product, last = self._product, self._steps[-1]
        made = _made(last, product)
        parts = [
            BEGINNING.format(
                product=_comment(made.filename),
                id=_comment(product.product),
                sha256=product.sha256,
                made=f"{last.record.started_at:%Y-%m-%d %H:%M} UTC"
                if last.record.started_at
                else "at an unknown time",
                machine=_comment(last.record.machine.get("host", "an unknown machine")),
                environment=_comment(
                    ", ".join(f"{name} {v}" for name, v in last.record.environment.items())
                ),
            ),
            *self._software(),
            "\n# ── The files that it was made of; they are looked at, not copied ────────────\n",
            f"mkdir -p {_INPUTS}\n",
            *(
                f"frame {_quoted(self._names[f.path])} {_quoted(f.path)}\n"
                for f in {f.path: f for f in self._given}.values()
            ),
            f'unchanged {_CHECKSUMS} || stop "an input is not what it was"\n',
        ]
        for number, run in enumerate(self._steps, start=1):
            parts += self._step(number, run)
        result = f"{self.folders[last.place]}/{_plain(made.filename)}"
        parts.append(f"\nprintf '%s\\n' {_quoted(result)}\n")
        return "".join(parts)

    def _software(self) -> Iterator[str]:
        lines: dict[str, None] = {}
        for run in self._steps:
            software, call = run.record.software, self._calls.get(run.place)
            for name in software if call is None else ("esorex", "cpl", call.pipeline):
                known = software.get(name)
                if known is None or not known.version:
                    continue  # what is not installed has no version to insist on
                if known.fingerprint:
                    mark = known.fingerprint[:16]
                    lines[f"# {name} {known.version} was a development install, {mark}\n"] = None
                asked = _asked(name, call)
                told = f"{_quoted(name)} {_quoted(known.version)}"
                lines[f'installed {told} "$({asked})"\n'] = None
        yield from lines

    def _step(self, number: int, run: TracedRun) -> Iterator[str]:
        record, call = run.record, self._calls.get(run.place)
        yield f"\n# ── {number} of {len(self._steps)}: {record.instrument}.{record.recipe} ──\n"
        yield f"say {_quoted(f'{number} of {len(self._steps)}: {record.recipe}')}\n"
        yield f"(\n    cd {_quoted(self.folders[run.place])}\n"
        yield from _native(run) if call is None else _esorex(call)
        for product in self._needed(run):
            category = product.category
            if call is not None:
                category = call.categories.get(category, category)
            place = f"{_place(run, product)}"
            yield f"    named {_quoted(category)} {place} {_quoted(_plain(product.filename))}\n"
        yield ")\n"

    def _needed(self, run: TracedRun) -> Iterable[RecordedProduct]:
        """Give the products of a run that later steps take, and the one that is wanted."""
        wanted = [f for f in files(self._product) if f.maker and f.maker.place == run.place]
        return dict.fromkeys(_made(run, file) for file in wanted)


def _native(run: TracedRun) -> Iterator[str]:
    record = run.record
    yield f"    dfs recipe run {_quoted(f'{record.instrument}.{record.recipe}')} {_SOF} \\\n"
    for name, value in record.parameters.items():
        yield f"        --param {_quoted(f'{name}={_written(value)}')} \\\n"
    yield "        --runner native --out . > products.txt\n"


def _esorex(call: EsorexCall) -> Iterator[str]:
    yield f"    esorex --recipe-config={_PARAMETERS} --products-sof=products.sof \\\n"
    yield "        --output-dir=. --suppress-prefix=TRUE --suppress-link=TRUE \\\n"
    yield f"        {_quoted(call.recipe)} {_SOF} >&2\n"
    yield """    awk '{ print $2 "\\t" $1 }' products.sof > products.txt\n"""


def _asked(name: str, call: EsorexCall | None) -> str:
    """Give the command that tells which version is installed."""
    if name in CPL_VERSIONS:
        return CPL_VERSIONS[name]
    if call is not None:
        return f"pipeline {_quoted(name)}"
    return CORE_VERSION if name == _CORE else PLUGIN_VERSION.format(name=_quoted(name))


def _made(run: TracedRun, file: TracedFile) -> RecordedProduct:
    """Find a file among the products of its run."""
    products = run.record.products
    found = next((p for p in products if p.sha256 == file.sha256), None)
    if found is None:
        raise UserError(
            NOT_ON_RECORD, f"the record in {run.place} does not name it", where=file.path
        )
    return found


def _place(run: TracedRun, product: RecordedProduct) -> int:
    """Give a product's number among those of its category, from one."""
    same = [p for p in run.record.products if p.category == product.category]
    return same.index(product) + 1


def _named(given: Sequence[TracedFile]) -> Iterator[tuple[str, str]]:
    """Give each file a name within the folder that any set of frames can hold."""
    paths = list(dict.fromkeys(file.path for file in given))
    plain = [_plain(path.rpartition("/")[2]) for path in paths]
    often = Counter(name.casefold() for name in plain)
    for number, (path, name) in enumerate(zip(paths, plain, strict=True), start=1):
        yield path, f"{_INPUTS}/{f'{number}_' if often[name.casefold()] > 1 else ''}{name}"


def _plain(name: str) -> str:
    return _UNUSUAL.sub("_", name)


def _written(value: ParameterValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return shlex.quote(text)


def _comment(text: str) -> str:
    """What comes from outside must not end a comment."""
    return " ".join(text.split())
