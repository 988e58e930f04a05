"""Tracing's use case: a product, back to the raw frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from dfs.foundation.database import WORKSPACE_DATABASE
from dfs.foundation.errors import StorageError, UserError
from dfs.foundation.files import sha256_file
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.headers import read_header
from dfs.foundation.fits.sources import open_source
from dfs.foundation.fits.structure import units
from dfs.plugin import Header
from dfs.quality import service as quality
from dfs.quality.certification import Decision
from dfs.reduction.bookkeeping import remembered
from dfs.reduction.errors import NO_WORKSPACE
from dfs.reduction.provenance.find import Found, Records, Remembered, is_current, root_of
from dfs.reduction.provenance.header import (
    ToldParameter,
    changed_parameters,
    record_of_header,
    told_parameters,
)
from dfs.reduction.provenance.model import ProvenanceRecord, RecordedProduct, UsedFrame
from dfs.reduction.provenance.tree import FileState, Source, Standing, TracedFile, TracedRun
from dfs.reduction.reuse.digests import FileDigests
from dfs.reduction.workspace import Workspace

__all__ = ["Trace", "trace_product"]

_IDENTITY: Final = frozenset({"PRO.DFS.ID", "PRO.DFS.KEY", "PRO.REC1.ID", "PRO.CATG"})
_RESULTS: Final = "results"


@dataclass(frozen=True, slots=True)
class Trace:
    """A product and where it comes from.

    Parameters
    ----------
    product : with its maker, and so on.
    troubles : records that could not be read, a sentence each.
    """

    product: TracedFile
    troubles: tuple[str, ...] = ()


def trace_product(target: str, workspace: Path) -> Trace:
    """Trace a product back to the raw frames.

    Parameters
    ----------
    target : a file, in a workspace or copied elsewhere, or a product's identifier, or the
        beginning of its block's.
    workspace : where records are looked for, beside that in which the file lies.

    Raises
    ------
    UserError
        ``trace.unknown-product``, ``trace.ambiguous-product``, ``reduce.no-workspace``, or
        ``fits.…``: the file is no product.
    StorageError
        The product cannot be read.
    """
    path = Path(target)
    is_file = path.is_file()
    if not is_file and not (workspace / _RESULTS).is_dir():
        raise UserError(
            NO_WORKSPACE,
            f"{target} is no file, and there are no results here",
            where=str(workspace),
        )
    troubles: list[str] = []
    with _book(workspace, troubles) as book:
        tracer = _Tracer(workspace, book, Records(_remembered_in(workspace, book)))
        product = tracer.file(path) if is_file else tracer.named(target)
        return Trace(product, (*troubles, *tracer.records.troubles))


class _Book:
    """What a workspace's database knows of files; without one, what the files say.

    Parameters
    ----------
    database : may be lost, or not be written to.
    """

    def __init__(self, database: Engine | None) -> None:
        self._digests = FileDigests(database) if database is not None else None
        self._database = database
        self._rejected: dict[tuple[str, str], str] = {}
        for decided in quality.certificates(database) if database is not None else ():
            self._rejected.pop((decided.product, decided.content), None)
            if decided.decision is Decision.REJECTED:
                who = f"{decided.who}, {decided.decided_at:%Y-%m-%d}"
                self._rejected[decided.product, decided.content] = f"{decided.reason} ({who})"

    def digest(self, path: str) -> str:
        """Give the SHA-256 of a file.

        Raises
        ------
        StorageError
            ``storage.not-readable``.
        """
        if self._digests is not None:
            try:
                return self._digests.of(path)
            except StorageError:
                self._digests = None  # it cannot be remembered; the file itself is asked
        return sha256_file(path)

    def recall(self, paths: Iterable[str]) -> None:
        """Look up the digests of many files at once."""
        if self._digests is not None:
            try:
                self._digests.recall(paths)
            except StorageError:
                self._digests = None

    def rejection(self, product: RecordedProduct) -> str:
        """Say why a product with this content was rejected; empty if it was not."""
        content = product.content or product.sha256
        return self._rejected.get((product.id, content), "")

    def remembered(self, block: str) -> Sequence[tuple[str, ProvenanceRecord]]:
        """Give the records of all results that a block ever had, with their folders."""
        if self._database is None:
            return ()
        try:
            return remembered(self._database, block)
        except StorageError:
            return ()  # a book that cannot be read knows of nothing that is gone


@contextmanager
def _book(workspace: Path, troubles: list[str]) -> Iterator[_Book]:
    with ExitStack() as stack:
        database = None
        if (workspace / WORKSPACE_DATABASE).is_file():
            try:
                database = stack.enter_context(Workspace.read(workspace)).database
            except StorageError as error:
                troubles.append(f"{error}; traced by the records alone")
        yield _Book(database)


def _remembered_in(workspace: Path, book: _Book) -> Remembered:
    """Let the book answer for its own workspace."""
    own = workspace.resolve()
    return lambda root, block: book.remembered(block) if root.resolve() == own else ()


@dataclass(slots=True)
class _Tracer:
    """Follows files to their makers.

    Parameters
    ----------
    workspace : looked in after the one in which a record lies.
    book : of that workspace.
    records : of results.
    """

    workspace: Path
    book: _Book
    records: Records
    _known: dict[Path, TracedRun] = field(default_factory=dict)
    _open: list[Path] = field(default_factory=list)

    def named(self, target: str) -> TracedFile:
        """Trace the product of this identifier."""
        found = self.records.named(self.workspace, target)
        return self._product(found, self._state(str(found.path), found.product.sha256))

    def file(self, path: Path) -> TracedFile:
        """Trace a file of which nothing is said but where it is."""
        header = read_header(path, _IDENTITY, problems=[])
        sha256 = self.book.digest(str(path.resolve()))
        found = self._maker_of(path, header, sha256)
        if found is not None:
            state = FileState.OK if found.product.sha256 == sha256 else FileState.CHANGED
            traced = self._product(found, state)
            return replace(traced, path=str(path))
        return self._by_header(TracedFile(str(path), FileState.UNKNOWN, sha256), header)

    def _maker_of(self, path: Path, header: Header, sha256: str) -> Found | None:
        """Find the record of a file: beside it, or by content, or by the key in its header."""
        if (found := self.records.beside(path)) is not None:
            return found
        product = str(header.get("PRO.DFS.ID", ""))
        if not product:
            return None
        roots = self._roots(None)
        return self.records.of_content(
            roots, product.partition(".")[0], sha256
        ) or self.records.of_key(roots, product, str(header.get("PRO.DFS.KEY", "")))

    def _by_header(self, file: TracedFile, header: Header) -> TracedFile:
        if "PRO.REC1.ID" not in header:
            return file
        cards = _primary_cards(Path(file.path))
        told = told_parameters(cards)
        full = read_cards(cards, None, where=file.path, problems=[])
        record = record_of_header(full, told)
        if record is None:
            return file
        inputs = tuple(
            TracedFile(f.path, FileState.UNKNOWN, f.sha256, f.tag, f.is_raw) for f in record.inputs
        )
        changed = changed_parameters(record.parameters, told)
        run = TracedRun(record, Source.HEADER, file.path, changed, inputs)
        return replace(
            file,
            product=str(header.get("PRO.DFS.ID", "")),
            category=str(header.get("PRO.CATG", "")),
            maker=run,
            note="its record is not at hand; what follows is from its header",
        )

    def _product(self, found: Found, state: FileState) -> TracedFile:
        product = found.product
        if not found.folder.exists():
            standing = Standing.PRUNED
        elif is_current(found):
            standing = Standing.CURRENT
        else:
            standing = Standing.SUPERSEDED if root_of(found.folder) else Standing.NONE
        return TracedFile(
            path=str(found.path),
            state=state,
            sha256=product.sha256,
            product=product.id,
            category=product.category,
            standing=standing,
            rejected=self.book.rejection(product),
            maker=self._run(found),
        )

    def _run(self, found: Found) -> TracedRun | None:
        """Tell of the run that made a result; None where it stands above itself."""
        if (known := self._known.get(found.folder)) is not None:
            return known
        if found.folder in self._open:
            self.records.troubles.append(
                f"{found.folder}: the record is damaged: its product is among what it was made of"
            )
            return None
        record = found.record
        self.book.recall(frame.path for frame in record.inputs)
        self._open.append(found.folder)
        inputs = tuple(self._input(frame, found.folder) for frame in record.inputs)
        self._open.pop()
        changed = changed_parameters(record.parameters, self._told(found))
        run = TracedRun(record, Source.RECORD, str(found.folder), changed, inputs)
        self._known[found.folder] = run
        return run

    def _input(self, frame: UsedFrame, folder: Path) -> TracedFile:
        if frame.product:
            roots = self._roots(folder)
            found = self.records.of_content(roots, frame.block, frame.sha256, frame.content)
            if found is not None:
                state = self._state(str(found.path), found.product.sha256)
                made = self._product(found, state)
                traced = replace(made, tag=frame.tag, is_raw=frame.is_raw)
                if found.product.sha256 == frame.sha256:
                    return traced
                return replace(traced, note="the very file is gone; this one was made alike")
        state = self._state(frame.path, frame.sha256)
        file = TracedFile(frame.path, state, frame.sha256, frame.tag, frame.is_raw, frame.product)
        if frame.product:
            category = frame.product.partition(".")[2]
            return replace(file, category=category, standing=Standing.PRUNED)
        return self._given(file) if state is FileState.OK else file

    def _given(self, file: TracedFile) -> TracedFile:
        """Follow a file that was there before the reduction: it may be a product, too."""
        path = Path(file.path)
        try:
            header = read_header(path, _IDENTITY, problems=[])
        except UserError:
            return file  # a recipe may take what is no FITS
        found = self._maker_of(path, header, file.sha256)
        if found is None:
            return self._by_header(file, header)
        made = self._product(found, file.state)
        return replace(made, path=file.path, tag=file.tag, is_raw=file.is_raw)

    def _roots(self, folder: Path | None) -> tuple[Path, ...]:
        own = root_of(folder) if folder else None
        return (own, self.workspace) if own else (self.workspace,)

    def _state(self, path: str, sha256: str) -> FileState:
        if not Path(path).is_file():
            return FileState.GONE
        try:
            found = self.book.digest(path)
        except StorageError:  # it is there, but not for us
            return FileState.UNKNOWN
        return FileState.OK if found == sha256 else FileState.CHANGED

    def _told(self, found: Found) -> dict[str, ToldParameter]:
        """Read the defaults of a run's parameters from any of its products that is there."""
        for product in found.record.products:
            try:
                return told_parameters(_primary_cards(found.folder / product.filename))
            except UserError:
                continue
        return {}


def _primary_cards(path: Path) -> bytes:
    return next(units(open_source(path))).cards
