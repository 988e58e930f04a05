"""Raw calibration frames of both arms, with known truth.

A chip has a bias with a slope and a few bad columns, dark current with hot pixels, and
cosmic rays. Light comes through an echelle spectrograph whose geometry is that of the
instrument: the same in the frames of every lamp.
"""

from dfs_uves.simulate.chips import ARMS, BLUE, REDL, REDU, Chip
from dfs_uves.simulate.day import calibration_day
from dfs_uves.simulate.detector import Detector

__all__ = ["ARMS", "BLUE", "REDL", "REDU", "Chip", "Detector", "calibration_day"]
