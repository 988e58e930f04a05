"""Select the lines of the thorium-argon lamp that matter to the simulator.

Usage: select_thar_lines.py LIST (writes src/dfs_uves/data/thar_lines.csv)

LIST has a line of text a spectral line, fields parted by ``|``: ion, vacuum wavelength in
ångström, whether it is of the NIST Atomic Spectra Database, instrument, amplitude, source.
Taken are the database's lines (wavelength and relative intensity are measured facts) in
the ranges of the simulated settings, down to a thousandth of the brightest.
"""

from __future__ import annotations

import sys
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "dfs_uves" / "data"
RANGES_A = ((3230.0, 4560.0), (4700.0, 6900.0))
FAINTEST = 100.0
SAME_LINE_A = 0.006
"""Nearer ones are one line that is listed under two ions or twice."""


def air(vacuum_a: float) -> float:
    """Wavelength in standard air, ångström (Birch & Downs 1994, Metrologia 31, 315)."""
    sigma2 = (1e4 / vacuum_a) ** 2
    refraction = 8.34254e-5 + 2.406147e-2 / (130 - sigma2) + 1.5998e-4 / (38.9 - sigma2)
    return vacuum_a / (1 + refraction)


def lines(text: str) -> list[tuple[float, float, str]]:
    """Give air wavelength, relative intensity and ion of each line, by wavelength."""
    found: list[tuple[float, float, str]] = []
    for row in text.splitlines():
        cells = [cell.strip() for cell in row.split("|")[1:-1]]
        if len(cells) != 6 or not cells[5].startswith("NIST"):
            continue
        wavelength, intensity = air(float(cells[1])), float(cells[4])
        if intensity >= FAINTEST and any(low <= wavelength <= high for low, high in RANGES_A):
            found.append((wavelength, intensity, cells[0]))
    found.sort()
    kept: list[tuple[float, float, str]] = []
    for line in found:
        if kept and line[0] - kept[-1][0] < SAME_LINE_A:
            kept[-1] = max(kept[-1], line, key=lambda each: each[1])
        else:
            kept.append(line)
    return kept


def main() -> None:
    """Write the selection."""
    listed = Path(sys.argv[1]).read_text(encoding="utf-8")
    rows = [
        f"{wavelength:.4f},{intensity:.0f},{ion}" for wavelength, intensity, ion in lines(listed)
    ]
    head = (
        "# Lines of a thorium-argon hollow-cathode lamp: wavelength in standard air, angstrom;",
        "# relative intensity; ion. Facts of the NIST Atomic Spectra Database.",
        "wavelength_a,intensity,ion",
    )
    DATA.joinpath("thar_lines.csv").write_text("\n".join((*head, *rows)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
