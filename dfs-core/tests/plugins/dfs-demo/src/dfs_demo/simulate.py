"""Raw frames of a camera whose every property is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from dfs.plugin import HeaderCards, RawFrame, RawImage, SimulationRequest

NX, NY, OVERSCAN = 256, 256, 16
LEVEL_ADU, GAIN_E_PER_ADU, READ_NOISE_E = 200.0, 0.8, 3.2
DARK_E_PER_S, HOT_E_PER_S, HOT_FRACTION = 0.01, 40.0, 1e-3
LAMP_ADU_PER_S = 2000.0
SEQUENCE = (("BIAS", "", 0.0, 5), ("DARK", "", 300.0, 3), ("FLAT,LAMP", "B", 10.0, 3),
            ("FLAT,LAMP", "V", 10.0, 3))  # fmt: skip


def frames(request: SimulationRequest) -> Iterator[RawFrame]:
    """Give bias, dark and flat frames of an evening."""
    rows = min(request.window_rows or NY, NY)
    detector = np.random.default_rng(0)  # its pixels are the same every night
    response = detector.normal(1.0, 0.01, (NY, NX))[:rows]
    hot = (detector.random((NY, NX)) < HOT_FRACTION)[:rows]
    dark = np.where(hot, HOT_E_PER_S, DARK_E_PER_S)
    noise = np.random.default_rng((request.seed, request.night.toordinal()))
    start = dt.datetime.combine(request.night, dt.time(20), dt.UTC)
    for kind, filter_name, exposure_s, count in SEQUENCE:
        template = start
        light = LAMP_ADU_PER_S * GAIN_E_PER_ADU * response if filter_name else 0.0
        for number in range(1, count + 1):
            electrons = np.zeros((rows, NX + OVERSCAN))
            electrons[:, :NX] = noise.poisson((dark + light) * exposure_s)
            electrons += noise.normal(0.0, READ_NOISE_E, electrons.shape)
            adu = np.rint(electrons / GAIN_E_PER_ADU + LEVEL_ADU).clip(0, 65535)
            header = describe(start, template, kind, filter_name, exposure_s, number, rows)
            unit = RawImage(header=header, data=adu.astype(np.uint16))
            truth = {"hot_pixels": int(hot.sum()), "level_adu": LEVEL_ADU}
            yield RawFrame(filename=str(header["ARCFILE"]), units=(unit,), truth=truth)
            start += dt.timedelta(seconds=exposure_s + 30)


def describe(
    start: dt.datetime,
    template: dt.datetime,
    kind: str,
    filter_name: str,
    exposure_s: float,
    number: int,
    rows: int,
) -> HeaderCards:
    """Give the header of one frame."""
    begin = start.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    since_epoch = start - dt.datetime(1858, 11, 17, tzinfo=dt.UTC)
    optics: HeaderCards = {"INS.FILT1.NAME": filter_name} if filter_name else {}
    return {
        "TELESCOP": "DEMO-T1",
        "INSTRUME": "DEMO",
        "OBJECT": kind,
        "EXPTIME": (exposure_s, "exposure time, s"),
        "MJD-OBS": (since_epoch / dt.timedelta(days=1), "start of the exposure"),
        "DATE-OBS": begin,
        "ARCFILE": f"DEMO.{begin}.fits",
        "DPR.CATG": "CALIB",
        "DPR.TYPE": kind,
        "DPR.TECH": "IMAGE",
        "TPL.START": template.strftime("%Y-%m-%dT%H:%M:%S"),
        "TPL.EXPNO": number,
        "DET.READ.SPEED": "100kHz",
        "DET.WIN1.NY": rows,
        "DET.OUT1.OVSCX": OVERSCAN,
        "DET.OUT1.CONAD": (GAIN_E_PER_ADU, "e-/ADU"),
        "DET.OUT1.RON": (READ_NOISE_E, "e-"),
        **optics,
    }
