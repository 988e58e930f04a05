"""Where a product comes from, as a tree: files, and the runs that made them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dfs.plugin import ParameterValue
from dfs.reduction.provenance.model import ProvenanceRecord


class FileState(StrEnum):
    """What became of a file since it was recorded."""

    OK = "ok"
    CHANGED = "changed"
    """Another content lies there now."""
    GONE = "gone"
    UNKNOWN = "unknown"
    """It was not looked for, or nothing is recorded to hold it against."""


class Standing(StrEnum):
    """What a recorded product is to its workspace."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    """A later result of its block has taken its place."""
    PRUNED = "pruned"
    """The workspace has no result with it any more."""
    NONE = ""
    """It is no product of a workspace."""


class Source(StrEnum):
    """From what a run is known."""

    RECORD = "record"
    HEADER = "header"
    """From the cards of the product's header, for its record is not at hand."""


@dataclass(frozen=True, slots=True)
class TracedRun:
    """A run of a recipe.

    Parameters
    ----------
    record : what is known of it; of a run that is known from a header only parts.
    source : from what.
    place : folder of its results, or the file whose header told of it.
    changed : parameters that were not left at their defaults; None if the defaults are
        not known.
    inputs : what it took.
    """

    record: ProvenanceRecord
    source: Source
    place: str
    changed: Mapping[str, ParameterValue] | None = None
    inputs: tuple[TracedFile, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it took, s."""
        began, ended = self.record.started_at, self.record.ended_at
        return None if began is None or ended is None else (ended - began).total_seconds()


@dataclass(frozen=True, slots=True)
class TracedFile:
    """A file, and how it was made.

    Parameters
    ----------
    path : where it is, or lay.
    state : what became of it.
    sha256 : digest that is recorded; of a file known from a header, its beginning.
    tag : the class under which it was taken; empty for the product that is traced.
    is_raw : whether it belonged to the block that took it.
    product, category : identifier and category of a product.
    standing : what it is to its workspace.
    rejected : why quality control has rejected it; empty if it has not.
    maker : the run that made it; None for a raw frame, or where none is known.
    note : what else is to be said of it.
    """

    path: str
    state: FileState
    sha256: str = ""
    tag: str = ""
    is_raw: bool = False
    product: str = ""
    category: str = ""
    standing: Standing = Standing.NONE
    rejected: str = ""
    maker: TracedRun | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """Name without its folder."""
        return self.path.rpartition("/")[2]


def runs(root: TracedFile) -> Iterator[TracedRun]:
    """Give each run of a tree once, those first whose products others took."""
    seen: set[str] = set()

    def follow(file: TracedFile) -> Iterator[TracedRun]:
        run = file.maker
        if run is None or run.place in seen:
            return
        seen.add(run.place)
        for used in run.inputs:
            yield from follow(used)
        yield run

    yield from follow(root)


def files(root: TracedFile) -> Iterator[TracedFile]:
    """Give the files of a tree, each path and content once, the product first."""
    seen: set[tuple[str, str]] = set()
    waiting = [root]
    while waiting:
        file = waiting.pop(0)
        if (known := (file.path, file.sha256)) not in seen:
            seen.add(known)
            yield file
            waiting += file.maker.inputs if file.maker else ()
