"""What a finding chart shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Star:
    """A star of a catalogue.

    Parameters
    ----------
    ra_deg, dec_deg : ICRS, degrees.
    magnitude : in any band, the same for all.
    """

    ra_deg: float
    dec_deg: float
    magnitude: float


@dataclass(frozen=True, slots=True)
class Slit:
    """A slit on the sky.

    Parameters
    ----------
    x_arcsec, y_arcsec : centre from the pointing, in the instrument's frame: y along the
        position angle, x to its right as seen on the sky (towards west at angle zero).
    width_arcsec : across.
    length_arcsec : along y.
    name : printed beside it; may be empty.
    """

    x_arcsec: float
    y_arcsec: float
    width_arcsec: float
    length_arcsec: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where the instrument looks.

    Parameters
    ----------
    name : of the target.
    ra_deg, dec_deg : of the field's centre, ICRS, degrees.
    width_arcmin, height_arcmin : of the field.
    angle_deg : position angle of its y axis, from north through east.
    slits : long slit or mask.
    guide_star : right ascension and declination, degrees; None if there is none.
    """

    name: str
    ra_deg: float
    dec_deg: float
    width_arcmin: float
    height_arcmin: float
    angle_deg: float = 0.0
    slits: tuple[Slit, ...] = ()
    guide_star: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Sky:
    """An image of the sky.

    Parameters
    ----------
    pixels : (ny, nx), any unit.
    wcs : world coordinates of its pixels (`astropy.wcs.WCS`).
    name : where it comes from.
    """

    pixels: NDArray[np.floating[Any]]
    wcs: Any
    name: str


@dataclass(frozen=True, slots=True)
class FindingChart:
    """A chart to draw.

    Parameters
    ----------
    title : first line, e.g. the run.
    subtitle : second line, e.g. block and PI.
    pointing : where the instrument looks.
    stars : from a catalogue.
    sky : an image to show below; without it the stars are drawn.
    margin : size of the chart over that of the field.
    """

    title: str
    subtitle: str
    pointing: Pointing
    stars: tuple[Star, ...] = ()
    sky: Sky | None = None
    margin: float = 1.25
