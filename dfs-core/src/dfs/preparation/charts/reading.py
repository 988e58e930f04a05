"""Catalogues and images for finding charts, from files that astronomers have."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from dfs.foundation.errors import UserError
from dfs.preparation.charts.model import Sky, Star
from dfs.preparation.errors import CATALOGUE, IMAGE

_RA = ("ra", "ra_deg", "raj2000", "ra_icrs")
_DEC = ("dec", "dec_deg", "dej2000", "de_icrs", "dec_icrs")
_MAGNITUDE = ("mag", "magnitude", "phot_g_mean_mag", "gmag", "vmag", "rmag", "imag", "jmag")


def read_stars(path: Path) -> tuple[Star, ...]:
    """Read the stars of a catalogue: CSV, VOTable or another table that astropy knows.

    Columns are found by the names that catalogues give them: ``ra``, ``dec`` in degrees,
    ``mag`` or another common magnitude.

    Raises
    ------
    UserError
        It cannot be read, or lacks a column; names the file.
    """
    from astropy.table import Table

    kind = {".csv": "ascii.csv", ".txt": "ascii", ".xml": "votable", ".vot": "votable"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd in a catalogue is not the user's fault
            table = Table.read(path, format=kind.get(path.suffix.lower()))
    except Exception as error:
        # astropy's readers raise whatever their format's parser raises.
        raise UserError(CATALOGUE, " ".join(str(error).split())[:200], where=str(path)) from error
    columns = {name.casefold(): name for name in table.colnames}

    def column(names: tuple[str, ...]) -> Any:
        for name in names:
            if name in columns:
                return table[columns[name]]
        raise UserError(
            CATALOGUE, f"it has no column {names[0]} (nor {', '.join(names[1:])})", where=str(path)
        )

    found = zip(column(_RA), column(_DEC), column(_MAGNITUDE), strict=True)
    try:
        return tuple(Star(float(ra), float(dec), float(mag)) for ra, dec, mag in found)
    except (TypeError, ValueError) as error:
        raise UserError(CATALOGUE, f"a value is no number: {error}", where=str(path)) from error


def read_image(path: Path) -> Sky:
    """Read the first image with celestial coordinates of a FITS file.

    Raises
    ------
    UserError
        It cannot be read, or holds none; names the file.
    """
    from astropy.io import fits
    from astropy.wcs import WCS

    try:
        with warnings.catch_warnings(), fits.open(path) as hdus:  # type: ignore[attr-defined, no-untyped-call]
            warnings.simplefilter("ignore")
            for hdu in hdus:
                if getattr(hdu, "is_image", False) and hdu.data is not None and hdu.data.ndim == 2:
                    wcs = WCS(hdu.header)  # type: ignore[no-untyped-call]
                    if wcs.has_celestial:
                        return Sky(hdu.data.astype("float32"), wcs, path.name)
    except (OSError, ValueError) as error:
        raise UserError(IMAGE, str(error), where=str(path)) from error
    raise UserError(IMAGE, "it holds no image with celestial coordinates", where=str(path))
