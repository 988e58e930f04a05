"""Where a block looks, as its instrument package says."""

from __future__ import annotations

from dfs.foundation.errors import UserError
from dfs.plugin import InstrumentPackage, ObservationBlock
from dfs.preparation.charts.model import Pointing, Slit
from dfs.preparation.errors import NO_CHART


def pointing_of(
    block: ObservationBlock,
    package: InstrumentPackage,
    guide_star: tuple[float, float] | None = None,
) -> Pointing:
    """Give what a finding chart of a block must show.

    Parameters
    ----------
    block : with a target.
    package : whose field of view says what is seen.
    guide_star : right ascension and declination, degrees.

    Raises
    ------
    UserError
        ``preparation.no-chart``: the block has no target, or the package no field of view.
    """
    if block.target is None:
        raise UserError(NO_CHART, f"{block.name} has no target", where="target")
    field = package.field
    if field is None:
        raise UserError(NO_CHART, f"{package.instrume} {package.version} does not say what is seen")
    width = _first_number(block, field.slit_width_parameter)
    angle = _first_number(block, field.angle_parameter)
    slits: tuple[Slit, ...] = ()
    if width is not None and field.slit_length_arcsec:
        slits = (Slit(0.0, 0.0, width, field.slit_length_arcsec, f"{width:g}″ slit"),)
    return Pointing(
        name=block.target.name,
        ra_deg=block.target.ra_deg,
        dec_deg=block.target.dec_deg,
        width_arcmin=field.width_arcmin,
        height_arcmin=field.height_arcmin,
        # Values beyond a turn stand for the parallactic angle, which changes as one observes.
        angle_deg=angle if angle is not None and abs(angle) <= 360 else 0.0,
        slits=slits,
        guide_star=guide_star,
    )


def _first_number(block: ObservationBlock, parameter: str) -> float | None:
    if not parameter:
        return None
    for template in block.templates:
        value = template.parameters.get(parameter)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None
