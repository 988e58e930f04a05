"""The virtual telescope: frames that a plugin simulates, written as raw files.

The plugin knows what its instrument delivers, the core how a file is written: whole
or not at all, unsigned 16-bit, and never over another one.
"""

from __future__ import annotations

import filecmp
import tempfile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np

from dfs.execution.errors import FRAME_EXISTS
from dfs.foundation.errors import PluginError, UserError
from dfs.foundation.files import NOT_WRITABLE, storage_error
from dfs.foundation.fits.write import write_fits

if TYPE_CHECKING:
    from dfs.host import Host, RegisteredInstrument
    from dfs.plugin import RawFrame, SimulationRequest
    from dfs.ui.console import Progress

__all__ = ["simulate_night"]

_HOOK = "dfs_simulate"


def simulate_night(
    host: Host,
    instrument: str,
    request: SimulationRequest,
    out: Path,
    progress: Progress | None = None,
) -> list[Path]:
    """Simulate the standard calibrations of a day and write them as FITS.

    Frames are written one by one as the plugin makes them; if it fails half-way, the
    files that are there are whole.

    Parameters
    ----------
    host : where the instrument is registered.
    instrument : id or INSTRUME of the instrument.
    request : night, seed and window.
    out : folder; it is made if it is not there. A file of a frame's name may be
        there if it is the same to the byte.
    progress : told of each file; how many there will be only the plugin knows.

    Returns
    -------
    list of Path
        The files in the order of the night.

    Raises
    ------
    UserError
        ``plugin.…`` for an instrument that is unknown or cannot simulate, or
        ``simulate.exists``.
    PluginError
        The hook failed, or made a frame that cannot be written.
    StorageError
        The disk is full or the folder not writable.
    """
    registered = host.resolve(instrument)
    paths: list[Path] = []
    for frame in host.simulate(registered.id, request):
        problem = _problem(frame, {path.name for path in paths})
        if problem:
            raise _broken(registered, f"frame {frame.filename!r} {problem}")
        path = out / frame.filename
        try:
            _write(frame, path)
        except UserError as error:
            if error.code is FRAME_EXISTS:
                raise
            raise _broken(registered, f"frame {frame.filename!r}: {error}") from error
        paths.append(path)
        if progress:
            progress.update(len(paths), None, path.name)
    return paths


def _write(frame: RawFrame, path: Path) -> None:
    if not path.exists():
        _make_folder(path.parent)
        write_fits(path, frame.units)
        return
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch, "frame.fits")
        write_fits(again, frame.units, fsync=False)
        if not filecmp.cmp(again, path, shallow=False):
            raise UserError(FRAME_EXISTS, "the simulated frame differs from it", where=str(path))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, NOT_WRITABLE) from error


def _problem(frame: RawFrame, taken: set[str]) -> str:
    """Say in what a frame is not as the contract asks; empty if in nothing."""
    name = frame.filename
    if not name or name != PurePath(name).name or name.startswith("."):
        return "has a name that is no plain file name"
    if name in taken:
        return "has the name of an earlier frame of the night"
    if not frame.units:
        return "has no header-data unit"
    for unit in frame.units:
        if unit.data is not None and (unit.data.dtype != np.uint16 or unit.data.ndim != 2):
            pixels = f"{unit.data.ndim}-dimensional {unit.data.dtype}"
            return f"has {pixels} pixels; a raw image is two-dimensional uint16"
    return ""


def _broken(registered: RegisteredInstrument, cause: str) -> PluginError:
    distribution = f"{registered.distribution} {registered.version}"
    return PluginError(registered.id, distribution, _HOOK, cause)
