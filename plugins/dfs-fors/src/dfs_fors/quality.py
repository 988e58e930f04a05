"""QC1 parameters, under the names of the instrument's QC dictionary.

References are those of the simulated chips; an observatory replaces the limits by
what its trends say.
"""

from __future__ import annotations

from dfs.plugin import Limits, QualityParameter, TrendLimits

BIAS, DARK, SCREEN, SKY = "fors_bias", "fors_dark", "fors_img_screen_flat", "fors_img_sky_flat"


def _parameter(
    name: str,
    unit: str,
    text: str,
    recipe: str,
    reference: float,
    warning: tuple[float | None, float | None],
    limits: tuple[float | None, float | None],
) -> QualityParameter:
    return QualityParameter(
        name=name,
        unit=unit,
        help=text,
        recipes=(recipe,),
        reference=reference,
        warning=Limits(low=warning[0], high=warning[1]),
        limits=Limits(low=limits[0], high=limits[1]),
        # A trend alone condemns nothing that is within the limits, unless it is far out.
        trend=TrendLimits(minimum=10, bad_sigma=8.0, floor=0.005 * abs(reference)),
    )


QUALITY_PARAMETERS = (
    _parameter(
        "QC.BIAS.LEVEL", "ADU", "Median of the first raw bias.",
        BIAS, 190.0, (160.0, 220.0), (100.0, 400.0),
    ),
    _parameter(
        "QC.RON", "ADU", "Read noise from the first two raw biases.",
        BIAS, 4.3, (3.8, 4.8), (3.0, 7.0),
    ),
    _parameter(
        "QC.BIAS.FPN", "ADU", "Fixed-pattern noise of the first raw bias.",
        BIAS, 0.0, (None, 1.0), (None, 3.0),
    ),
    _parameter(
        "QC.BIAS.STRUCT", "ADU", "Structure of the first raw bias beyond noise and pattern.",
        BIAS, 0.2, (None, 1.0), (None, 5.0),
    ),
    _parameter(
        "QC.MBIAS.LEVEL", "ADU", "Median of the master bias above the overscan.",
        BIAS, 0.0, (-1.0, 1.0), (-5.0, 5.0),
    ),
    _parameter(
        "QC.MBIAS.RONEXP", "ADU", "Noise of the master bias that the read noise explains.",
        BIAS, 1.9, (None, 2.5), (None, 5.0),
    ),
    _parameter(
        "QC.MBIAS.NOISE", "ADU", "Noise of the master bias.",
        BIAS, 2.0, (None, 2.6), (None, 5.0),
    ),
    _parameter(
        "QC.MBIAS.NRATIO", "", "Noise of the master bias relative to the expected one.",
        BIAS, 1.05, (0.9, 1.2), (0.7, 2.0),
    ),
    _parameter(
        "QC.MBIAS.STRUCT", "ADU", "Structure of the master bias beyond its noise.",
        BIAS, 0.5, (None, 1.5), (None, 5.0),
    ),
    _parameter(
        "QC.DET.OUT1.RON", "ADU", "Read noise from prescan and overscan of the first raw bias.",
        BIAS, 4.3, (3.8, 4.8), (3.0, 7.0),
    ),
    _parameter(
        "QC.DARK.RAW.MEAN.MEAN", "ADU", "Mean of the means of the raw darks.",
        DARK, 200.0, (160.0, 250.0), (100.0, 500.0),
    ),
    _parameter(
        "QC.DARK.RAW.MEAN.MEDIAN", "ADU", "Median of the means of the raw darks.",
        DARK, 200.0, (160.0, 250.0), (100.0, 500.0),
    ),
    _parameter(
        "QC.DARK.RAW.STDEV.MEAN", "ADU", "Mean of the standard deviations of the raw darks.",
        DARK, 5.5, (3.8, 8.0), (3.0, 20.0),
    ),
    _parameter(
        "QC.DARK.RAW.NBADPX", "", "Number of hot pixels.",
        DARK, 420.0, (None, 2000.0), (None, 20000.0),
    ),
    _parameter(
        "QC.DARK.MEDIAN", "ADU", "Median of the master dark.",
        DARK, 10.0, (None, 20.0), (None, 100.0),
    ),
    _parameter(
        "QC.DARK.MEAN", "ADU", "Mean of the good pixels of the master dark.",
        DARK, 10.0, (None, 20.0), (None, 100.0),
    ),
    _parameter(
        "QC.DARK.STDEV", "ADU", "Standard deviation of the good pixels of the master dark.",
        DARK, 4.5, (None, 6.5), (None, 20.0),
    ),
    _parameter(
        "QC.DARK.MIN", "ADU", "Lowest pixel of the master dark.",
        DARK, -10.0, (-40.0, None), (-200.0, None),
    ),
    _parameter(
        "QC.DARK.MAX", "ADU", "Highest pixel of the master dark.",
        DARK, 14500.0, (None, 40000.0), (None, 65535.0),
    ),
    _parameter(
        "QC.FLAT.EFF", "ADU/s", "Level of the screen per second.",
        SCREEN, 2700.0, (2000.0, 3500.0), (500.0, 8000.0),
    ),
    _parameter(
        "QC.FLAT.PHN", "ADU", "Photon noise of the master screen flat.",
        SCREEN, 85.0, (60.0, 110.0), (20.0, 200.0),
    ),
    _parameter(
        "QC.FLAT.FPN", "ADU", "Fixed-pattern noise of the master screen flat.",
        SCREEN, 215.0, (100.0, 350.0), (None, 1000.0),
    ),
    _parameter(
        "QC.FLAT.FPN.REL", "", "Fixed-pattern noise relative to the level.",
        SCREEN, 0.01, (0.005, 0.015), (None, 0.05),
    ),
    _parameter(
        "QC.FLAT.CONAD", "e-/ADU", "Conversion factor by photon transfer from two flats.",
        SCREEN, 0.7, (0.64, 0.76), (0.5, 1.0),
    ),
    _parameter(
        "QC.SKYFLAT.FLUX.MIN", "ADU", "Median of the faintest sky flat.",
        SKY, 18000.0, (10000.0, 40000.0), (2000.0, 50000.0),
    ),
    _parameter(
        "QC.SKYFLAT.FLUX.MAX", "ADU", "Median of the brightest sky flat.",
        SKY, 22000.0, (12000.0, 45000.0), (5000.0, 58000.0),
    ),
)  # fmt: skip
