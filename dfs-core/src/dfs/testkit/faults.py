"""Trouble on demand: files that are wrong, folders that refuse, disks that are full, deaths.

Damaged files are made by hand, byte by byte, so that no writer of ours can be too good
to make them.
"""

from __future__ import annotations

import errno
import gzip
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn
from unittest import mock

from dfs.foundation.fits.structure import BLOCK_BYTES, CARD_BYTES, padded

__all__ = [
    "DAMAGED_FILES",
    "beating_child",
    "children",
    "endless_header",
    "failing_call",
    "fits_bytes",
    "full_disk",
    "gzip_bomb",
    "leaving",
    "lying_naxis",
    "non_ascii_header",
    "not_fits",
    "noted",
    "raising",
    "slow",
    "symlink_loop",
    "together",
    "truncated_data",
    "truncated_header",
    "twin",
    "unreadable_folder",
]


# ── Files ───────────────────────────────────────────────────────────────────


def fits_bytes(
    keywords: Mapping[str, str] | None = None, *, nx: int = 16, ny: int = 16, extra: bytes = b""
) -> bytes:
    """Give a healthy FITS file of 16-bit zeros.

    Parameters
    ----------
    keywords : names as on the card, up to 8 characters or ``HIERARCH …``, with values
        as on the card: ``{"OBJECT": "'BIAS'"}``.
    nx, ny : pixels.
    extra : more cards, in full.
    """
    structure = {"SIMPLE": "T", "BITPIX": "16", "NAXIS": "2", "NAXIS1": f"{nx}", "NAXIS2": f"{ny}"}
    cards = b"".join(
        _card(name, value) for name, value in (structure | dict(keywords or {})).items()
    )
    return _padded(cards + extra + b"END".ljust(CARD_BYTES)) + bytes(padded(2 * nx * ny))


def not_fits(path: Path) -> Path:
    """Write a text under a name that says FITS."""
    path.write_text("This is a note of the night assistant.\n" * 200, "utf-8")
    return path


def truncated_header(path: Path) -> Path:
    """Write a file that ends before the END of its header."""
    path.write_bytes(fits_bytes()[: 7 * CARD_BYTES])
    return path


def truncated_data(path: Path) -> Path:
    """Write a file that ends within its pixels."""
    path.write_bytes(fits_bytes(nx=512, ny=512)[: BLOCK_BYTES + 4096])
    return path


def lying_naxis(path: Path, rows: int = 10**9) -> Path:
    """Write a file whose header promises more rows than there are."""
    content = fits_bytes(ny=16)
    path.write_bytes(content.replace(_card("NAXIS2", "16"), _card("NAXIS2", f"{rows}")))
    return path


def endless_header(path: Path, cards: int = 36_000) -> Path:
    """Write a file with more cards than any real instrument has."""
    extra = b"".join(_card(f"HIERARCH ESO DET PIX{i}", f"{i}") for i in range(cards))
    path.write_bytes(fits_bytes(extra=extra))
    return path


def non_ascii_header(path: Path, keyword: str = "OBSERVER") -> Path:
    """Write a file with a Latin-1 letter in a string."""
    healthy = fits_bytes({keyword: "'Mueller'"})
    path.write_bytes(healthy.replace(b"'Mueller'", "'Müller '".encode("latin-1")))
    return path


def gzip_bomb(path: Path, unpacked_bytes: int = 1 << 30) -> Path:
    """Write a small file that unpacks to a header of this many bytes without an END."""
    block = _padded(_card("SIMPLE", "T"))
    chunk = (b" " * BLOCK_BYTES) * 512
    with gzip.open(path, "wb", compresslevel=6) as file:
        file.write(block)
        for _ in range(unpacked_bytes // len(chunk)):
            file.write(chunk)
    return path


def twin(path: Path, name: str) -> Path:
    """Copy a file beside itself, so that two have one identity."""
    return Path(shutil.copyfile(path, path.with_name(name)))


DAMAGED_FILES: Final[Mapping[str, Callable[[Path], Path]]] = {
    "not FITS": not_fits,
    "truncated in the header": truncated_header,
    "truncated in the pixels": truncated_data,
    "NAXIS that lies": lying_naxis,
    "36 000 cards": endless_header,
    "letters that are not ASCII": non_ascii_header,
}
"""Makers of damaged files that are cheap to make, by what is wrong."""


# ── Folders ─────────────────────────────────────────────────────────────────


def symlink_loop(folder: Path) -> Path:
    """Make a folder below this one that leads back to it; gives the link."""
    link = folder / "loop"
    link.symlink_to(folder, target_is_directory=True)
    return link


@contextmanager
def unreadable_folder(folder: Path) -> Iterator[Path]:
    """Forbid reading a folder; in this process even to root, whom no mode stops."""
    mode = folder.stat().st_mode
    folder.chmod(0)
    try:
        with failing_call(
            os,
            "scandir",
            error=PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder)),
            when=lambda path=".", *_: Path(os.fsdecode(path)) == folder,
        ):
            yield folder
    finally:
        folder.chmod(mode)


