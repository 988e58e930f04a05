"""Records on disk: which of them tells of a file."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from dfs.foundation.errors import StorageError, UserError
from dfs.reduction.provenance.errors import AMBIGUOUS_PRODUCT, UNKNOWN_PRODUCT
from dfs.reduction.provenance.model import RECORD_NAME, ProvenanceRecord, RecordedProduct
from dfs.reduction.provenance.record import read_record

__all__ = ["Found", "Records", "is_current", "root_of"]

_RESULTS: Final = "results"
_PRODUCTS: Final = "products"


Remembered: TypeAlias = Callable[[Path, str], Iterable[tuple[str, ProvenanceRecord]]]


@dataclass(frozen=True, slots=True)
class Found:
    """A product with its record.

    Parameters
    ----------
    folder : where both lie.
    record : of the run that made it.
    product : as the record knows it.
    """

    folder: Path
    record: ProvenanceRecord
    product: RecordedProduct

    @property
    def path(self) -> Path:
        """The product."""
        return self.folder / self.product.filename


class Records:
    """The records of workspaces; each is read once.

    Parameters
    ----------
    remembered : gives the records of all results that a block of a workspace ever had,
        with their folders, whether or not they are still there.

    Attributes
    ----------
    troubles : what cannot be read, a sentence each.
    """

    def __init__(self, remembered: Remembered = lambda _root, _block: ()) -> None:
        self.troubles: list[str] = []
        self._remembered = remembered
        self._known: dict[Path, ProvenanceRecord | None] = {}

    def beside(self, path: Path) -> Found | None:
        """Give the record that lies beside a file and names it; links are followed."""
        real = path.resolve()
        record = self._read(real.parent) if (real.parent / RECORD_NAME).is_file() else None
        if record is None:
            return None
        named = (p for p in record.products if p.filename == real.name)
        return next((Found(real.parent, record, product) for product in named), None)

    def of_content(
        self, roots: Iterable[Path], block: str, sha256: str, content: str = ""
    ) -> Found | None:
        """Give the product of a block that has this digest, else one that is alike.

        Parameters
        ----------
        roots : workspaces to look in.
        block : id of the block.
        sha256 : digest of the file, or its beginning.
        content : digest of what counts in it; empty if that is not known.
        """
        roots = tuple(roots)
        for results in (self.of_block, self._gone):
            there = [found for root in roots for found in results(root, block)]
            same = (f for f in there if sha256 and f.product.sha256.startswith(sha256))
            alike = (f for f in there if content and f.product.content == content)
            if (found := next(same, None) or next(alike, None)) is not None:
                return found
        return None

    def of_key(self, roots: Iterable[Path], product: str, key: str) -> Found | None:
        """Give the product of this identifier whose result has a key that begins so."""
        block = product.partition(".")[0]
        there = (found for root in roots for found in self.of_block(root, block))
        return next(
            (f for f in there if key and f.record.key.startswith(key) and f.product.id == product),
            None,
        )

    def of_block(self, root: Path, block: str) -> Iterator[Found]:
        """Give every product of every result of a block."""
        for folder in _results(root, glob.escape(block)):
            if (record := self._read(folder)) is not None:
                for product in record.products:
                    yield Found(folder, record, product)

    def _gone(self, root: Path, block: str) -> Iterator[Found]:
        """Give every product of the results of a block that have been removed."""
        for place, record in self._remembered(root, block):
            if not (folder := root / place).exists():
                for product in record.products:
                    yield Found(folder, record, product)

    def named(self, root: Path, target: str) -> Found:
        """Give the current product of an identifier, or of a block's id or its beginning.

        Raises
        ------
        UserError
            ``trace.unknown-product`` or ``trace.ambiguous-product``.
        """
        wanted, _, category = target.partition(".")
        folders = _results(root, f"{glob.escape(wanted)}*") if wanted else ()
        blocks = sorted({folder.parent.name for folder in folders})
        if wanted in blocks:
            blocks = [wanted]
        if not blocks:
            raise UserError(UNKNOWN_PRODUCT, f"nothing here is called {target!r}", where=str(root))
        if len(blocks) > 1:
            raise UserError(
                AMBIGUOUS_PRODUCT, f"{target!r} begins the ids {', '.join(blocks)}", where=str(root)
            )
        there = list(self.of_block(root, blocks[0]))
        # The link names the current result; without it the latest one is meant.
        current = [f for f in there if is_current(f)] or there[-1:]
        found = [
            f
            for f in there
            if f.folder == (current[0].folder if current else None)
            and (not category or f.product.category == category)
        ]
        if not found:
            known = ", ".join(dict.fromkeys(f.product.category for f in there)) or "no product"
            raise UserError(
                UNKNOWN_PRODUCT, f"block {blocks[0]} has {known}, not {category!r}", where=str(root)
            )
        if len(found) > 1:
            known = ", ".join(f.product.id for f in found)
            raise UserError(AMBIGUOUS_PRODUCT, f"{target!r} may be {known}", where=str(root))
        return found[0]

    def _read(self, folder: Path) -> ProvenanceRecord | None:
        if folder not in self._known:
            try:
                self._known[folder] = read_record(folder)
            except StorageError as error:
                self.troubles.append(str(error))
                self._known[folder] = None
        return self._known[folder]


def root_of(folder: Path) -> Path | None:
    """Give the workspace that a folder of results lies in; None if it lies in none."""
    above = folder.parents
    return above[3] if len(above) > 3 and above[2].name == _RESULTS else None


def is_current(found: Found) -> bool:
    """Tell whether a result is what its block's link leads to."""
    root = root_of(found.folder)
    if root is None:
        return False
    link = root / _PRODUCTS / found.folder.parent.parent.name / found.folder.parent.name
    return link.resolve() == found.folder.resolve()


def _results(root: Path, block: str) -> list[Path]:
    """Give the folders of results of blocks, the latest last."""
    records = root.resolve().glob(f"{_RESULTS}/*/{block}/*/{RECORD_NAME}")
    return [path.parent for path in sorted(records, key=_age)]


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, str(path)
    except OSError:  # removed meanwhile
        return 0, str(path)
