"""Values of the reduction: what is asked of a worker, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from dfs.organiser.model import ReductionBlock
from dfs.plugin import (
    HeaderValue,
    Measurement,
    ParameterValue,
    QualityParameter,
    Recipe,
    Score,
)
from dfs.reduction.provenance.model import ProvenanceRecord


class BlockState(StrEnum):
    """Where a block stands; all but the first two are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    """A block that it depends on has no products."""
    INCOMPLETE = "incomplete"
    """Something that it needs is not there; it never runs."""
    PARKED = "parked"
    """Its recipe crashed or hung on the same inputs before; only force runs it."""
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the block."""
        return self not in (BlockState.WAITING, BlockState.RUNNING)


def product_id(block_id: str, category: str, number: int = 1) -> str:
    """Name a product for good: the same in each run of its block.

    Parameters
    ----------
    block_id, category : whose it is and what it is.
    number : among those of its category, from 1; the first one needs none.
    """
    return f"{block_id}.{category}" if number == 1 else f"{block_id}.{category}.{number}"


@dataclass(frozen=True, slots=True)
class ProductFile:
    """A product on disk.

    Parameters
    ----------
    id : ``<block id>.<category>``, stable over runs.
    category : ``PRO.CATG``.
    path : relative to the workspace.
    sha256 : digest of the file, 64 hexadecimal digits.
    size_bytes : length of the file.
    unit : unit of the pixels, empty for none.
    content : digest of what of it outlives its making; empty if nobody asked.
    """

    id: str
    category: str
    path: str
    sha256: str
    size_bytes: int
    unit: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A QC1 value that a recipe measured.

    Parameters
    ----------
    name : the parameter.
    value : in the parameter's unit.
    category : category of the products that it belongs to; empty for every one.
    """

    name: str
    value: float
    category: str = ""


