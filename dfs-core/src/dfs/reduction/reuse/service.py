"""Reuse's use cases: what a block depends on, whether a result will do, and keeping a new one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dfs.host import Host, RegisteredInstrument
from dfs.organiser.model import BlockInput, ReductionBlock
from dfs.organiser.service import block_to_json
from dfs.reduction.blocks import measurements_of, parameter_values
from dfs.reduction.model import (
    BlockResult,
    BlockState,
    Outcome,
    ProductFile,
    TaskProvenance,
    product_id,
)
from dfs.reduction.provenance.machine import environment, host_name, machine
from dfs.reduction.provenance.model import (
    ProvenanceRecord,
    RecordedProduct,
    Software,
    UsedFrame,
)
from dfs.reduction.provenance.record import write_record
from dfs.reduction.reuse.digests import FileDigests
from dfs.reduction.reuse.fingerprint import CORE, core_software, installed_software
from dfs.reduction.reuse.key import block_key
from dfs.reduction.reuse.model import Ingredients
from dfs.reduction.reuse.results import Results, StoredResult
from dfs.reduction.runners import RunnableRecipe
from dfs.reduction.workspace import Workspace

__all__ = ["Reuse", "Work"]


@dataclass(frozen=True, slots=True)
class Work:
    """A block with all that is known of it before it runs.

    Parameters
    ----------
    block : with the path of every input.
    runnable : its recipe with the runner.
    instrument : who declares it.
    ingredients : all that its result depends on.
    key : of those.
    """

    block: ReductionBlock
    runnable: RunnableRecipe
    instrument: RegisteredInstrument
    ingredients: Ingredients
    key: str

    @property
    def provenance(self) -> TaskProvenance:
        """What the headers of its products tell of their making."""
        return TaskProvenance(
            key=self.key,
            digests=tuple(frame.sha256 for frame in self.ingredients.inputs),
            runner=self.ingredients.runner,
            software={n: _told(s) for n, s in self.ingredients.software.items()}
            | dict(environment()),
            host=host_name(),
        )

    def has_moved_since(self, record: ProvenanceRecord) -> bool:
        """Tell whether an input lies elsewhere than when a result was made of them."""
        then = [frame.path for frame in record.inputs]
        return [frame.path for frame in self.ingredients.inputs] != then


class Reuse:
    """Knows inputs, software and earlier results of one workspace.

    Parameters
    ----------
    workspace : open.
    host : the plugins.
    only_look : leave damaged results where they are.

    Attributes
    ----------
    digests : of files.
    results : of earlier runs.
    """

    def __init__(self, workspace: Workspace, host: Host, *, only_look: bool = False) -> None:
        self.digests = FileDigests(workspace.database)
        self.results = Results(workspace, self.digests, only_look=only_look)
        self._workspace = workspace
        self._host = host

    def recall(self, blocks: Iterable[ReductionBlock]) -> None:
        """Look once which files of all these blocks are known.

        Raises
        ------
        StorageError
            The database cannot be read.
        """
        self.digests.recall(frame.path for b in blocks for frame in _frames(b) if frame.path)

    def unread(self, block: ReductionBlock) -> tuple[str, ...]:
        """Give the files of a block that have to be read before its key is known."""
        paths = (frame.path for frame in _frames(block) if not frame.is_virtual)
        return tuple(dict.fromkeys(path for path in paths if self.digests.known(path) is None))

    def work(
        self, block: ReductionBlock, runnable: RunnableRecipe, made: Iterable[BlockResult]
    ) -> Work:
        """Gather what the result of a block depends on.

        Parameters
        ----------
        block : with the path of every input; its files have been read.
        runnable : its recipe with the runner.
        made : results of the blocks whose products it takes; the contents of those of
            others are not known, and the key is one that nothing has.

        Raises
        ------
        UserError
            ``recipe.parameter``.
        StorageError
            ``storage.not-readable``.
        """
        instrument = self._host.instruments[block.instrument]
        ingredients = Ingredients(
            instrument=block.instrument,
            recipe=block.recipe,
            stem=block.name,
            runner=runnable.kind.value,
            parameters=parameter_values(runnable.recipe, block.parameters),
            inputs=tuple(self._used(block, {p.id: p for result in made for p in result.products})),
            software=self.software(instrument, runnable),
        )
        return Work(block, runnable, instrument, ingredients, block_key(ingredients))

    @staticmethod
    def software(instrument: RegisteredInstrument, runnable: RunnableRecipe) -> dict[str, Software]:
        """Give all software that takes part, by name."""
        plugin = installed_software(instrument.distribution, instrument.module)
        brought = {name: Software(version) for name, version in runnable.software.items()}
        return {CORE: core_software(), instrument.distribution: plugin, **brought}

    def find(self, work: Work) -> StoredResult | None:
        """Give a whole result that will do; it counts as used now.

        Raises
        ------
        StorageError
            The disk failed.
        """
        block = work.block
        found = self.results.find(block.instrument, block.id, work.key)
        if found is not None:
            self._workspace.make_current(found.folder, block.instrument, block.id)
            with suppress(OSError):  # somebody else's result in a shared workspace
                os.utime(found.folder)
        return found

    def taken(self, block: ReductionBlock, found: StoredResult) -> BlockResult:
        """Say how a block ended for which an earlier result was taken."""
        record, log = found.record, f"logs/{block.id}.log"
        return BlockResult(
            block=block,
            state=BlockState.DONE,
            products=self._products(block, record.products),
            measurements=record.measurements,
            log=log if os.path.isfile(f"{self._workspace.root}/{log}") else "",  # noqa: PTH113
            started_at=record.started_at,
            ended_at=record.ended_at,
            peak_memory_mb=record.peak_memory_mb,
            reused=True,
            key=record.key,
            folder=f"results/{block.instrument}/{block.id}/{found.folder.name}",
            record=record,
        )

    def keep(self, work: Work, began: BlockResult, outcome: Outcome, made: Path) -> BlockResult:
        """Make what a run has made a result, and the block's current one.

        Parameters
        ----------
        work : what was run.
        began : the block as it ended, without products.
        outcome : what its worker reports.
        made : folder of the products.

        Raises
        ------
        StorageError
            The disk did not do it.
        """
        block = work.block
        record = ProvenanceRecord(
            key=work.key,
            block=block_to_json(block),
            instrument=block.instrument,
            action=block.action,
            recipe=block.recipe,
            stem=block.name,
            runner=work.ingredients.runner,
            software=work.ingredients.software,
            parameters=work.ingredients.parameters,
            inputs=work.ingredients.inputs,
            products=tuple(_recorded(block, outcome)),
            measurements=measurements_of(block, outcome),
            environment=environment(),
            machine=machine(),
            started_at=began.started_at,
            ended_at=began.ended_at,
            peak_memory_mb=outcome.peak_memory_mb,
        )
        write_record(made, record)
        folder = self._workspace.publish(made, block.instrument, block.id, work.key)
        return replace(self.taken(block, StoredResult(folder, record)), reused=False)

    def _used(self, block: ReductionBlock, made: Mapping[str, ProductFile]) -> Iterable[UsedFrame]:
        own = len(block.inputs)
        for index, frame in enumerate(_frames(block)):
            if not frame.is_virtual:
                sha256 = self.digests.of(frame.path)
                yield UsedFrame(frame.tag, index < own, frame.path, sha256, sha256)
                continue
            identity = product_id(frame.block, frame.category)
            product = made.get(identity)
            sha256, content = (product.sha256, product.content) if product else ("", "")
            yield UsedFrame(frame.tag, index < own, frame.path, sha256, content, identity)

    @staticmethod
    def _products(
        block: ReductionBlock, recorded: Iterable[RecordedProduct]
    ) -> tuple[ProductFile, ...]:
        return tuple(
            ProductFile(
                id=product.id,
                category=product.category,
                path=f"products/{block.instrument}/{block.id}/{product.filename}",
                sha256=product.sha256,
                size_bytes=product.size_bytes,
                unit=product.unit,
                content=product.content,
            )
            for product in recorded
        )


def _frames(block: ReductionBlock) -> tuple[BlockInput, ...]:
    return (*block.inputs, *block.calibrations)


def _told(software: Software) -> str:
    mark = f"+{software.fingerprint[:8]}" if software.fingerprint else ""
    return f"{software.version}{mark}"


def _recorded(block: ReductionBlock, outcome: Outcome) -> Iterable[RecordedProduct]:
    if outcome.made is None:
        return
    for product, known in zip(outcome.made.products, outcome.files, strict=True):
        yield RecordedProduct(
            id=product_id(block.id, product.category, product.number),
            category=product.category,
            filename=product.filename,
            sha256=known.sha256,
            content=known.content,
            size_bytes=known.size_bytes,
            modified_ns=known.modified_ns,
            unit=product.unit,
        )
