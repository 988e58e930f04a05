"""What another reader, astropy, sees in our files."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

__all__ = ["ForeignView", "look"]


@dataclass(frozen=True, slots=True)
class ForeignView:
    """A file as astropy reads it.

    Parameters
    ----------
    headers : keywords of each unit, as astropy spells them.
    planes : the pixels of each unit that has some, by name; ``PRIMARY`` is the first.
    problem : what is wrong with file or checksums, in a sentence; empty if nothing is.
    """

    headers: tuple[Mapping[str, Any], ...]
    planes: Mapping[str, NDArray[Any]]
    problem: str = ""


def look(path: Path) -> ForeignView:
    """Read a whole file, with its checksums; a warning is a problem as well."""
    # Its interface has no types.
    fits: Any = importlib.import_module("astropy.io.fits")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with path.open("rb") as file, fits.open(file, checksum=True, memmap=False) as hdus:
                hdus.verify("exception")
                return ForeignView(
                    headers=tuple(dict(hdu.header) for hdu in hdus),
                    planes={hdu.name: hdu.data for hdu in hdus if hdu.data is not None},
                )
        except (OSError, ValueError, TypeError, fits.VerifyError, Warning) as error:
            return ForeignView((), {}, f"{path.name}: {' '.join(str(error).split())}")