@dataclass(frozen=True, slots=True)
class BlockResult:
    """How a block ended.

    Parameters
    ----------
    block : the block, with the path of every input.
    state : how it ended.
    products : what it made.
    measurements, scores : QC1 values and what is said of them, in one order.
    code, detail : what went wrong; empty if nothing did.
    log : the block's log, relative to the workspace; empty if it never ran.
    report : the block's quality report, likewise.
    started_at, ended_at : when it ran, UTC.
    seconds : how long it ran; None if it never did.
    peak_memory_mb : most memory that its process held, MB; None if unknown.
    reused : whether an earlier result is taken; the times are then those of its making.
    key : of all that the result depends on; empty if that was never known.
    folder : the result's, relative to the workspace; empty if there is none.
    record : how it was made; None if there is none.
    """

    block: ReductionBlock
    state: BlockState
    products: tuple[ProductFile, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    scores: tuple[Score, ...] = ()
    code: str = ""
    detail: str = ""
    log: str = ""
    report: str = ""
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    peak_memory_mb: float | None = None
    reused: bool = False
    key: str = ""
    folder: str = ""
    record: ProvenanceRecord | None = None

    @property
    def seconds(self) -> float | None:
        """How long the block ran, s."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class ReductionReport:
    """How all blocks ended.

    Parameters
    ----------
    results : in the order of the blocks that were asked for.
    cancelled : whether somebody ended the reduction early.
    page : the quality report on all of them, relative to the workspace; empty if
        there is none.
    troubles : what went wrong beside the blocks, a sentence each.
    """

    results: tuple[BlockResult, ...]
    cancelled: bool = False
    page: str = ""
    troubles: tuple[str, ...] = ()

    @property
    def all_done(self) -> bool:
        """Whether every block has its products."""
        return all(result.state is BlockState.DONE for result in self.results)

    @property
    def made_something(self) -> bool:
        """Whether a block was run and has products of it."""
        return any(r.state is BlockState.DONE and not r.reused for r in self.results)


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """What would become of a block.

    Parameters
    ----------
    block : the block.
    state : waiting if it would run, else incomplete, blocked or failed.
    code, detail : why it would not run.
    memory_mb : memory that its recipe declares, MB; zero if it would not run.
    left_out : optional calibrations that it would take if they could be made, with the
        reason why they cannot.
    """

    block: ReductionBlock
    state: BlockState
    code: str = ""
    detail: str = ""
    memory_mb: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskFrame:
    """A file that is handed to a recipe.

    Parameters
    ----------
    path : absolute.
    tag : its class.
    is_raw : whether it belongs to the block itself, not to its calibrations.
    """

    path: str
    tag: str
    is_raw: bool


@dataclass(frozen=True, slots=True)
class TaskProvenance:
    """What a product's header tells of its making, beside frames and parameters.

    Parameters
    ----------
    key : digest of all that the result depends on, see ``dfs.reduction.reuse``.
    digests : SHA-256 of each frame, in the order of the task's frames.
    runner : ``native`` or ``esorex``.
    software : name to version of everything that takes part.
    host : name of the machine.
    """

    key: str = ""
    digests: tuple[str, ...] = ()
    runner: str = "native"
    software: Mapping[str, str] = field(default_factory=dict)
    host: str = ""


@dataclass(frozen=True, slots=True)
class RecipeTask:
    """One run of one recipe, with all that a worker needs; it survives pickling.

    Parameters
    ----------
    id : the block's id.
    stem : beginning of the products' file names.
    recipe : the declaration.
    frames : the raw frames, then the calibrations.
    parameters : every declared parameter with its value.
    quality_parameters : the QC1 parameters that this recipe may measure.
    pipeline : distribution and version of the plugin, ``dfs-x/1.2``.
    system : version of this system, ``dfs-0.1.0``.
    dictionary : name of the QC1 declarations, for ``QC.DID``.
    time_keyword, identity_keyword : as the instrument declares them.
    setup_keywords : keywords that tell its set-ups apart.
    provenance : what the products' headers tell of their making.
    """

    id: str
    stem: str
    recipe: Recipe
    frames: tuple[TaskFrame, ...]
    parameters: Mapping[str, ParameterValue]
    quality_parameters: Mapping[str, QualityParameter]
    pipeline: str
    system: str
    dictionary: str
    time_keyword: str = "MJD-OBS"
    identity_keyword: str = "ARCFILE"
    setup_keywords: tuple[str, ...] = ()
    provenance: TaskProvenance = field(default_factory=TaskProvenance)


@dataclass(frozen=True, slots=True)
class MadeProduct:
    """A product as the runner left it in the block's folder.

    Parameters
    ----------
    category : ``PRO.CATG``.
    filename : name in that folder.
    unit : unit of the pixels.
    number : among those of its category, from 1.
    """

    category: str
    filename: str
    unit: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What a runner made of a task.

    Parameters
    ----------
    products : in the order in which they were written.
    metrics : one for each product that a value belongs to.
    setup : the instrument's setup keywords of the first raw frame.
    peak_memory_mb : most memory that a program held that the runner has started, MB.
    """

    products: tuple[MadeProduct, ...]
    metrics: tuple[Metric, ...] = ()
    setup: Mapping[str, HeaderValue] = field(default_factory=dict)
    peak_memory_mb: float = 0.0


class FileState(NamedTuple):
    """While it is the same, a file holds the same.

    Parameters
    ----------
    size_bytes : length.
    modified_ns : time of the last change, ns.
    inode : number of the file on its disk.
    """

    size_bytes: int
    modified_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a product is known by.

    Parameters
    ----------
    sha256 : digest of the file, 64 hexadecimal digits.
    content : digest of what of it outlives its making, likewise.
    size_bytes : length.
    modified_ns : time of the last change, ns since 1970.
    """

    sha256: str
    content: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker reports of a task.

    Parameters
    ----------
    made : what it made; None if it failed.
    files : what each product is known by, in the order of ``made.products``.
    code, detail : what went wrong.
    retryable : whether another attempt may succeed.
    peak_memory_mb : most memory that the process held meanwhile, MB; None if unknown.
    """

    made: Made | None = None
    files: tuple[FileDigest, ...] = ()
    code: str = ""
    detail: str = ""
    retryable: bool = False
    peak_memory_mb: float | None = None
