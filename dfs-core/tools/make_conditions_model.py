"""Write anew the model of atmospheric conditions that `dfs.sky` carries.

Usage: python dfs-core/tools/make_conditions_model.py

All its numbers are invented: seeing and water vapour are log-normal, half of the time is
without clouds. The rows are a sequence that fills the cube of probabilities evenly.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from statistics import NormalDist

TABLE = Path(__file__).parents[1] / "src" / "dfs" / "sky" / "data" / "conditions_model.csv"
ROWS = 256
MEDIAN_SEEING_ARCSEC, SIGMA_SEEING = 0.8, 0.35
MEDIAN_WATER_MM, SIGMA_WATER = 3.0, 0.7
EXTINCTION_MAG = ((0.5, 0.01), (0.75, 0.08), (0.88, 0.2), (1.0, 0.8))
"""Cumulative fraction of the time, and the extinction by clouds."""
PLASTIC = 1.2207440846057596  # root of x⁴ = x + 1: its powers fill the cube evenly


def main() -> None:
    """Write the table."""
    normal = NormalDist()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write("# source: a model with invented numbers, not a record of any site\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("seeing_arcsec", "extinction_mag", "water_vapour_mm"))
        for row in range(1, ROWS + 1):
            seeing, water, clouds = (row * PLASTIC**-power % 1.0 for power in (1, 2, 3))
            seeing_arcsec = MEDIAN_SEEING_ARCSEC * math.exp(SIGMA_SEEING * normal.inv_cdf(seeing))
            water_mm = MEDIAN_WATER_MM * math.exp(SIGMA_WATER * normal.inv_cdf(water))
            extinction = next(mag for fraction, mag in EXTINCTION_MAG if clouds <= fraction)
            writer.writerow((f"{seeing_arcsec:.2f}", extinction, f"{water_mm:.1f}"))


if __name__ == "__main__":
    main()
