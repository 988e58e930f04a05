"""Make the wavelength catalogue of the recipes, LINE_REFER_TABLE, from the lamp's lines.

Usage: make_line_table.py (writes src/dfs_uves/data/line_refer_table.fits)

A catalogue lists the lines that can be told apart at the instrument's resolution. The same
lines give the same bytes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

DATA = Path(__file__).parent.parent / "src" / "dfs_uves" / "data"
FAINTEST = 100.0
RESOLVING_POWER = 55_000.0
"""With a slit of 0.7 to 0.8 arcsec."""
BLEND_WIDTHS = 1.5
BLEND_SHARE = 0.2
"""A line with a neighbour nearer than so many widths, of this share of its light, is left out."""


def catalogue(wavelength: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """Tell which lines are bright and alone: Boolean, as long as the list."""
    kept = intensity >= FAINTEST
    reach = BLEND_WIDTHS * wavelength / RESOLVING_POWER
    first = np.searchsorted(wavelength, wavelength - reach)
    end = np.searchsorted(wavelength, wavelength + reach, side="right")
    for line in np.flatnonzero(kept):
        others = np.delete(intensity[first[line] : end[line]], line - first[line])
        kept[line] = not (others > BLEND_SHARE * intensity[line]).any()
    return kept


def table(wavelength: np.ndarray, intensity: np.ndarray, ion: np.ndarray) -> fits.HDUList:
    """Make the file: what it is in the primary header, the lines in the first extension."""
    primary = fits.PrimaryHDU()
    primary.header["INSTRUME"] = "UVES"
    primary.header["ORIGIN"] = "DFS"
    primary.header["OBJECT"] = "ThAr"
    primary.header["HIERARCH ESO PRO CATG"] = "LINE_REFER_TABLE"
    primary.header["COMMENT"] = "Wavelengths in standard air: NIST Atomic Spectra Database."
    columns = fits.BinTableHDU.from_columns(
        [
            fits.Column("WAVE", "D", unit="Angstrom", array=wavelength),
            fits.Column("INTENSITY", "E", array=intensity),
            fits.Column("ELEMENT", "6A", array=ion),
        ]
    )
    return fits.HDUList([primary, columns])


def main() -> None:
    """Read the lines, write the catalogue."""
    lines = np.genfromtxt(
        DATA / "thar_lines.csv",
        delimiter=",",
        skip_header=3,
        names="wavelength_a,intensity,ion",
        dtype=None,
        encoding="utf-8",
    )
    kept = lines[catalogue(lines["wavelength_a"], lines["intensity"])]
    made = table(kept["wavelength_a"], kept["intensity"], kept["ion"])
    made.writeto(DATA / "line_refer_table.fits", overwrite=True, checksum=False)


if __name__ == "__main__":
    main()
