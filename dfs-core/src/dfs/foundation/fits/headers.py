"""Headers of many files, fast: block-wise, primary first, then the extensions asked for.

Numpy and astropy are not imported here, so a worker that only scans starts quickly.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING, Final

from dfs.foundation.errors import UserError
from dfs.foundation.fits.cards import read_cards
from dfs.foundation.fits.sources import open_source
from dfs.foundation.fits.structure import Unit, units

if TYPE_CHECKING:
    from dfs.plugin.frames import HeaderValue

__all__ = ["read_header", "read_headers"]

_PARALLEL_FROM_FILES: Final = 5000
"""Below this, starting the workers costs more than they save, on two cores, warm cache."""

_CHUNK_FILES: Final = 250
_EXTNAME: Final = frozenset({"EXTNAME"})


def read_header(
    path: str | os.PathLike[str],
    keywords: Collection[str] | None = None,
    extensions: Collection[str | int] = (),
    *,
    problems: list[UserError] | None = None,
) -> dict[str, HeaderValue]:
    """Read keywords of one file: of its primary header, then of named extensions.

    Pixels are not read, but the file must be long enough to hold those of every
    unit that is looked at. A ``.gz`` file is unpacked as far as needed.

    Parameters
    ----------
    path : a FITS file, plain or gzip.
    keywords : what is wanted, dotted spelling (``DPR.CATG``); None for everything.
    extensions : EXTNAMEs or numbers of extensions (1 is the first) whose cards
        are added. The primary header wins over an extension, an extension over a
        later one. One that the file does not have adds nothing: raw formats
        change over the years.
    problems : takes what is wrong with single cards, see
        :func:`dfs.foundation.fits.cards.read_cards`; None raises it.

    Returns
    -------
    dict
        Keywords that are there and have a value.

    Raises
    ------
    UserError
        ``fits.unreadable``, ``fits.not-fits``, ``fits.truncated``,
        ``fits.header-too-long``, ``fits.bad-structure``, ``fits.bad-value``,
        ``fits.non-ascii``, ``fits.bad-compression`` or ``fits.too-large``;
        nothing else, whatever the file holds.
    """
    wanted = None if keywords is None else frozenset(keywords)
    source = open_source(path)
    outstanding = set(extensions)
    header: dict[str, HeaderValue] = {}
    for unit in units(source):
        names = _names(unit, source.path) & outstanding if unit.index else set()
        if unit.index == 0 or names:
            cards = read_cards(unit.cards, wanted, where=source.path, problems=problems)
            header = cards | header
        outstanding -= names
        if not outstanding:
            break
    return header


def read_headers(
    paths: Sequence[str | os.PathLike[str]],
    keywords: Collection[str] | None = None,
    extensions: Collection[str | int] = (),
    *,
    processes: int | None = None,
) -> Iterator[dict[str, HeaderValue] | UserError]:
    """Read keywords of many files, in parallel where that pays.

    Parameters
    ----------
    paths : FITS files.
    keywords, extensions : as for :func:`read_header`.
    processes : worker processes; None chooses by the number of files and cores.

    Yields
    ------
    dict or UserError
        For each path, in the order of the paths, the header or what is wrong
        with the file.
    """
    wanted = None if keywords is None else frozenset(keywords)
    names = [os.fspath(path) for path in paths]
    chunks = [names[i : i + _CHUNK_FILES] for i in range(0, len(names), _CHUNK_FILES)]
    read = partial(_read_chunk, keywords=wanted, extensions=tuple(extensions))
    if processes is None:
        processes = (os.cpu_count() or 1) if len(names) >= _PARALLEL_FROM_FILES else 1
    if processes == 1:
        for chunk in chunks:
            yield from read(chunk)
        return
    # Not fork: the caller may have threads, whose locks a forked child would inherit.
    context = multiprocessing.get_context("forkserver")
    pool = ProcessPoolExecutor(min(processes, len(chunks) or 1), mp_context=context)
    try:
        futures = [pool.submit(read, chunk) for chunk in chunks]
        for chunk, future in zip(chunks, futures, strict=True):
            try:
                results = future.result()
            except BrokenProcessPool:
                # A worker was killed, which is no fault of the files: read on here.
                results = read(chunk)
            yield from results
    finally:
        pool.shutdown(cancel_futures=True)  # the caller may have seen enough


def _read_chunk(
    paths: Sequence[str],
    keywords: frozenset[str] | None,
    extensions: tuple[str | int, ...],
) -> list[dict[str, HeaderValue] | UserError]:
    results: list[dict[str, HeaderValue] | UserError] = []
    for path in paths:
        try:
            results.append(read_header(path, keywords, extensions))
        except UserError as error:
            results.append(error)
    return results


def _names(unit: Unit, path: str) -> set[str | int]:
    # A card of an extension that cannot be read is a problem only where it is asked for.
    name = read_cards(unit.cards, _EXTNAME, where=path, problems=[]).get("EXTNAME")
    return {unit.index, str(name)} if name is not None else {unit.index}
