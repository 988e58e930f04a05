"""What the chips are called, and the figures that are measured of each."""

from __future__ import annotations

CHIPS = ("BRIAN", "Keith", "Tom", "DAVID")
"""The chips of quadrants 2, 3, 4 and 1: the pipeline finds them in a master by this order."""


def of_chip(chip: str, name: str) -> str:
    """Give the QC1 parameter of a chip's figure."""
    return f"QC.{chip.upper()}.{name}"
