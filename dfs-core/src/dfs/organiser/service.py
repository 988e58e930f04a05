"""The organiser: a folder of frames goes in, reduction blocks come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from dfs.foundation.errors import UserError
from dfs.host import Host
from dfs.organiser.breakpoints import load_breakpoints
from dfs.organiser.cascade import Cascade, in_order
from dfs.organiser.classification import classify, without_duplicates
from dfs.organiser.collector import collection_paused
from dfs.organiser.errors import NOTHING, UNKNOWN_BLOCK
from dfs.organiser.explain import explain_block
from dfs.organiser.index import HeaderIndex, open_index
from dfs.organiser.model import (
    BlockExplanation,
    Breakpoint,
    ClassifiedFrame,
    Organisation,
    Preference,
    Problem,
    ReductionBlock,
    ScannedFile,
)
from dfs.organiser.ports import Rejections
from dfs.organiser.rulebook import Rulebook, rulebooks, wanted
from dfs.organiser.scan import Progress, scan
from dfs.organiser.serialise import (
    block_from_json,
    block_to_json,
    explanation_to_json,
    frame_to_json,
    organisation_to_json,
    problem_to_json,
    sof_lines,
)
from dfs.organiser.static import static_frames

__all__ = [
    "HeaderIndex",
    "block_from_json",
    "block_to_json",
    "classify_files",
    "explain",
    "explanation_to_json",
    "find_block",
    "frame_to_json",
    "load_breakpoints",
    "open_index",
    "organisation_to_json",
    "organise",
    "organise_scanned",
    "problem_to_json",
    "require_frames",
    "sof_lines",
]

LOSERS_SHOWN = 10
"""Candidates that lost, explained an input."""


def organise(
    host: Host,
    paths: Sequence[Path],
    *,
    instrument: str | None = None,
    index: HeaderIndex | None = None,
    breakpoints: Iterable[Breakpoint] = (),
    preference: Preference = Preference.RAW_PER_LEVEL,
    rejected: Rejections | None = None,
    progress: Progress | None = None,
) -> Organisation:
    """Read, classify and group frames, and associate their calibrations.

    Parameters
    ----------
    host : the instruments.
    paths : folders and files.
    instrument : id or INSTRUME of the only instrument to look at; None for all.
    index : remembers headers between runs; without it everything is read.
    breakpoints : interventions that no association crosses.
    preference : which of two calibrations that both fit is taken.
    rejected : knows the products that are not taken; None if nobody does.
    progress : is told how many files are read.

    Returns
    -------
    Organisation
        Blocks in order of dependency. What could not be read or classified is among
        the problems.

    Raises
    ------
    UserError
        ``plugin.unknown`` and the like: that instrument is not ready.
    StorageError
        The index failed.
    """
    books = _books(host, instrument, breakpoints, preference, rejected)
    files, problems = scan(paths, wanted(_every_book(host, books)), index, progress)
    return _organise(host, books, files, problems)


def organise_scanned(
    host: Host,
    files: Iterable[ScannedFile],
    *,
    breakpoints: Iterable[Breakpoint] = (),
    preference: Preference = Preference.RAW_PER_LEVEL,
    rejected: Rejections | None = None,
) -> Organisation:
    """Organise frames whose headers are at hand, as `organise` does."""
    by_path = sorted(files, key=lambda file: file.path)
    return _organise(host, rulebooks(host, breakpoints, preference, rejected), by_path, [])


def classify_files(
    host: Host,
    paths: Sequence[Path],
    *,
    index: HeaderIndex | None = None,
    progress: Progress | None = None,
) -> tuple[list[ClassifiedFrame], list[Problem]]:
    """Say what each frame is.

    Returns
    -------
    frames : of ready instruments, also those that stay unclassified.
    problems : what could not be read or classified.

    Raises
    ------
    StorageError
        The index failed.
    """
    books = rulebooks(host)
    files, problems = scan(paths, wanted(books.values()), index, progress)
    frames, unclear = classify(host, books, files)
    return frames, [*_rule_problems(books, frames), *problems, *unclear]


def explain(
    host: Host,
    organisation: Organisation,
    block_id: str,
    *,
    breakpoints: Iterable[Breakpoint] = (),
    preference: Preference = Preference.RAW_PER_LEVEL,
    rejected: Rejections | None = None,
    most: int = LOSERS_SHOWN,
) -> BlockExplanation:
    """Explain a block of an organised folder.

    Parameters
    ----------
    host, breakpoints, preference, rejected : those with which it was organised.
    organisation : the folder.
    block_id : the block's id, or a beginning that no other block has.
    most : so many candidates that lost are explained an input.

    Raises
    ------
    UserError
        ``organise.unknown-block``.
    """
    block = find_block(organisation, block_id)
    book = rulebooks(host, breakpoints, preference, rejected)[block.instrument]
    frames = [frame for frame in organisation.frames if frame.instrument == block.instrument]
    static, _ = static_frames(host, book)
    return explain_block(Cascade(book, frames, static), block, most)


def require_frames(frames: Sequence[ClassifiedFrame]) -> None:
    """Insist that there is a frame to work with.

    Raises
    ------
    UserError
        ``organise.nothing``.
    """
    if not frames:
        raise UserError(NOTHING, "there is no FITS file of a ready instrument")


def find_block(organisation: Organisation, name: str) -> ReductionBlock:
    """Find a block by its id or by a beginning of it that is unique.

    Raises
    ------
    UserError
        ``organise.unknown-block``: there is none, or there are several.
    """
    found = [block for block in organisation.blocks if block.id.startswith(name)]
    exact = [block for block in found if block.id == name]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    ids = [block.id for block in found or organisation.blocks]
    if found:
        detail = f"{name!r} is the beginning of {len(found)} blocks: {', '.join(ids[:5])}"
    else:
        near = get_close_matches(name, ids, n=3, cutoff=0.3)
        hint = f"; the nearest names are {', '.join(near)}" if near else ""
        detail = f"there is no block {name!r}{hint}"
    raise UserError(UNKNOWN_BLOCK, detail)


def _books(
    host: Host,
    instrument: str | None,
    breakpoints: Iterable[Breakpoint],
    preference: Preference,
    rejected: Rejections | None,
) -> dict[str, Rulebook]:
    books = rulebooks(host, breakpoints, preference, rejected)
    if instrument is None:
        return books
    id_ = host.resolve(instrument).id
    return {id_: books[id_]}


def _every_book(host: Host, books: Mapping[str, Rulebook]) -> Iterable[Rulebook]:
    # What is read does not depend on which instrument is asked for: one index serves all.
    return books.values() if len(books) == len(host.instruments) else rulebooks(host).values()


def _organise(
    host: Host,
    books: Mapping[str, Rulebook],
    files: Iterable[ScannedFile],
    problems: Sequence[Problem],
) -> Organisation:
    with collection_paused():
        classified, unclear = classify(host, books, files)
        frames, duplicates = without_duplicates(classified)
        found = [*_rule_problems(books, frames), *problems, *unclear, *duplicates]
        blocks: list[ReductionBlock] = []
        for id_ in sorted(books):
            mine = [frame for frame in frames if frame.instrument == id_]
            if not mine:
                continue
            static, troubles = static_frames(host, books[id_])
            cascade = Cascade(books[id_], mine, static)
            found += [*troubles, *cascade.problems]
            blocks += cascade.blocks()
        ordered = in_order(blocks)
    return Organisation(tuple(frames), tuple(ordered), tuple(found))


def _rule_problems(
    books: Mapping[str, Rulebook], frames: Iterable[ClassifiedFrame]
) -> list[Problem]:
    """What is wrong with the rules of instruments that have frames here."""
    here = sorted({frame.instrument for frame in frames})
    return [problem for id_ in here if (problem := books[id_].problem) is not None]
