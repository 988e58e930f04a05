"""Declarations: the instrument, its recipes, targets, the validity of its calibrations.

Sources: VIMOS user manual and the descriptions of the pipeline's recipes; gain and read
noise are nominal.
"""

from __future__ import annotations

from dfs.plugin import (
    AssociationValidity,
    CalibrationPlan,
    CplRecipe,
    Detector,
    Instrument,
    LevelRange,
    Mode,
    Parameter,
    Recipe,
    RecipeInput,
    RecipeProduct,
    Workflow,
)
from dfs_vimos.names import CHIPS
from dfs_vimos.quality import keywords_of


def _quadrant(number: int, chip: str) -> Detector:
    return Detector(
        id=chip, title=f"e2v 44-82, quadrant {number}", size_x_px=2048, size_y_px=4096,
        pixel_size_um=15.0, gain_e_per_adu=1.8, read_noise_e=4.6,
    )  # fmt: skip


INSTRUMENT = Instrument(
    title="VIsible Multi-Object Spectrograph",
    instrume=("VIMOS",),
    telescope="ESO-VLT-U3",
    detectors=tuple(
        _quadrant(number, chip)
        for number, chip in enumerate(("DAVID", "BRIAN", "Keith", "Tom"), start=1)
    ),
    modes=(
        Mode(id="IMG", title="Imaging"),
        Mode(id="MOS", title="Multi-object spectroscopy with masks"),
        Mode(id="IFU", title="Integral-field spectroscopy"),
    ),
    setup_keywords=(
        "DET.WIN1.BINX", "DET.WIN1.BINY", "DET.WIN1.NY", "DET.READ.CLOCK", "INS.FILT1.NAME",
    ),
    # The pipeline's masters tell how they were read out in their units only.
    extensions=(CHIPS[0],),
)  # fmt: skip

_COMBINING = (
    Parameter(name="combtype", type="str", default="median", choices=("median", "mean"),
              help="how frames are combined"),
    Parameter(name="xrej", type="bool", default=True,
              help="with mean: reject a second time"),
    Parameter(name="thresh", type="float", default=5.0, minimum=1e-6,
              help="with mean: values further off are rejected, σ"),
)  # fmt: skip

_EXPOSURE = (
    Parameter(name="lthr", type="float", default=4000.0, minimum=0.0, maximum=65535.0,
              help="a flat whose level is below is not used, ADU as read"),
    Parameter(name="hthr", type="float", default=60000.0, minimum=0.0, maximum=65535.0,
              help="a flat whose level is above is not used, ADU as read"),
)  # fmt: skip

_MASTER_BIAS = RecipeInput(tag="MASTER_BIAS", maximum=1, help="subtracted")
_MASTER_DARK = RecipeInput(tag="MASTER_DARK", maximum=1, help="scaled and subtracted")


def _cpl(recipe: str) -> CplRecipe:
    """Declare the pipeline's recipe: 300 MB and 12 s at most on 20 frames, with room for more."""
    return CplRecipe(
        pipeline="vimos", quality=keywords_of(recipe), memory_mb=1024, time_limit_s=600.0
    )


RECIPES = (
    Recipe(
        name="vimos_ima_bias",
        title="Create the master bias of all quadrants",
        function="dfs_vimos.recipes.bias:run",
        cpl=_cpl("vimos_ima_bias"),
        inputs=(RecipeInput(tag="BIAS", minimum=2, help="raw frames of all quadrants"),),
        products=(RecipeProduct(category="MASTER_BIAS", help="a unit a chip, ADU as read"),),
        parameters=_COMBINING,
        memory_mb=500,
    ),
    Recipe(
        name="vimos_ima_dark",
        title="Create the master dark of all quadrants",
        function="dfs_vimos.recipes.dark:run",
        cpl=_cpl("vimos_ima_dark"),
        inputs=(RecipeInput(tag="DARK", help="raw frames of all quadrants"), _MASTER_BIAS),
        products=(RecipeProduct(category="MASTER_DARK", help="a unit a chip, ADU/s"),),
        parameters=_COMBINING,
        memory_mb=500,
    ),
    Recipe(
        name="vimos_ima_twilight_flat",
        title="Create the master twilight flat of all quadrants",
        function="dfs_vimos.recipes.twilight_flat:run",
        cpl=_cpl("vimos_ima_twilight_flat"),
        inputs=(
            RecipeInput(tag="FLAT_TWILIGHT", minimum=2, help="raw frames of all quadrants"),
            _MASTER_BIAS,
            _MASTER_DARK,
        ),
        products=(
            RecipeProduct(category="MASTER_TWILIGHT_FLAT", help="a unit a chip, median level 1"),
            RecipeProduct(category="MASTER_CONF", help="weight of each pixel, per cent"),
            RecipeProduct(category="MASTER_BPM", help="pixels that cannot be used, not zero"),
        ),
        parameters=(*_EXPOSURE, *_COMBINING),
        memory_mb=500,
    ),
    Recipe(
        name="vimos_ima_det_noise",
        title="Measure read noise and gain of all quadrants",
        cpl=_cpl("vimos_ima_det_noise"),
        inputs=(
            RecipeInput(tag="FLAT_TWILIGHT", minimum=8, help="two raw frames of each quadrant"),
            RecipeInput(tag="BIAS", minimum=8, help="two raw frames of each quadrant"),
        ),
        products=(RecipeProduct(category="MASTER_READGAIN", help="a table, a row a chip"),),
    ),
)

WORKFLOWS = (
    Workflow(
        target="quick-look",
        title="Whether twilight was well exposed, with the masters that this takes",
        actions=("ACTION_TWILIGHT_FLAT",),
    ),
    Workflow(
        target="calibration",
        title="All masters, and the noise of the detectors",
        actions=(
            "ACTION_BIAS", "ACTION_DARK", "ACTION_TWILIGHT_FLAT", "ACTION_DETECTOR_NOISE",
        ),
    ),
)  # fmt: skip

_BIAS_DAYS = LevelRange.symmetric(1.0, 3.0, 7.0, 30.0)
_DARK_DAYS = LevelRange.symmetric(30.0, 60.0, 90.0, 365.0)

CALIBRATION_PLAN = CalibrationPlan(
    validities=tuple(
        AssociationValidity(action=action, tag=tag, ranges=ranges)
        for action, tag, ranges in (
            ("ACTION_DARK", "MASTER_BIAS", _BIAS_DAYS),
            ("ACTION_TWILIGHT_FLAT", "MASTER_BIAS", _BIAS_DAYS),
            ("ACTION_TWILIGHT_FLAT", "MASTER_DARK", _DARK_DAYS),
            ("ACTION_DETECTOR_NOISE", "BIAS", _BIAS_DAYS),
        )
    )
)
