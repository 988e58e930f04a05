"""Declarations: the instrument, its recipes, targets, the validity of its calibrations.

Sources: UVES user manual and the description of the instrument's pipeline; gain,
read noise and windows are those of the 1x1 low-gain read mode.
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
    Resource,
    StaticCalibration,
    Workflow,
)

CHIPS = ("BLUE", "REDL", "REDU")
ARMS = ("BLUE", "RED")

INSTRUMENT = Instrument(
    title="UV-Visual Echelle Spectrograph",
    instrume=("UVES",),
    telescope="ESO-VLT-U2",
    detectors=(
        Detector(id="BLUE", title="EEV CCD-44, blue arm", size_x_px=2048, size_y_px=3000,
                 pixel_size_um=15.0, gain_e_per_adu=1.67, read_noise_e=6.4),
        Detector(id="REDL", title="EEV CCD-44, red arm, lower", size_x_px=2048, size_y_px=4096,
                 pixel_size_um=15.0, gain_e_per_adu=1.6, read_noise_e=6.1),
        Detector(id="REDU", title="MIT-LL CCID-20, red arm, upper", size_x_px=2048,
                 size_y_px=4096, pixel_size_um=15.0, gain_e_per_adu=1.5, read_noise_e=5.8),
    ),
    modes=(
        Mode(id="BLUE", title="Blue arm"),
        Mode(id="RED", title="Red arm"),
        Mode(id="DICHR#1", title="Both arms, dichroic 1"),
        Mode(id="DICHR#2", title="Both arms, dichroic 2"),
    ),
    setup_keywords=(
        "INS.PATH", "DET.WIN1.BINX", "DET.WIN1.BINY", "DET.READ.SPEED",
        "INS.GRAT1.WLEN", "INS.GRAT2.WLEN",
    ),
)  # fmt: skip

_STACK = (
    Parameter(name="stack_method", type="str", default="median", choices=("median", "mean"),
              help="how the frames are combined; mean clips outliers"),
    Parameter(name="klow", type="float", default=5.0, minimum=0.0,
              help="with mean: values further below are clipped, σ"),
    Parameter(name="khigh", type="float", default=5.0, minimum=0.0,
              help="with mean: values further above are clipped, σ"),
    Parameter(name="niter", type="int", default=5, minimum=0,
              help="with mean: number of clips"),
)  # fmt: skip
_CHIP = Parameter(
    name="process_chip", type="str", default="both",
    choices=("both", "redl", "redu", "REDL", "REDU"),
    help="which chip of the red arm is reduced",
)  # fmt: skip
_BACKGROUND = (
    Parameter(name="norm_method", type="str", default="explevel", choices=("explevel", "exptime"),
              help="flats are brought to one level, or divided by their exposure time"),
    Parameter(name="backsub.mmethod", type="str", default="median",
              choices=("median", "minimum", "no"),
              help="how the light between the orders is sampled; no: it is kept"),
    Parameter(name="backsub.npoints", type="int", default=82, minimum=2,
              help="number of columns in which it is sampled"),
    Parameter(name="backsub.radiusy", type="int", default=2, minimum=0,
              help="a sample reaches so far up and down, unbinned pixel"),
    Parameter(name="backsub.smoothx", type="float", default=-1.0,
              help="radius of the smoothing along x, of the width; negative: by the arm"),
    Parameter(name="backsub.smoothy", type="float", default=-1.0,
              help="radius of the smoothing along y, of the height; negative: by the arm"),
)  # fmt: skip


def _raw(kind: str, maximum: int | None = None) -> tuple[RecipeInput, ...]:
    """Name the raw frames of either arm; a block has those of one."""
    return tuple(
        RecipeInput(
            tag=f"{kind}_{arm}", minimum=0, maximum=maximum, help=f"raw frames, {arm.lower()} arm"
        )
        for arm in ARMS
    )


def _calibrations(kind: str, purpose: str) -> tuple[RecipeInput, ...]:
    return tuple(
        RecipeInput(tag=f"{kind}_{chip}", minimum=0, maximum=1, help=purpose) for chip in CHIPS
    )


def _products(*kinds: str) -> tuple[RecipeProduct, ...]:
    return tuple(
        RecipeProduct(category=f"{kind}_{chip}", help=f"chip {chip}")
        for kind in kinds
        for chip in CHIPS
    )


_LINES = RecipeInput(tag="LINE_REFER_TABLE", maximum=1, help="wavelengths of the arc lamp's lines")
_CPL = CplRecipe(pipeline="uves", memory_mb=3000, time_limit_s=900.0)

RECIPES = (
    Recipe(
        name="uves_cal_mbias",
        title="Create the master bias of each chip",
        function="dfs_uves.recipes.mbias:run",
        cpl=_CPL,
        inputs=_raw("BIAS"),
        products=_products("MASTER_BIAS"),
        parameters=(_CHIP, *_STACK),
        memory_mb=900,
    ),
    Recipe(
        name="uves_cal_mdark",
        title="Create the master dark of each chip",
        function="dfs_uves.recipes.mdark:run",
        cpl=_CPL,
        inputs=(*_raw("DARK"), *_calibrations("MASTER_BIAS", "subtracted")),
        products=_products("MASTER_DARK"),
        parameters=(_CHIP, *_STACK),
        memory_mb=900,
    ),
    Recipe(
        name="uves_cal_predict",
        title="Predict where orders and arc lines lie, from a physical model of the instrument",
        cpl=_CPL,
        inputs=(
            *_raw("ARC_LAMP_FORM", 1),
            _LINES,
            *_calibrations("MASTER_BIAS", "subtracted"),
        ),
        products=_products("ORDER_GUESS_TAB", "LINE_GUESS_TAB"),
    ),
    Recipe(
        name="uves_cal_orderpos",
        title="Find where the orders lie",
        cpl=_CPL,
        inputs=(
            *_raw("ORDER_FLAT", 1),
            *_calibrations("ORDER_GUESS_TAB", "how many orders to expect, and where"),
            *_calibrations("MASTER_BIAS", "subtracted"),
        ),
        products=_products("ORDER_TABLE"),
    ),
    Recipe(
        name="uves_cal_mflat",
        title="Create the master flat field of each chip",
        function="dfs_uves.recipes.mflat:run",
        cpl=_CPL,
        inputs=(
            *_raw("FLAT"),
            *_calibrations("MASTER_BIAS", "subtracted"),
            *_calibrations("MASTER_DARK", "scaled to the exposure and subtracted"),
            *_calibrations("ORDER_TABLE", "where the light between the orders is measured"),
        ),
        products=_products("MASTER_FLAT", "BKG_FLAT"),
        parameters=(_CHIP, *_BACKGROUND),
        memory_mb=900,
    ),
    Recipe(
        name="uves_cal_wavecal",
        title="Find the wavelength of each pixel of each order",
        cpl=_CPL,
        inputs=(
            *_raw("ARC_LAMP", 1),
            _LINES,
            *_calibrations("LINE_GUESS_TAB", "where to look for the lines"),
            *_calibrations("ORDER_TABLE", "where the orders are extracted"),
            *_calibrations("MASTER_BIAS", "subtracted"),
            *_calibrations("MASTER_FLAT", "divides"),
        ),
        products=_products("LINE_TABLE"),
    ),
)

STATIC_CALIBRATIONS = (
    StaticCalibration(
        resource=Resource(package="dfs_uves", path="data/line_refer_table.fits"),
        title="Lines of the thorium-argon lamp, wavelengths in air: NIST Atomic Spectra Database",
    ),
)

WORKFLOWS = (
    Workflow(
        target="quick-look",
        title="Is the instrument in order: detectors, position of the format",
        actions=tuple(f"ACTION_{kind}_{arm}" for kind in ("BIAS", "PREDICT") for arm in ARMS),
    ),
    Workflow(
        target="calibration",
        title="All calibrations of a day, and their quality control",
        actions=tuple(
            f"ACTION_{kind}_{arm}"
            for kind in ("BIAS", "DARK", "PREDICT", "ORDERPOS", "FLAT", "WAVECAL")
            for arm in ARMS
        ),
    ),
)

_DAILY = LevelRange.symmetric(1.0, 3.0, 7.0, 30.0)
_MONTHLY = LevelRange.symmetric(30.0, 60.0, 90.0, 365.0)
_NEEDS = {
    "DARK": {"MASTER_BIAS": _DAILY},
    "PREDICT": {"MASTER_BIAS": _DAILY},
    "ORDERPOS": {"ORDER_GUESS_TAB": _DAILY, "MASTER_BIAS": _DAILY},
    "FLAT": {"MASTER_BIAS": _DAILY, "MASTER_DARK": _MONTHLY, "ORDER_TABLE": _DAILY},
    "WAVECAL": {
        "LINE_GUESS_TAB": _DAILY,
        "ORDER_TABLE": _DAILY,
        "MASTER_BIAS": _DAILY,
        "MASTER_FLAT": _DAILY,
    },
}
"""How long a product holds, for what; what comes with the plugin holds for ever."""


def _validities() -> tuple[AssociationValidity, ...]:
    chips = {"BLUE": ("BLUE",), "RED": ("REDL", "REDU")}
    return tuple(
        AssociationValidity(action=f"ACTION_{action}_{arm}", tag=f"{kind}_{chip}", ranges=ranges)
        for action, needs in _NEEDS.items()
        for kind, ranges in needs.items()
        for arm in ARMS
        for chip in chips[arm]
    )


CALIBRATION_PLAN = CalibrationPlan(validities=_validities())
