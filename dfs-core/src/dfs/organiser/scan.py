"""The files of a folder and their headers, read once and remembered."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from dfs.foundation.errors import UserError
from dfs.foundation.fits.headers import read_headers
from dfs.organiser.collector import collection_paused
from dfs.organiser.differences import Entry, Refusal, State
from dfs.organiser.errors import SCAN_NAME, SCAN_UNREADABLE
from dfs.organiser.model import Problem, ScannedFile
from dfs.plugin import Header

__all__ = ["SUFFIXES", "Listing", "Memory", "Progress", "Wanted", "find_files", "scan"]

SUFFIXES = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz", ".fits.z")
"""What a file's name ends with, in any case, to be taken for FITS."""

_FORMAT = "1"
"""Goes into the fingerprint: raise it when the reader gives other values for the same bytes."""

_PROGRESS_EVERY = 200

Listing: TypeAlias = dict[str, dict[str, State]]
"""By folder, the FITS files in it."""


class Progress(Protocol):
    """Is told how far the scan is."""

    def update(self, done: int, total: int | None, message: str = "") -> None:
        """Say that ``done`` of ``total`` files are done."""


class Memory(Protocol):
    """Remembers the headers of folders between scans."""

    def recall(self, folders: Sequence[str], fingerprint: str) -> Mapping[str, Iterable[Entry]]:
        """Give what is known of folders for what is wanted, by folder."""

    def remember(self, fingerprint: str, folders: Mapping[str, Iterable[Entry]]) -> None:
        """Note all that is known of folders."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of each file.

    Parameters
    ----------
    keywords : of the primary header, dotted spelling.
    extensions : by INSTRUME value in lower case, extensions whose keywords count as well.
    """

    keywords: frozenset[str]
    extensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Changes with anything that could change what is read."""
        parts = [_FORMAT, *sorted(self.keywords)]
        parts += (f"{name}:{','.join(self.extensions[name])}" for name in sorted(self.extensions))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def scan(
    paths: Iterable[Path],
    wanted: Wanted,
    memory: Memory | None = None,
    progress: Progress | None = None,
) -> tuple[list[ScannedFile], list[Problem]]:
    """Read the wanted keywords of files and of all FITS files below folders.

    Parameters
    ----------
    paths : folders, and files, which are tried whatever their name.
    wanted : what is read.
    memory : of earlier scans; None reads everything. Only what lies below folders
        is remembered.
    progress : is told how many files are done.

    Returns
    -------
    files : what could be read, by folder and name.
    problems : what could not, by path.

    Raises
    ------
    StorageError
        The memory failed.
    """
    with collection_paused():
        listing, named, problems = find_files(paths)
        known: dict[str, Header | Refusal] = {}
        stale = set(listing)
        if memory is not None:
            known, stale = _recall(memory, listing, wanted.fingerprint)
        every = [*_paths(listing), *named]
        fresh = [path for path in every if path not in known]
        if fresh:
            known.update(_read(fresh, wanted, progress))
        if memory is not None and stale:
            memory.remember(wanted.fingerprint, {f: _entries(f, listing[f], known) for f in stale})
        files: list[ScannedFile] = []
        for path in every:
            result = known[path]
            if isinstance(result, Refusal):
                problems.append(Problem(path, *result))
            else:
                files.append(ScannedFile(path, result))
    return files, sorted(problems, key=lambda problem: (problem.path, problem.code))


# --- what is known --------------------------------------------------------------


def _recall(
    memory: Memory, listing: Listing, fingerprint: str
) -> tuple[dict[str, Header | Refusal], set[str]]:
    """Give what still holds, by path, and the folders of which something does not."""
    known: dict[str, Header | Refusal] = {}
    stale = {folder for folder, states in listing.items() if states}
    for folder, entries in memory.recall(sorted(listing), fingerprint).items():
        states, stem = listing[folder], _stem(folder)
        before, remembered = len(known), 0
        for name, state, result in entries:
            remembered += 1
            if states.get(name) == state:
                known[stem + name] = result
        if len(known) - before == remembered == len(states):
            stale.discard(folder)
        elif remembered:
            stale.add(folder)
    return known, stale


def _entries(
    folder: str, states: Mapping[str, State], known: Mapping[str, Header | Refusal]
) -> list[Entry]:
    stem = _stem(folder)
    return [(name, states[name], known[stem + name]) for name in sorted(states)]


def _paths(listing: Listing) -> Iterator[str]:
    for folder in sorted(listing):
        stem = _stem(folder)
        for name in sorted(listing[folder]):
            yield stem + name


def _stem(folder: str) -> str:
    return folder if folder.endswith(os.sep) else folder + os.sep


# --- what is there --------------------------------------------------------------


def find_files(paths: Iterable[Path]) -> tuple[Listing, list[str], list[Problem]]:
    """Find the files; each folder is entered once, however many links lead to it.

    Hidden files and folders are skipped, unless named in ``paths``.

    Returns
    -------
    listing : FITS files of the folders, absolute.
    named : files that were named and are in none of the folders, absolute, sorted.
    problems : what could not be looked at.
    """
    search = _Search()
    named: set[str] = set()
    for path in paths:
        name = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps '..'
        if Path(name).is_dir():
            search.enter(name)
        elif search.is_file(name):
            named.add(name)
    named -= set(_paths(search.listing))
    return search.listing, sorted(named), search.problems


class _Search:
    def __init__(self) -> None:
        self.listing: Listing = {}
        self.problems: list[Problem] = []
        self.entered: set[tuple[int, int]] = set()

    def enter(self, folder: str) -> None:
        """Take a folder and all below it; what links lead to comes last.

        So a file that lies in the folder itself keeps the path without the link.
        """
        waiting, links = [folder], list[str]()
        while waiting or links:
            name = waiting.pop() if waiting else links.pop(0)
            try:
                status = os.stat(name)  # noqa: PTH116 - this loop must be fast
                if (status.st_dev, status.st_ino) in self.entered:
                    continue
                self.entered.add((status.st_dev, status.st_ino))
                with os.scandir(name) as entries:
                    folders, linked = self.sort_out(name, entries)
            except OSError as error:
                self.complain(name, error)
                continue
            waiting += sorted(folders, reverse=True)  # a stack gives the last first
            links += sorted(linked)

    def sort_out(
        self, folder: str, entries: Iterable[os.DirEntry[str]]
    ) -> tuple[list[str], list[str]]:
        """Note the files of a folder; give the folders in it, and the links to folders."""
        states: dict[str, State] = {}
        folders: list[str] = []
        links: list[str] = []
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                continue
            try:
                if entry.is_dir():
                    (links if entry.is_symlink() else folders).append(entry.path)
                elif name.lower().endswith(SUFFIXES) and (
                    name.isascii() or self.is_text(entry.path)
                ):
                    status = entry.stat()
                    states[name] = (status.st_size, status.st_mtime_ns, status.st_ino)
            except OSError as error:
                self.complain(entry.path, error)
        self.listing[folder] = states
        return folders, links

    def is_file(self, path: str) -> bool:
        """Tell whether a file that was named is there."""
        try:
            os.stat(path)  # noqa: PTH116
        except (OSError, ValueError) as error:
            self.complain(path, error)
            return False
        return self.is_text(path)

    def is_text(self, path: str) -> bool:
        """Tell whether a name is UTF-8; no database or terminal takes another."""
        if _printable(path) == path:
            return True
        self.problems.append(Problem(_printable(path), SCAN_NAME.name, "its name is not UTF-8"))
        return False

    def complain(self, path: str, error: OSError | ValueError) -> None:
        """Note what could not be looked at."""
        reason = getattr(error, "strerror", None) or str(error)
        self.problems.append(Problem(_printable(path), SCAN_UNREADABLE.name, reason))


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()


# --- what is read ---------------------------------------------------------------


def _read(
    paths: Sequence[str], wanted: Wanted, progress: Progress | None
) -> Iterator[tuple[str, Header | Refusal]]:
    """Read primary headers, and again, with their extensions, those whose instrument wants it."""
    again: dict[tuple[str, ...], list[str]] = {}
    for done, (path, result) in enumerate(
        zip(paths, read_headers(paths, wanted.keywords), strict=True), 1
    ):
        if progress is not None and (done % _PROGRESS_EVERY == 0 or done == len(paths)):
            progress.update(done, len(paths))
        if wanted.extensions and not isinstance(result, UserError):
            instrume = str(result.get("INSTRUME", "")).strip().casefold()
            if extensions := wanted.extensions.get(instrume):
                again.setdefault(extensions, []).append(path)
                continue
        yield path, _result(result)
    for extensions, those in again.items():
        headers = read_headers(those, wanted.keywords, extensions)
        for path, result in zip(those, headers, strict=True):
            yield path, _result(result)


def _result(result: Header | UserError) -> Header | Refusal:
    if isinstance(result, UserError):
        return Refusal(result.code.name, result.detail)
    return result
