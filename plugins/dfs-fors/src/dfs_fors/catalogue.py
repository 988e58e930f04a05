"""Declarations: the instrument, its recipes, the validity of its calibrations.

Sources: FORS user manual and the description of the instrument's pipeline; gain and
read noise are those of the high-gain read mode of the red-sensitive MIT mosaic.
"""

from __future__ import annotations

from dfs.plugin import (
    AssociationValidity,
    CalibrationPlan,
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

INSTRUMENT = Instrument(
    title="Visual and near UV FOcal Reducer and low dispersion Spectrograph 2",
    instrume=("FORS2",),
    telescope="ESO-VLT-U1",
    detectors=(
        Detector(id="CHIP1", title="MIT-LL CCID20-14-5-3, upper chip", size_x_px=4096,
                 size_y_px=2048, pixel_size_um=15.0, gain_e_per_adu=0.7, read_noise_e=2.9),
        Detector(id="CHIP2", title="MIT-LL CCID20-14-5-6, lower chip", size_x_px=4096,
                 size_y_px=2048, pixel_size_um=15.0, gain_e_per_adu=0.7, read_noise_e=3.15),
    ),
    modes=(
        Mode(id="IMG", title="Imaging"),
        Mode(id="LSS", title="Long-slit spectroscopy"),
        Mode(id="MOS", title="Multi-object spectroscopy with movable slits"),
        Mode(id="MXU", title="Multi-object spectroscopy with masks"),
        Mode(id="IPOL", title="Imaging polarimetry"),
        Mode(id="PMOS", title="Multi-object spectropolarimetry"),
    ),
    setup_keywords=(
        "DET.CHIP1.ID", "DET.WIN1.BINX", "DET.WIN1.BINY", "DET.READ.CLOCK",
        "INS.COLL.NAME", "INS.FILT1.NAME",
    ),
)  # fmt: skip


def _stacking(default: str, mean: str = "average") -> tuple[Parameter, ...]:
    """Declare how frames are combined; the bias recipe calls the mean otherwise."""
    return (
        Parameter(name="stack_method", type="str", default=default,
                  choices=(mean, "median", "minmax", "ksigma"), help="how frames are combined"),
        Parameter(name="minrejection", type="int", default=1, minimum=0,
                  help="with minmax: number of lowest values to reject"),
        Parameter(name="maxrejection", type="int", default=1, minimum=0,
                  help="with minmax: number of highest values to reject"),
        Parameter(name="klow", type="float", default=3.0, minimum=0.0,
                  help="with ksigma: threshold below, in standard deviations"),
        Parameter(name="khigh", type="float", default=3.0, minimum=0.0,
                  help="with ksigma: threshold above, in standard deviations"),
        Parameter(name="kiter", type="int", default=999, minimum=1,
                  help="with ksigma: greatest number of iterations"),
    )  # fmt: skip


_TREND = tuple(
    Parameter(name=f"{axis}radius", type="int", default=50, minimum=1,
              help=f"half the side along {axis} of the boxes whose medians are the large-scale "
                   "trend, unbinned pixels")
    for axis in "xy"
)  # fmt: skip

_MASTER_BIAS = RecipeInput(tag="MASTER_BIAS", maximum=1, help="of the same chip, subtracted")

RECIPES = (
    Recipe(
        name="fors_bias",
        title="Compute the master bias frame",
        function="dfs_fors.recipes.bias:run",
        inputs=(RecipeInput(tag="BIAS", minimum=2, help="raw frames of one chip"),),
        products=(RecipeProduct(category="MASTER_BIAS", help="ADU above the overscan"),),
        parameters=_stacking("minmax", mean="mean"),
        memory_mb=600,
    ),
    Recipe(
        name="fors_dark",
        title="Compute the master dark frame",
        function="dfs_fors.recipes.dark:run",
        inputs=(RecipeInput(tag="DARK", help="raw frames of one chip"), _MASTER_BIAS),
        products=(RecipeProduct(category="MASTER_DARK", help="ADU in the exposure time"),),
        parameters=_stacking("median"),
        memory_mb=600,
    ),
    Recipe(
        name="fors_img_screen_flat",
        title="Compute the master screen flat frame",
        function="dfs_fors.recipes.screen_flat:run",
        inputs=(
            RecipeInput(tag="SCREEN_FLAT_IMG", minimum=2, help="raw frames of one chip"),
            _MASTER_BIAS,
        ),
        products=(
            RecipeProduct(
                category="MASTER_SCREEN_FLAT_IMG", help="without large-scale trend, level 1"
            ),
        ),
        parameters=(*_stacking("average"), *_TREND),
        memory_mb=600,
    ),
    Recipe(
        name="fors_img_sky_flat",
        title="Compute the master sky flat frame",
        function="dfs_fors.recipes.sky_flat:run",
        inputs=(RecipeInput(tag="SKY_FLAT_IMG", help="raw, jittered, of one chip"), _MASTER_BIAS),
        products=(RecipeProduct(category="MASTER_SKY_FLAT_IMG", help="median level 1"),),
        parameters=_stacking("median"),
        memory_mb=600,
    ),
)

_FLATS = ("ACTION_SCREEN_FLAT_IMG", "ACTION_SKY_FLAT_IMG")

WORKFLOWS = (
    Workflow(
        target="quick-look",
        title="Are the detectors as they were yesterday: master bias",
        actions=("ACTION_BIAS",),
    ),
    Workflow(
        target="calibration",
        title="All calibrations of a day, and their quality control",
        actions=("ACTION_BIAS", "ACTION_DARK", *_FLATS),
    ),
)

CALIBRATION_PLAN = CalibrationPlan(
    validities=tuple(
        AssociationValidity(
            action=action,
            tag="MASTER_BIAS",
            ranges=LevelRange.symmetric(1.0, 3.0, 7.0, 30.0),
        )
        for action in ("ACTION_DARK", *_FLATS)
    )
)
