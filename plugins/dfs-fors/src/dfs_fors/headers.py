"""Headers of raw frames: every keyword that the instrument's recipes read.

CPL is strict about types, so what the dictionary calls a float is written as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dfs.algorithms.exposures import Exposure, calibration_keywords
from dfs.plugin import HeaderCards

Kind = Literal["BIAS", "DARK", "SCREEN_FLAT", "SKY_FLAT"]

BINNING = 2
NX = 4096 // BINNING
NY = 2048 // BINNING
"""Light-sensitive pixels of a chip as read."""
PRESCAN_ROWS = OVERSCAN_ROWS = 10 // BINNING
"""Rows as read, below and above the light-sensitive ones."""
READ_CLOCK = "200Kps/2ports/high_gain"
FILTER = "v_HIGH"

_DPR_TYPE = {"BIAS": "BIAS", "DARK": "DARK", "SCREEN_FLAT": "FLAT,LAMP", "SKY_FLAT": "FLAT,SKY"}
_TEMPLATE = {
    "BIAS": "FORS2_img_cal_bias",
    "DARK": "FORS2_img_cal_dark",
    "SCREEN_FLAT": "FORS2_img_cal_screenflat",
    "SKY_FLAT": "FORS2_img_cal_skyflat",
}
_DEG_PER_PX = BINNING * 0.126 / 3600.0


@dataclass(frozen=True, slots=True)
class Output:
    """One chip and how it is read.

    Parameters
    ----------
    chip : CHIP1 or CHIP2.
    id : serial name.
    y : its place in the mosaic, from below.
    conad_e_per_adu, ron_e : conversion factor and read noise.
    """

    chip: str
    id: str
    y: int
    conad_e_per_adu: float
    ron_e: float


def frame_keywords(exposure: Exposure[Kind], output: Output, rows: int) -> HeaderCards:
    """Give the primary header of one chip of an exposure of so many light-sensitive rows."""
    # The archive knows a file by its time, to the millisecond, so the chips of one
    # exposure are time-stamped one millisecond apart.
    stamped = exposure.later((2 - output.y) / 1000)
    return {
        "ORIGIN": "ESO-PARANAL",
        **calibration_keywords(
            stamped,
            instrume="FORS2",
            telescop="ESO-VLT-U1",
            template=_TEMPLATE[exposure.kind],
            dpr_type=_DPR_TYPE[exposure.kind],
            dpr_tech="IMAGE",
        ),
        "RA": (83.82, "[deg]"),
        "DEC": (-5.39, "[deg]"),
        "ORIGFILE": f"FORS2_{exposure.kind}_{exposure.number:03d}_{output.chip}.fits",
        "OBS.ID": 200000002,
        "OBS.PROG.ID": "60.A-9203(E)",
        "TEL.AIRM.START": 1.0,
        "TEL.AIRM.END": 1.0,
        "TEL.GEOLAT": -24.6268,
        "TEL.GEOLON": -70.4032,
        "TEL.GEOELEV": 2648.0,
        "TEL.ALT": 90.0,
        "TEL.AMBI.FWHM.START": -1.0,
        "TEL.AMBI.FWHM.END": -1.0,
        "INS.MODE": "IMG",
        "INS.COLL.NAME": "COLL_SR",
        "INS.PIXSCALE": (0.126, "[arcsec] unbinned pixel"),
        "INS.FILT1.NAME": FILTER if "FLAT" in exposure.kind else "FREE",
        **_detector(exposure, output, rows),
        **_coordinates(rows),
    }


def _detector(exposure: Exposure[Kind], output: Output, rows: int) -> HeaderCards:
    return {
        "DET.CHIPS": 2,
        "DET.OUTPUTS": 1,
        "DET.CHIP1.ID": output.id,
        "DET.CHIP1.NAME": output.chip,
        "DET.CHIP1.NX": NX * BINNING,
        "DET.CHIP1.NY": NY * BINNING,
        "DET.CHIP1.PSZX": (15.0, "[um] pixel size"),
        "DET.CHIP1.PSZY": (15.0, "[um] pixel size"),
        "DET.CHIP1.X": 1,
        "DET.CHIP1.Y": output.y,
        "DET.READ.CLOCK": READ_CLOCK,
        "DET.READ.SPEED": "normal",
        "DET.READ.MODE": "normal",
        "DET.WIN1.BINX": BINNING,
        "DET.WIN1.BINY": BINNING,
        "DET.WIN1.NX": NX,
        "DET.WIN1.NY": PRESCAN_ROWS + rows + OVERSCAN_ROWS,
        "DET.WIN1.DIT1": exposure.exposure_s,
        "DET.WIN1.UIT1": exposure.exposure_s,
        "DET.OUT1.X": 1,
        "DET.OUT1.Y": 1,
        "DET.OUT1.NX": NX,
        "DET.OUT1.NY": rows,
        "DET.OUT1.PRSCX": 0,
        "DET.OUT1.PRSCY": PRESCAN_ROWS,
        "DET.OUT1.OVSCX": 0,
        "DET.OUT1.OVSCY": OVERSCAN_ROWS,
        "DET.OUT1.CONAD": (output.conad_e_per_adu, "[e-/ADU]"),
        "DET.OUT1.GAIN": (1.0 / output.conad_e_per_adu, "[ADU/e-]"),
        "DET.OUT1.RON": (output.ron_e, "[e-] read noise"),
    }


def _coordinates(rows: int) -> HeaderCards:
    return {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CRVAL1": 83.82,
        "CRVAL2": -5.39,
        "CRPIX1": NX / 2.0,
        "CRPIX2": PRESCAN_ROWS + rows / 2.0,
        "CD1_1": -_DEG_PER_PX,
        "CD1_2": 0.0,
        "CD2_1": 0.0,
        "CD2_2": _DEG_PER_PX,
    }
