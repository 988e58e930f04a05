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
        "QC.OUT1.RON.MASTER", "ADU", "Noise of the master bias without its large-scale structure.",
        (BIAS,), 2.2, (1.2, 2.6), (0.5, 4.0),
    ),
    _parameter(
        "QC.OUT1.STRUCTX", "ADU", "Spread of the master bias averaged along y.",
        (BIAS,), 0.3, (None, 1.2), (None, 5.0),
    ),
    _parameter(
        "QC.OUT1.STRUCTY", "ADU", "Spread of the master bias averaged along x.",
        (BIAS,), 0.3, (None, 1.2), (None, 5.0),
    ),
    _parameter(
        "QC.REG1.MED", "ADU", "Median level of the master bias.",
        (BIAS,), 160.0, (130.0, 200.0), (80.0, 300.0),
    ),
    _parameter(
        "QC.CNTRATE", "ADU/h", "Dark current of a typical pixel.",
        (DARK,), 0.6, (None, 2.0), (None, 10.0),
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
        "QC.REF.DATAMED", "ADU", "Level of the blaze maxima: 95th percentile of the master flat.",
        (FLAT,), 10000.0, (4000.0, 20000.0), (1000.0, 50000.0),
    ),
)  # fmt: skip
