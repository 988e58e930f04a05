"""Directions on the sky as places on a chart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dfs.preparation.charts.model import Pointing, Slit


def offsets_arcsec(
    pointing: Pointing, ra_deg: ArrayLike, dec_deg: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project directions onto the plane that touches the sky at the pointing.

    Parameters
    ----------
    pointing : whose centre is the point of contact.
    ra_deg, dec_deg : (n,), degrees, on the same half of the sky.

    Returns
    -------
    tuple of ndarray
        Towards east and towards north, (n,), arcsec; NaN for what is behind.

    Notes
    -----
    Gnomonic projection: Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.3.
    """
    ra, dec = np.radians(np.asarray(ra_deg, float)), np.radians(np.asarray(dec_deg, float))
    ra0, dec0 = np.radians(pointing.ra_deg), np.radians(pointing.dec_deg)
    cosine = np.sin(dec0) * np.sin(dec) + np.cos(dec0) * np.cos(dec) * np.cos(ra - ra0)
    cosine = np.where(cosine > 0, cosine, np.nan)
    east = np.cos(dec) * np.sin(ra - ra0) / cosine
    north = (np.cos(dec0) * np.sin(dec) - np.sin(dec0) * np.cos(dec) * np.cos(ra - ra0)) / cosine
    return np.degrees(east) * 3600, np.degrees(north) * 3600


def on_sky_arcsec(
    pointing: Pointing, x_arcsec: ArrayLike, y_arcsec: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn places in the instrument's frame into offsets towards east and north, arcsec."""
    angle = np.radians(pointing.angle_deg)
    x, y = np.asarray(x_arcsec, float), np.asarray(y_arcsec, float)
    return -x * np.cos(angle) + y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def outline_arcsec(pointing: Pointing, slit: Slit) -> NDArray[np.float64]:
    """Give the corners of a slit, (5, 2), closed, towards east and north, arcsec."""
    x = slit.x_arcsec + slit.width_arcsec / 2 * np.array([-1, 1, 1, -1, -1])
    y = slit.y_arcsec + slit.length_arcsec / 2 * np.array([-1, -1, 1, 1, -1])
    return np.column_stack(on_sky_arcsec(pointing, x, y))


def field_arcsec(pointing: Pointing) -> NDArray[np.float64]:
    """Give the corners of the field, as a slit's."""
    return outline_arcsec(
        pointing, Slit(0, 0, pointing.width_arcmin * 60, pointing.height_arcmin * 60)
    )
