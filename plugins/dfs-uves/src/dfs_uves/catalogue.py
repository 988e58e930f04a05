"""Declarations: the instrument, its recipes, the validity of its calibrations.

Sources: UVES user manual and the description of the instrument's pipeline; gain,
read noise and windows are those of the 1x1 low-gain read mode.
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
    name="process_chip", type="str", default="both", choices=("both", "redl", "redu"),
    help="which chip of the red arm is reduced",
)  # fmt: skip


def _raw(kind: str) -> tuple[RecipeInput, ...]:
    """Name the raw frames of either arm; a block has those of one."""
    return tuple(
        RecipeInput(tag=f"{kind}_{arm}", minimum=0, help=f"raw frames, {arm.lower()} arm")
        for arm in ARMS
    )


def _masters(kind: str, purpose: str) -> tuple[RecipeInput, ...]:
    return tuple(
        RecipeInput(tag=f"MASTER_{kind}_{chip}", minimum=0, maximum=1, help=purpose)
        for chip in CHIPS
    )


def _products(kind: str) -> tuple[RecipeProduct, ...]:
    return tuple(
        RecipeProduct(category=f"MASTER_{kind}_{chip}", help=f"chip {chip}") for chip in CHIPS
    )


RECIPES = (
    Recipe(
        name="uves_cal_mbias",
        title="Create the master bias of each chip",
        function="dfs_uves.recipes.mbias:run",
        inputs=_raw("BIAS"),
        products=_products("BIAS"),
        parameters=(_CHIP, *_STACK),
        memory_mb=900,
    ),
    Recipe(
        name="uves_cal_mdark",
        title="Create the master dark of each chip",
        function="dfs_uves.recipes.mdark:run",
        inputs=(*_raw("DARK"), *_masters("BIAS", "subtracted")),
        products=_products("DARK"),
        parameters=(_CHIP, *_STACK),
        memory_mb=900,
    ),
    Recipe(
        name="uves_cal_mflat",
        title="Create the master flat field of each chip",
        function="dfs_uves.recipes.mflat:run",
        inputs=(
            *_raw("FLAT"),
            *_masters("BIAS", "subtracted"),
            *_masters("DARK", "scaled to the exposure and subtracted"),
        ),
        products=_products("FLAT"),
        parameters=(_CHIP, *_STACK),
        memory_mb=900,
    ),
)


def _validities() -> tuple[AssociationValidity, ...]:
    needs = {"DARK": ("BIAS",), "FLAT": ("BIAS", "DARK")}
    ranges = {
        "BIAS": LevelRange.symmetric(1.0, 3.0, 7.0, 30.0),
        "DARK": LevelRange.symmetric(30.0, 60.0, 90.0, 365.0),
    }
    chips = {"BLUE": ("BLUE",), "RED": ("REDL", "REDU")}
    return tuple(
        AssociationValidity(
            action=f"ACTION_{frame}_{arm}", tag=f"MASTER_{master}_{chip}", ranges=ranges[master]
        )
        for frame, masters in needs.items()
        for master in masters
        for arm in ARMS
        for chip in chips[arm]
    )


CALIBRATION_PLAN = CalibrationPlan(validities=_validities())
