"""The simulated chips, and which arm has which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NX = 2048
"""Light-sensitive columns of every chip."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A simulated chip and the light that reaches it.

    Parameters
    ----------
    id : BLUE, REDL or REDU.
    rows : light-sensitive rows.
    bias_adu : mean level; ``slope_adu`` is added from the first to the last column.
    conad_e_per_adu, ron_e : conversion factor and read noise.
    dark_e_per_h : dark current of a good pixel; hot pixels have ``hot_e_per_h``.
    pixel_scale_arcsec : along the slit.
    slit_product_arcsec : resolving power with a slit of one arcsecond.
    lamp_e_per_s : blaze maximum of the continuum lamp.
    line_e_per_s : peak of an arc line of intensity 1000 at the blaze maximum.
    """

    id: str
    rows: int
    bias_adu: float
    slope_adu: float
    conad_e_per_adu: float
    ron_e: float
    dark_e_per_h: float
    hot_e_per_h: float
    hot_fraction: float
    pixel_scale_arcsec: float
    slit_product_arcsec: float
    lamp_e_per_s: float
    line_e_per_s: float


BLUE = Chip(
    "BLUE", 3000, 160.0, 0.8, 1.67, 6.4, 0.5, 3000.0, 1e-4, 0.25, 41_400.0, 600.0, 20.0
)  # fmt: skip
REDL = Chip(
    "REDL", 4096, 170.0, -0.6, 1.60, 6.1, 0.8, 3000.0, 1e-4, 0.18, 38_700.0, 900.0, 30.0
)  # fmt: skip
REDU = Chip(
    "REDU", 4096, 190.0, 0.5, 1.50, 5.8, 1.2, 4000.0, 1e-4, 0.18, 38_700.0, 900.0, 40.0
)  # fmt: skip

ARMS: dict[Literal["BLUE", "RED"], tuple[Chip, ...]] = {"BLUE": (BLUE,), "RED": (REDU, REDL)}
"""Chips of each arm, in the order of the units of a file."""
