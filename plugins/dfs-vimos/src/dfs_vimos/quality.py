"""QC1 parameters: the figures of the imaging recipes, for each chip.

The recipes write one keyword into the unit of each chip; here a parameter bears the
chip's name. References and limits are those of the simulated chips; an observatory
replaces them by what its trends say.
"""

from __future__ import annotations

from dataclasses import dataclass

from dfs.plugin import Limits, QualityParameter, TrendLimits
from dfs_vimos.names import CHIPS, of_chip

BIAS, DARK, FLAT = "vimos_ima_bias", "vimos_ima_dark", "vimos_ima_twilight_flat"

Range = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is measured of every chip.

    Parameters
    ----------
    name : keyword behind ``QC``, as in the unit of a chip.
    unit, text : of the value, and what it tells.
    recipe : measures it.
    reference : of a healthy chip.
    warning, limits : outside these the verdict is *warning* or *bad*.
    floor : a change by less says nothing.
    """

    name: str
    unit: str
    text: str
    recipe: str
    reference: float
    warning: Range
    limits: Range
    floor: float

    def of(self, chip: str) -> QualityParameter:
        """Declare it for a chip."""
        return QualityParameter(
            name=of_chip(chip, self.name),
            unit=self.unit,
            help=f"{chip}: {self.text}",
            recipes=(self.recipe,),
            reference=self.reference,
            warning=Limits(low=self.warning[0], high=self.warning[1]),
            limits=Limits(low=self.limits[0], high=self.limits[1]),
            trend=TrendLimits(floor=self.floor),
        )


FIGURES = (
    Figure("BIASMED", "ADU", "median of the master bias.",
           BIAS, 200.0, (170.0, 230.0), (100.0, 400.0), 0.5),
    Figure("BIASRMS", "ADU", "noise of the master bias.",
           BIAS, 1.4, (0.5, 2.2), (0.2, 5.0), 0.05),
    Figure("USCAN_MED", "ADU", "median of the prescan of the master bias.",
           BIAS, 200.0, (170.0, 230.0), (100.0, 400.0), 0.5),
    Figure("USCAN_RMS", "ADU", "noise of the prescan of the master bias.",
           BIAS, 1.4, (0.5, 2.2), (0.2, 5.0), 0.05),
    Figure("OSCAN_MED", "ADU", "median of the overscan of the master bias.",
           BIAS, 200.0, (170.0, 230.0), (100.0, 400.0), 0.5),
    Figure("OSCAN_RMS", "ADU", "noise of the overscan of the master bias.",
           BIAS, 1.4, (0.5, 2.2), (0.2, 5.0), 0.05),
    Figure("DARKMED", "ADU/s", "median of the master dark.",
           DARK, 8e-4, (-5e-4, 2.5e-3), (-2e-3, 1e-2), 2e-4),
    Figure("DARKRMS", "ADU/s", "noise of the master dark.",
           DARK, 2.5e-3, (5e-4, 4e-3), (0.0, 2e-2), 1e-4),
    Figure("NHOTPIX", "", "number of hot pixels.",
           DARK, 400.0, (None, 2000.0), (None, 20000.0), 30.0),
    Figure("HOTFRAC", "", "fraction of hot pixels.",
           DARK, 1e-4, (None, 4e-4), (None, 4e-3), 1e-5),
    Figure("FLATRMS", "", "variation of the master flat, vignetting included.",
           FLAT, 0.05, (0.005, 0.08), (None, 0.3), 1e-3),
    Figure("FLATMIN", "ADU", "level of the faintest flat, as read.",
           FLAT, 20500.0, (10000.0, 45000.0), (4000.0, 60000.0), 500.0),
    Figure("FLATMAX", "ADU", "level of the brightest flat, as read.",
           FLAT, 21500.0, (10000.0, 45000.0), (4000.0, 60000.0), 500.0),
    Figure("FLATAVG", "ADU", "mean level of the flats, as read.",
           FLAT, 21000.0, (10000.0, 45000.0), (4000.0, 60000.0), 500.0),
    Figure("FLATRNG", "ADU", "range of the levels of the flats.",
           FLAT, 800.0, (None, 15000.0), (None, 50000.0), 500.0),
    Figure("TWIPHOT", "ADU", "photon noise of a flat.",
           FLAT, 105.0, (60.0, 160.0), (20.0, 300.0), 2.0),
    Figure("TWISNRATIO", "", "signal to noise ratio of the master flat.",
           FLAT, 460.0, (250.0, None), (100.0, None), 10.0),
    Figure("NBAD", "", "number of pixels that cannot be used.",
           FLAT, 7000.0, (None, 20000.0), (None, 200000.0), 50.0),
    Figure("BADFRAC", "", "fraction of pixels that cannot be used.",
           FLAT, 1.5e-3, (None, 4e-3), (None, 4e-2), 1e-5),
)  # fmt: skip

QUALITY_PARAMETERS = tuple(figure.of(chip) for figure in FIGURES for chip in CHIPS)


def keywords_of(recipe: str) -> dict[str, str]:
    """Give the keyword in the unit of a chip to the parameter of each figure of a recipe."""
    return {
        f"QC.{figure.name}[{chip}]": of_chip(chip, figure.name)
        for figure in FIGURES
        if figure.recipe == recipe
        for chip in CHIPS
    }
