"""QC1 parameters, under the names of the instrument's QC dictionary.

References are those of the simulated detectors; an observatory replaces the limits
by what its trends say.
"""

from __future__ import annotations

from dfs.plugin import Limits, QualityParameter, TrendLimits

BIAS, DARK, FLAT = "uves_cal_mbias", "uves_cal_mdark", "uves_cal_mflat"
PREDICT, ORDERS, WAVE = "uves_cal_predict", "uves_cal_orderpos", "uves_cal_wavecal"
OUTPUTS = ("OUT1", "OUT4")
"""How the pipeline numbers the read-outs: blue and upper red chip, lower red chip."""


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
        # A trend alone condemns nothing that is within the limits, unless it is far out.
        trend=TrendLimits(minimum=10, bad_sigma=8.0, floor=0.005 * abs(reference)),
    )


_DETECTOR = tuple(
    parameter
    for output in OUTPUTS
    for parameter in (
        _parameter(
            f"QC.{output}.RON.RAW", "ADU", "Read noise of a single bias frame, from pairs.",
            (BIAS,), 3.85, (3.4, 4.3), (2.5, 6.0),
        ),
        _parameter(
            f"QC.{output}.RON.MASTER", "ADU", "Noise of the master bias, outliers clipped.",
            (BIAS,), 2.1, (1.2, 2.6), (0.5, 4.0),
        ),
        _parameter(
            f"QC.{output}.STRUCTX", "ADU", "Spread of the master bias along x, bad ones left out.",
            (BIAS,), 0.05, (None, 1.2), (None, 5.0),
        ),
        _parameter(
            f"QC.{output}.STRUCTY", "ADU", "Spread of the master bias along y, bad ones left out.",
            (BIAS,), 0.2, (None, 1.2), (None, 5.0),
        ),
    )
)  # fmt: skip

QUALITY_PARAMETERS = (
    *_DETECTOR,
    _parameter(
        "QC.NHOTPIX", "", "Number of hot pixels.",
        (DARK,), 600.0, (None, 5000.0), (None, 50000.0),
    ),
    _parameter(
        "QC.REG.AVG.AVG", "ADU", "Dark signal of the exposure: mean of 16 regions.",
        (DARK,), 0.7, (-0.5, 3.0), (-2.0, 20.0),
    ),
    _parameter(
        "QC.REG.AVG.RMS", "ADU", "Spread of the dark signal between regions, e.g. by a glow.",
        (DARK,), 0.25, (None, 1.5), (None, 10.0),
    ),
    _parameter(
        "QC.MODEL.NLINSEL", "", "Lines of the format check that are where the model predicts.",
        (PREDICT,), 1500.0, (600.0, None), (200.0, None),
    ),
    _parameter(
        "QC.MODEL.DIFFXMED", "px", "Shift of the format along x against the model.",
        (PREDICT,), 0.0, (-3.0, 3.0), (-10.0, 10.0),
    ),
    _parameter(
        "QC.MODEL.DIFFYMED", "px", "Shift of the format along y against the model.",
        (PREDICT,), 0.0, (-3.0, 3.0), (-10.0, 10.0),
    ),
    _parameter(
        "QC.ORD.NDET", "", "Orders found.",
        (ORDERS,), 23.0, (15.5, None), (11.5, None),
    ),
    _parameter(
        "QC.ORD.RESIDRMS", "px", "Scatter of the orders' positions about their fit.",
        (ORDERS,), 0.012, (None, 0.05), (None, 0.3),
    ),
    _parameter(
        "QC.ORD.NPOSSEL", "", "Positions along the orders that the fit uses.",
        (ORDERS,), 6000.0, (3500.0, None), (1500.0, None),
    ),
    _parameter(
        "QC.CNTRATE", "ADU/s", "Average count rate of the master flat.",
        (FLAT,), 200.0, (60.0, 400.0), (20.0, 1000.0),
    ),
    *(
        _parameter(
            f"QC.{output}.CONADAVG", "e-/ADU", "Conversion factor by photon transfer from flats.",
            (FLAT,), 1.6, (1.3, 1.9), (0.8, 3.0),
        )
        for output in OUTPUTS
    ),
    _parameter(
        "QC.LINE.HALFBRIG", "%", "Of the brighter half of the lines found, those identified: "
        "few mean a wrong solution, whatever its residuals.",
        (WAVE,), 88.0, (75.0, None), (50.0, None),
    ),
    _parameter(
        "QC.NLINSEL", "", "Lines that were identified.",
        (WAVE,), 1100.0, (700.0, None), (400.0, None),
    ),
    _parameter(
        "QC.LINE.RESIDRMS.PIX", "px", "Scatter of the lines about the dispersion relation.",
        (WAVE,), 0.025, (None, 0.1), (None, 0.4),
    ),
    _parameter(
        "QC.RESOLMED", "", "Median resolving power.",
        (WAVE,), 65000.0, (55000.0, 80000.0), (30000.0, 120000.0),
    ),
)  # fmt: skip
