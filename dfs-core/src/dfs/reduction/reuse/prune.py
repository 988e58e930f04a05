"""Which results are kept within a budget of disk space, and the removal of the others."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dfs.foundation.errors import UserError
from dfs.reduction.bookkeeping import forget_products
from dfs.reduction.errors import SIZE_SYNTAX, WORKSPACE_BUSY
from dfs.reduction.workspace import Workspace

__all__ = ["KeptResult", "kept_results", "parse_size", "prune", "to_remove", "trim"]

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", re.IGNORECASE)
_FACTORS: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A result that takes space.

    Parameters
    ----------
    folder : relative to the workspace.
    instrument, block_id : whose it is.
    size_bytes : of all its files.
    used_at : when it was made or taken last, s since 1970.
    is_current : whether it is what the block's link leads to.
    """

    folder: str
    instrument: str
    block_id: str
    size_bytes: int
    used_at: float
    is_current: bool


def parse_size(text: str) -> int:
    """Read a size such as ``20GB`` or ``500 MB``, in bytes (kB, MB, GB, TB: powers of 1000).

    Raises
    ------
    UserError
        ``usage.size``.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UserError(SIZE_SYNTAX, f"{text!r} is no size")
    return int(float(match[1]) * _FACTORS[match[2].lower()])


def to_remove(
    results: Iterable[KeptResult], budget_bytes: int, *, current: bool = False
) -> list[KeptResult]:
    """Choose what has to go so that the rest fits into a budget: the longest unused first.

    Results that are superseded go before current ones.

    Parameters
    ----------
    results : all that there are.
    budget_bytes : for all of them together.
    current : whether current ones may go, too.
    """
    found = list(results)
    excess = sum(result.size_bytes for result in found) - budget_bytes
    chosen = []
    for result in sorted(found, key=lambda r: (r.is_current, r.used_at, r.folder)):
        if excess <= 0 or (result.is_current and not current):
            break
        chosen.append(result)
        excess -= result.size_bytes
    return chosen


def kept_results(workspace: Workspace) -> list[KeptResult]:
    """Give all results of a workspace, and those that were set aside as damaged."""
    return [
        KeptResult(
            folder=workspace.relative(folder),
            instrument=block.parent.name,
            block_id=block.name,
            size_bytes=_size(folder),
            used_at=folder.stat().st_mtime,
            is_current=folder == workspace.current(block.parent.name, block.name),
        )
        for top in ("results", "damaged/results")
        for block in sorted((workspace.root / top).glob("*/*"))
        for folder in sorted(block.glob("*"))
    ]


def prune(
    workspace: Workspace, budget_bytes: int, *, current: bool = False, only_look: bool = False
) -> tuple[list[KeptResult], int]:
    """Remove results until the rest fits into a budget, or nothing is left that may go.

    Parameters
    ----------
    workspace : open.
    budget_bytes : for all results together.
    current : whether current results may go, too, after the superseded ones.
    only_look : remove nothing.

    Returns
    -------
    removed : what went, or would.
    left_bytes : size of the others.

    Raises
    ------
    UserError
        ``reduce.workspace-busy``: another command is using the workspace.
    StorageError
        The disk or the database did not do it.
    """
    with workspace.alone() as is_alone:
        if not is_alone and not only_look:
            root = str(workspace.root)
            raise UserError(WORKSPACE_BUSY, "another command is at work here", where=root)
        found = kept_results(workspace)
        chosen = to_remove(found, budget_bytes, current=current)
        if not only_look:
            _remove(workspace, chosen)
    sizes = (sum(result.size_bytes for result in some) for some in (found, chosen))
    return chosen, next(sizes) - next(sizes)


def trim(workspace: Workspace, budget_bytes: int) -> None:
    """Remove superseded results beyond a budget for them alone; nothing if others are here.

    Raises
    ------
    StorageError
        The disk or the database did not do it.
    """
    with workspace.alone() as is_alone:
        if is_alone:
            superseded = [r for r in kept_results(workspace) if not r.is_current]
            _remove(workspace, to_remove(superseded, budget_bytes))


def _remove(workspace: Workspace, results: Sequence[KeptResult]) -> None:
    # A block whose current result goes has no products any more; it is run when wanted.
    current = [result for result in results if result.is_current]
    forget_products(workspace.database, [result.block_id for result in current])
    for result in current:
        workspace.products(result.instrument, result.block_id).unlink(missing_ok=True)
    for result in results:
        # At once out of the way, so that a removal that is killed leaves no half result.
        shutil.rmtree(workspace.discarded(workspace.root / result.folder), ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
