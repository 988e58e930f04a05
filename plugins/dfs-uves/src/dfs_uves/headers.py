"""Headers of raw frames: every keyword that the instrument's recipes read.

CPL is strict about types, so what the dictionary calls a float is written as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dfs.algorithms.exposures import Exposure, calibration_keywords
from dfs.plugin import HeaderCards

Kind = Literal["BIAS", "DARK", "FMTCHK", "ORDERDEF", "FLAT", "WAVE"]

READ_SPEED = "225kHz,1x1,low"
PRESCAN_PX = OVERSCAN_PX = 50
EXTENSIONS = {"REDU": "WIN1.CHIP1.OUT1", "REDL": "WIN1.CHIP2.OUT1"}
"""Names of the units of a file of two chips."""

_DPR = {
    "BIAS": ("BIAS", "IMAGE"),
    "DARK": ("DARK", "IMAGE"),
    "FMTCHK": ("LAMP,FMTCHK", "ECHELLE"),
    "ORDERDEF": ("LAMP,ORDERDEF", "ECHELLE"),
    "FLAT": ("LAMP,FLAT", "ECHELLE"),
    "WAVE": ("LAMP,WAVE", "ECHELLE"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """How the spectrograph is set.

    Parameters
    ----------
    arm : BLUE or RED.
    wavelength_nm : central wavelength.
    """

    arm: Literal["BLUE", "RED"]
    wavelength_nm: float


def frame_keywords(exposure: Exposure[Kind], setting: Setting, rows: int) -> HeaderCards:
    """Give the primary header's keywords of an exposure of so many detector rows."""
    kind, technique = _DPR[exposure.kind]
    template = f"UVES_{setting.arm.lower()}_cal_{exposure.kind.lower()}"
    return {
        "ORIGIN": "ESO-PARANAL",
        **calibration_keywords(
            exposure,
            instrume="UVES",
            telescop="ESO-VLT-U2",
            template=template,
            dpr_type=kind,
            dpr_tech=technique,
        ),
        "RA": (0.0, "[deg] telescope parked"),
        "DEC": (-24.6, "[deg] telescope parked"),
        "ORIGFILE": f"UVES_{setting.arm}_{exposure.kind}_{exposure.number:03d}.fits",
        "OBS.ID": 200000001,
        "OBS.PROG.ID": "60.A-9022(A)",
        "TEL.AIRM.START": 1.0,
        "TEL.AIRM.END": 1.0,
        "TEL.GEOLAT": -24.6268,
        "TEL.GEOLON": -70.4045,
        "TEL.GEOELEV": 2648.0,
        "TEL.ALT": 90.0,
        "TEL.AMBI.FWHM.START": -1.0,
        "TEL.AMBI.FWHM.END": -1.0,
        **_optics(setting),
        "DET.CHIPS": 1 if setting.arm == "BLUE" else 2,
        "DET.ID": "CCDB" if setting.arm == "BLUE" else "CCDR",
        "DET.READ.SPEED": READ_SPEED,
        "DET.READ.CLOCK": READ_SPEED,
        "DET.WIN1.BINX": 1,
        "DET.WIN1.BINY": 1,
        "DET.WIN1.NX": 2048 + PRESCAN_PX + OVERSCAN_PX,
        "DET.WIN1.NY": rows,
        "DET.WIN1.UIT1": exposure.exposure_s,
    }


def _optics(setting: Setting) -> HeaderCards:
    blue = setting.arm == "BLUE"
    grating, slit = ("GRAT1", "SLIT2") if blue else ("GRAT2", "SLIT3")
    disperser = "CD#2" if blue else "CD#3"
    return {
        "INS.ID": "UVES/DFS",
        "INS.MODE": setting.arm,
        "INS.PATH": setting.arm,
        f"INS.{grating}.ID": disperser,
        f"INS.{grating}.NAME": disperser,
        f"INS.{grating}.WLEN": (setting.wavelength_nm, "[nm] central wavelength"),
        "INS.SLIT1.NAME": "FREE",
        f"INS.{slit}.WID": 0.6,
        f"INS.{slit}.LEN": 8.0,
        "INS.SLIT3.X1ENC": 1000,
        "INS.SLIT3.X2ENC": 1000,
        "INS.PIXSCALE": 0.25 if blue else 0.18,
        "INS.SENS26.MEAN": (743.0, "[hPa] pressure"),
        "INS.TEMP1.MEAN": 12.0,
        "INS.TEMP2.MEAN": 12.0,
        "INS.TEMP31.MEAN": 12.0,
        "INS.FILT2.NAME": "FREE",
        "INS.FILT3.NAME": "FREE",
    }


def output_keywords(
    chip: str, index: int, rows: int, *, conad_e_per_adu: float, ron_e: float
) -> HeaderCards:
    """Give the keywords of one chip's read-out: in the header of the unit with its pixels."""
    return {
        f"DET.CHIP{index}.NAME": "CCID-20" if chip == "REDU" else "CCD-44",
        f"DET.CHIP{index}.ID": chip,
        "DET.OUT1.NX": 2048,
        "DET.OUT1.NY": rows,
        "DET.OUT1.PRSCX": PRESCAN_PX,
        "DET.OUT1.OVSCX": OVERSCAN_PX,
        "DET.OUT1.GAIN": (1.0 / conad_e_per_adu, "[ADU/e-]"),
        "DET.OUT1.CONAD": (conad_e_per_adu, "[e-/ADU]"),
        "DET.OUT1.RON": (ron_e, "[e-] read noise"),
        "CTYPE1": "PIXEL",
        "CTYPE2": "PIXEL",
        "CRVAL1": 1.0,
        "CRVAL2": 1.0,
        "CRPIX1": 1.0,
        "CRPIX2": 1.0,
        "CDELT1": 1.0,
        "CDELT2": 1.0,
    }
