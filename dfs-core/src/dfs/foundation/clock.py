"""Time, in the one form that files and tables carry: aware, UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], dt.datetime]
"""Gives the present moment, aware, UTC; passed in so that tests own the time."""

_MJD_EPOCH = dt.datetime(1858, 11, 17, tzinfo=dt.UTC)


def system_clock() -> dt.datetime:
    """Give the present moment of this machine's clock, aware, UTC."""
    return dt.datetime.now(dt.UTC)


def mjd_from_datetime(moment: dt.datetime) -> float:
    """Convert an aware moment to a modified Julian date, days (leap seconds ignored)."""
    return (moment - _MJD_EPOCH) / dt.timedelta(days=1)


def datetime_from_mjd(mjd_days: float) -> dt.datetime:
    """Convert a modified Julian date, days, to an aware moment (leap seconds ignored)."""
    return _MJD_EPOCH + dt.timedelta(days=mjd_days)


def isot(moment: dt.datetime) -> str:
    """Format as FITS does: ``2011-11-06T20:00:00.000``, UTC, milliseconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