# ── Disks ───────────────────────────────────────────────────────────────────


@contextmanager
def full_disk(after_bytes: int) -> Iterator[None]:
    """Let no file of this process, and of those it starts, grow beyond a size.

    The kernel refuses the write, as on a disk that is full; sockets and pipes are
    not concerned.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def failing_call(
    owner: object,
    name: str,
    *,
    number: int | None = None,
    error: BaseException | None = None,
    when: Callable[..., bool] = lambda *_, **__: True,
) -> Iterator[mock.Mock]:
    """Let a function fail, each call or only the n-th.

    Parameters
    ----------
    owner, name : where the function is looked up, e.g. ``os`` and ``"fsync"``.
    number : which of the calls fails, from 1; None for all.
    error : what is raised; an input/output error by default.
    when : tells by the call's arguments whether it counts.

    Yields
    ------
    Mock
        Stands in for the function, and counts its calls.

    Examples
    --------
    Whichever call fails, nothing half-written stays:

    >>> import os, tempfile
    >>> from dfs.foundation.files import atomic_write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with failing_call(os, "fsync", number=1):
    ...         try:
    ...             with atomic_write(f"{folder}/a.fits") as file:
    ...                 _ = file.write(b"SIMPLE")
    ...         except Exception as error:
    ...             print(error.code, os.listdir(folder))
    storage.not-writable []
    """
    real = getattr(owner, name)
    failure = error or OSError(errno.EIO, os.strerror(errno.EIO))
    counted = 0

    def call(*arguments: Any, **keywords: Any) -> Any:
        nonlocal counted
        if when(*arguments, **keywords):
            counted += 1
            if number in (None, counted):
                raise failure
        return real(*arguments, **keywords)

    with mock.patch.object(owner, name, side_effect=call) as stand_in:
        yield stand_in


# ── Calls and processes ─────────────────────────────────────────────────────
# Calls that an engine can send to a worker: functions of a module, with one argument.


def raising(error: Exception) -> NoReturn:
    """Raise what is given."""
    raise error


def leaving(exit_code: int) -> NoReturn:
    """End the process, or kill it if the code is minus a signal's number."""
    if exit_code < 0:
        os.kill(os.getpid(), -exit_code)
        time.sleep(60.0)  # the signal is under way
    os._exit(exit_code)


def noted(line: tuple[str, str]) -> str:
    """Append a line to a file, given as path and text; gives the text.

    Lines of several processes do not mix, so the file says what ran, and how often.
    """
    path, text = line
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(descriptor, f"{text}\n".encode())
    finally:
        os.close(descriptor)
    return text


def slow(seconds: float) -> tuple[float, float]:
    """Take some time; gives when it began and ended, s since the epoch."""
    began = time.time()
    time.sleep(seconds)
    return began, time.time()


def together(meeting: tuple[str, int]) -> bool:
    """Wait, up to half a minute, until so many calls are in a folder at a time.

    Parameters
    ----------
    meeting : the folder, which exists, and how many must come; each leaves a file.
    """
    folder, number = Path(meeting[0]), meeting[1]
    (folder / f"{os.getpid()}").touch()
    deadline = time.monotonic() + 30.0
    while time.monotonic() < deadline:
        if len(list(folder.iterdir())) >= number:
            return True
        time.sleep(0.01)
    return False


def beating_child(path: str) -> NoReturn:
    """Start a process that adds to a file as long as it lives, and hang beside it."""
    beat = "import sys, time\nwhile True: open(sys.argv[1], 'a').write('.'); time.sleep(0.02)"
    subprocess.Popen([sys.executable, "-S", "-c", beat, path])
    while True:
        time.sleep(0.05)


def children(pid: int) -> dict[int, str]:
    """Give the processes that a process has started and that live, with their command lines.

    Only on Linux; elsewhere there are none.
    """
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold anything; state and parent come after it.
            state, parent = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                said = (folder / "cmdline").read_bytes().decode(errors="replace")
                found[int(folder.name)] = said.replace("\0", " ").strip()
        except OSError:  # it has ended meanwhile
            continue
    return found


def _card(name: str, value: str) -> bytes:
    text = f"{name:8}= {value:>20}" if len(name) <= 8 else f"{name} = {value}"
    return text.ljust(CARD_BYTES).encode("ascii")


def _padded(header: bytes) -> bytes:
    return header.ljust(padded(len(header)))
