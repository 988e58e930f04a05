"""QC1 parameters, under the names of the instrument's QC dictionary.

References are those of the simulated detectors; an observatory replaces the limits
by what its trends say.
"""

from __future__ import annotations

from dfs.plugin import Limits, QualityParameter

BIAS, DARK, FLAT = "uves_cal_mbias", "uves_cal_mdark", "uves_cal_mflat"


def _parameter(
    name: str,
    unit: str,
    text: str,
    recipes: tuple[str, ...],
    reference: float,
    warning: tuple[float | None, float | None],
    limits: tuple[float | None, float | None],
) -> QualityParameter:
    return QualityParameter(
        name=name,
        unit=unit,
        help=text,
        recipes=recipes,
        reference=reference,
        warning=Limits(low=warning[0], high=warning[1]),
        limits=Limits(low=limits[0], high=limits[1]),
    )


QUALITY_PARAMETERS = (
    _parameter(
        "QC.OUT1.RON.RAW", "ADU", "Read noise of a single bias frame, from pairs of frames.",
        (BIAS,), 3.85, (3.4, 4.3), (2.5, 6.0),
    ),
    _parameter(
        "QC.OUT1.RON.MASTER", "ADU", "Noise of the master bias, outliers clipped.",
        (BIAS,), 2.1, (1.2, 2.6), (0.5, 4.0),
    ),
    _parameter(
        "QC.OUT1.STRUCTX", "ADU", "Spread of the master bias along x, bad columns left out.",
        (BIAS,), 0.2, (None, 1.2), (None, 5.0),
    ),
    _parameter(
        "QC.OUT1.STRUCTY", "ADU", "Spread of the master bias along y, bad rows left out.",
        (BIAS,), 0.05, (None, 1.2), (None, 5.0),
    ),
    _parameter(
        "QC.REG1.MED", "ADU", "Median level of the master bias, the chip as one region.",
        (BIAS,), 160.0, (130.0, 200.0), (80.0, 300.0),
    ),
    _parameter(
        "QC.REG.AVG.AVG", "ADU/h", "Dark current: mean of regions, without hot pixels.",
        (DARK,), 0.6, (None, 2.0), (None, 10.0),
    ),
    _parameter(
        "QC.REG.AVG.RMS", "ADU/h", "Spread of the dark current between regions, e.g. by a glow.",
        (DARK,), 0.01, (None, 0.2), (None, 2.0),
    ),
    _parameter(
        "QC.NHOTPIX", "", "Number of hot pixels.",
        (DARK,), 600.0, (None, 5000.0), (None, 50000.0),
    ),
    _parameter(
        "QC.OUT1.CONADAVG", "e-/ADU", "Conversion factor by photon transfer from pairs of flats.",
        (FLAT,), 1.6, (1.3, 1.9), (0.8, 3.0),
    ),
    _parameter(
        "QC.CNTRATE", "ADU/s", "Average count rate of the master flat.",
        (FLAT,), 200.0, (80.0, 400.0), (20.0, 1000.0),
    ),
)  # fmt: skip
