"""Pixels of a product: measured, and written with their planes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dfs.foundation.fits.write import Hdu, write_fits
from dfs.reduction.product_header import ERROR_NAME, QUALITY_NAME, PixelStatistics, plane_cards

if TYPE_CHECKING:
    from dfs.plugin import HeaderValue

_STRIP_PIXELS: Final = 1 << 18


def pixel_statistics(data: NDArray[Any]) -> PixelStatistics | None:
    """Measure the finite pixels, strip by strip where order does not matter.

    Parameters
    ----------
    data : any shape, integers or floats.

    Returns
    -------
    PixelStatistics or None
        None if no pixel is finite.
    """
    values = np.ravel(data)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        values = values[np.isfinite(values)]
    if values.size == 0:
        return None
    strips = [values[i : i + _STRIP_PIXELS] for i in range(0, values.size, _STRIP_PIXELS)]
    mean = sum(float(strip.sum(dtype=np.float64)) for strip in strips) / values.size
    # About the mean, so that a small scatter on a high level is not lost in rounding.
    squares = sum(float(np.square(strip - np.float64(mean)).sum()) for strip in strips)
    return PixelStatistics(
        minimum=float(values.min()),
        maximum=float(values.max()),
        median=float(np.median(values)),
        mean=mean,
        rms=float(np.sqrt(squares / values.size)),
    )


def write_product(
    path: Path,
    header: Mapping[str, HeaderValue | tuple[HeaderValue, str]],
    data: NDArray[Any],
    error: NDArray[Any] | None,
    quality: NDArray[Any] | None,
) -> None:
    """Write the data into the primary unit, error and quality into extensions.

    Raises
    ------
    UserError
        ``fits.bad-keyword`` or ``fits.bad-value``.
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``; nothing is left behind.
    """
    of_data, of_error, of_quality = plane_cards(
        has_error=error is not None,
        quality_bits=0 if quality is None else 8 * quality.dtype.itemsize,
    )
    unit = {"BUNIT": header["BUNIT"]} if "BUNIT" in header else {}
    # A product without planes is a plain image and needs no words on how they belong together.
    planes = of_data if error is not None or quality is not None else {}
    hdus = [Hdu({**planes, **header}, data)]
    if error is not None:
        hdus.append(Hdu({**of_error, **unit}, error, ERROR_NAME))
    if quality is not None:
        hdus.append(Hdu(of_quality, quality, QUALITY_NAME))
    write_fits(path, hdus)
