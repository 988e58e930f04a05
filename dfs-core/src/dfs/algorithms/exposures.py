"""Exposures of calibration templates, and the keywords that raw frames carry of them.

For simulators: what a raw frame says of its time, its template and its kind is the same
for every instrument. Sources: ESO Data Interface Control Document, primary header and the
categories OBS, TPL and DPR.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from dfs.foundation.clock import isot, mjd_from_datetime
from dfs.plugin.frames import HeaderCards

_Kind_co = TypeVar("_Kind_co", bound=str, covariant=True)

__all__ = ["Exposure", "calibration_keywords", "exposures", "isot"]

_SIDEREAL_PER_SOLAR = 1.0027379


@dataclass(frozen=True, slots=True)
class Exposure(Generic[_Kind_co]):
    """One exposure of a template.

    Parameters
    ----------
    kind : what is exposed, in the instrument's own words.
    start : of the exposure, UTC.
    template_start : of its template, UTC.
    number, count : which exposure of how many, from one.
    exposure_s : seconds.
    """

    kind: _Kind_co
    start: dt.datetime
    template_start: dt.datetime
    number: int
    count: int
    exposure_s: float

    def later(self, delay_s: float) -> Exposure[_Kind_co]:
        """Give the same exposure as another detector stamps it, so many seconds later."""
        return replace(self, start=self.start + dt.timedelta(seconds=delay_s))


def exposures(
    start: dt.datetime, templates: Iterable[tuple[_Kind_co, Sequence[float]]], readout_s: float
) -> Iterator[Exposure[_Kind_co]]:
    """Give the exposures of templates that follow each other without a break.

    Parameters
    ----------
    start : of the first, UTC.
    templates : of each its kind and its exposure times, s.
    readout_s : from the end of an exposure to the next one, s.
    """
    for kind, times_s in templates:
        template_start = start
        for number, exposure_s in enumerate(times_s, start=1):
            yield Exposure(kind, start, template_start, number, len(times_s), exposure_s)
            start += dt.timedelta(seconds=exposure_s + readout_s)


def calibration_keywords(
    exposure: Exposure[str],
    *,
    instrume: str,
    telescop: str,
    template: str,
    dpr_type: str,
    dpr_tech: str,
) -> HeaderCards:
    """Give what the primary header of a raw calibration says of its exposure.

    Parameters
    ----------
    exposure : the exposure.
    instrume, telescop : INSTRUME and TELESCOP; ARCFILE is made of the former and the time.
    template : TPL.ID.
    dpr_type, dpr_tech : DPR.TYPE and DPR.TECH.

    Returns
    -------
    HeaderCards
        LST is nominal: right in its rate only.
    """
    begin = isot(exposure.start)
    midnight = exposure.start.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds_of_day = float((exposure.start - midnight).seconds)
    return {
        "TELESCOP": telescop,
        "INSTRUME": instrume,
        "OBJECT": dpr_type,
        "EQUINOX": 2000.0,
        "RADECSYS": "FK5",
        "EXPTIME": (exposure.exposure_s, "[s] exposure time"),
        "MJD-OBS": (mjd_from_datetime(exposure.start), "start of exposure"),
        "DATE-OBS": begin,
        "UTC": seconds_of_day,
        "LST": (seconds_of_day * _SIDEREAL_PER_SOLAR + 3600.0) % 86400.0,
        "OBSERVER": "CALIBRATION",
        "PI-COI": "CALIBRATION",
        "ARCFILE": f"{instrume}.{begin}.fits",
        "OBS.NAME": "Calibration",
        "OBS.START": isot(exposure.template_start),
        "OBS.TARG.NAME": "Calibration",
        "TPL.ID": template,
        "TPL.NAME": template,
        "TPL.START": isot(exposure.template_start),
        "TPL.NEXP": exposure.count,
        "TPL.EXPNO": exposure.number,
        "DPR.CATG": "CALIB",
        "DPR.TYPE": dpr_type,
        "DPR.TECH": dpr_tech,
    }
