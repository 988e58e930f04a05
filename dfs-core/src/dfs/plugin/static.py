"""Static calibrations: files that come with the plugin instead of being made from frames."""

from __future__ import annotations

from pydantic import Field

from dfs.plugin.rules import Resource
from dfs.plugin.values import Value


class StaticCalibration(Value):
    """A file that recipes need and no recipe makes, e.g. a line list or a standard star's flux.

    It is a FITS file whose header says what it is, as that of any calibration: INSTRUME,
    ``PRO.CATG``, and what the rules compare. Without MJD-OBS and DATE-OBS it has no time:
    it fits at any, and a file of an observer's own that has one goes before it.

    Parameters
    ----------
    resource : the file.
    title : what it is and where its content comes from, one sentence.
    """

    resource: Resource
    title: str = Field(min_length=1)
