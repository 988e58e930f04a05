"""Headers of raw frames: every keyword that the instrument's recipes read.

CPL is strict about types, so what the dictionary calls a float is written as one.
Sources: the instrument's dictionaries of keywords (ICS, OS) and trial with its recipes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dfs.algorithms.exposures import Exposure, calibration_keywords
from dfs.plugin import HeaderCards

Kind = Literal["BIAS", "DARK", "SKY_FLAT"]

NX = 2048
NY = 2440
"""Light-sensitive pixels of a quadrant in imaging."""
PRESCAN_PX = OVERSCAN_PX = 50
"""Columns left and right of the light-sensitive ones."""
READ_MODE = "normal"
FILTER = "R"

_DPR_TYPE = {"BIAS": "BIAS", "DARK": "DARK", "SKY_FLAT": "FLAT,SKY"}
_TEMPLATE = {
    "BIAS": "VIMOS_img_cal_Bias",
    "DARK": "VIMOS_img_cal_Dark",
    "SKY_FLAT": "VIMOS_img_cal_SkyFlat",
}
_ARCSEC_PER_PX = 0.205
_DEG_PER_PX = _ARCSEC_PER_PX / 3600.0


@dataclass(frozen=True, slots=True)
class Output:
    """The chip of a quadrant and how it is read.

    Parameters
    ----------
    quadrant : 1 to 4.
    chip : serial name.
    conad_e_per_adu, ron_e : conversion factor and read noise.
    """

    quadrant: int
    chip: str
    conad_e_per_adu: float
    ron_e: float


def frame_keywords(exposure: Exposure[Kind], output: Output, rows: int) -> HeaderCards:
    """Give the header of one quadrant of an exposure of so many rows."""
    # The archive knows a file by its time, to the millisecond, so the quadrants of one
    # exposure are time-stamped one millisecond apart.
    stamped = exposure.later((output.quadrant - 1) / 1000)
    return {
        "ORIGIN": "ESO-PARANAL",
        **calibration_keywords(
            stamped,
            instrume="VIMOS",
            telescop="ESO-VLT-U3",
            template=_TEMPLATE[exposure.kind],
            dpr_type=_DPR_TYPE[exposure.kind],
            dpr_tech="IMAGE",
        ),
        "RA": (83.82, "[deg]"),
        "DEC": (-5.39, "[deg]"),
        "ORIGFILE": f"VIMOS_{exposure.kind}_{exposure.number:03d}_{output.quadrant}.fits",
        "OBS.ID": 200000003,
        "OBS.PROG.ID": "60.A-9150(A)",
        "TEL.AIRM.START": 1.0,
        "TEL.AIRM.END": 1.0,
        "TEL.GEOLAT": -24.6268,
        "TEL.GEOLON": -70.4032,
        "TEL.GEOELEV": 2648.0,
        "TEL.ALT": 90.0,
        "TEL.AMBI.FWHM.START": -1.0,
        "TEL.AMBI.FWHM.END": -1.0,
        **_optics(exposure, output.quadrant),
        **_detector(exposure, output, rows),
        **_coordinates(rows),
    }


def _optics(exposure: Exposure[Kind], quadrant: int) -> HeaderCards:
    """Give what stands in the beam of a quadrant; its keywords carry the number."""
    name = FILTER if exposure.kind == "SKY_FLAT" else "Free"
    return {
        "OCS.CON.QUAD": (quadrant, "Quadrant number"),
        "OCS.DID": "ESO-VLT-DIC.VIMOS_OS",
        "INS.MODE": "IMG",
        "INS.PIXSCALE": (_ARCSEC_PER_PX, "[arcsec] pixel"),
        f"INS.FILT{quadrant}.NAME": name,
        f"INS.FILT{quadrant}.ID": f"{name}-{quadrant}",
        f"INS.GRIS{quadrant}.NAME": "Free",
        f"INS.GRIS{quadrant}.ID": "None",
        f"INS.FOCU{quadrant}.TEMP": (10.0, "[C]"),
    }


def _detector(exposure: Exposure[Kind], output: Output, rows: int) -> HeaderCards:
    return {
        "DET.CHIPS": 1,
        "DET.OUTPUTS": 1,
        "DET.WINDOWS": 1,
        "DET.CHIP1.ID": output.chip,
        "DET.CHIP1.NAME": "EEV",
        "DET.CHIP1.NX": NX,
        "DET.CHIP1.NY": 4096,
        "DET.CHIP1.PSZX": (15.0, "[um] pixel size"),
        "DET.CHIP1.PSZY": (15.0, "[um] pixel size"),
        "DET.CHIP1.X": 1,
        "DET.CHIP1.Y": 1,
        "DET.READ.CLOCK": READ_MODE,
        "DET.READ.MODE": READ_MODE,
        "DET.READ.SPEED": READ_MODE,
        "DET.WIN1.BINX": 1,
        "DET.WIN1.BINY": 1,
        "DET.WIN1.NX": PRESCAN_PX + NX + OVERSCAN_PX,
        "DET.WIN1.NY": rows,
        "DET.WIN1.STRX": 1,
        "DET.WIN1.STRY": 1,
        "DET.WIN1.DIT1": exposure.exposure_s,
        "DET.WIN1.UIT1": exposure.exposure_s,
        "DET.OUT1.X": 1,
        "DET.OUT1.Y": 1,
        "DET.OUT1.NX": NX,
        "DET.OUT1.NY": rows,
        "DET.OUT1.PRSCX": PRESCAN_PX,
        "DET.OUT1.PRSCY": 0,
        "DET.OUT1.OVSCX": OVERSCAN_PX,
        "DET.OUT1.OVSCY": 0,
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
        "CRPIX1": PRESCAN_PX + NX / 2.0,
        "CRPIX2": rows / 2.0,
        "CD1_1": -_DEG_PER_PX,
        "CD1_2": 0.0,
        "CD2_1": 0.0,
        "CD2_2": _DEG_PER_PX,
    }
