"""Tables of calibrations as recipes read them."""

from dfs.foundation.fits.tables import read_table

__all__ = ["read_table"]
