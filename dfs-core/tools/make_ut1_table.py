"""Write anew the table of the Earth's rotation that `dfs.sky` carries.

Usage: python dfs-core/tools/make_ut1_table.py

Source: IERS Earth Orientation Centre, series EOP 20 C04, as it comes with the package
astropy-iers-data; nothing is downloaded. UT1 - TAI is kept, which has no leaps.
"""

from __future__ import annotations

import csv
from importlib.metadata import version
from pathlib import Path

import numpy as np
from astropy.utils import iers
from astropy.utils.iers import LeapSeconds

TABLE = Path(__file__).parents[1] / "src" / "dfs" / "sky" / "data" / "ut1.csv"
FIRST_MJD = 47892  # 1990-01-01
STEP_DAYS = 10


def main() -> None:
    """Write the table."""
    series = iers.IERS_B.open(iers.IERS_B_FILE)
    mjd = np.asarray(series["MJD"].value, dtype=float)
    leaps = LeapSeconds.from_iers_leap_seconds()
    since = np.asarray(leaps["mjd"], dtype=float)
    tai_utc_s = np.asarray(leaps["tai_utc"], dtype=float)
    last = mjd[-1] - (mjd[-1] - FIRST_MJD) % STEP_DAYS
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write(
            "# UT1-TAI, s, at 0h UTC: IERS EOP 20 C04, of astropy-iers-data "
            f"{version('astropy-iers-data')}; made by dfs-core/tools/make_ut1_table.py\n"
        )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("mjd_utc", "ut1_tai_s"))
        for day in np.arange(FIRST_MJD, last + 1, STEP_DAYS):
            row = int(np.searchsorted(mjd, day))
            tai_utc = tai_utc_s[np.searchsorted(since, day, side="right") - 1]
            writer.writerow((int(day), f"{series['UT1_UTC'].value[row] - tai_utc:.4f}"))


if __name__ == "__main__":
    main()
