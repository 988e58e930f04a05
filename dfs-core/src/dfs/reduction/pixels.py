"""Pixels of a product: measured, and written with their planes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dfs.algorithms.statistics import median
from dfs.foundation.fits.write import Hdu, write_fits
from dfs.plugin import DetectorImage, HeaderCards
from dfs.reduction.product_header import (
    PRIMARY_NAME,
    PixelStatistics,
    plane_cards,
    plane_names,
)

_CHUNK_PIXELS: Final = 1 << 16
_FEW_FLAGS: Final = np.int16
_COORDINATE: Final = re.compile(r"(CTYPE|CUNIT|CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC)\d_\d")


def pixel_statistics(data: NDArray[Any]) -> PixelStatistics | None:
    """Measure the finite pixels, chunk by chunk where order does not matter.

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
    middle = median(values)
    total = squares = 0.0
    for start in range(0, values.size, _CHUNK_PIXELS):
        # About the median, so that a small scatter on a high level is not lost in rounding.
        deviation = values[start : start + _CHUNK_PIXELS].astype(np.float64)
        deviation -= middle
        total += float(deviation.sum())
        squares += float(np.square(deviation, out=deviation).sum())
    offset = total / values.size
    return PixelStatistics(
        minimum=float(values.min()),
        maximum=float(values.max()),
        median=middle,
        mean=middle + offset,
        rms=max(0.0, squares / values.size - offset**2) ** 0.5,
    )


def write_product(path: Path, header: HeaderCards, image: DetectorImage) -> None:
    """Write the data into the primary unit, error and quality into extensions.

    Parameters
    ----------
    header : of the primary unit; the image's own cards are passed over, its name too.

    Raises
    ------
    UserError
        ``fits.bad-keyword`` or ``fits.bad-value``.
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``; nothing is left behind.
    """
    write_fits(path, _units(replace(image, name=PRIMARY_NAME, header=header)))


def write_detectors(path: Path, header: HeaderCards, images: Iterable[DetectorImage]) -> None:
    """Write a unit a detector behind a primary one without pixels, one after the other.

    Error and quality of a detector follow its data, in the units ``NAME.ERR`` and
    ``NAME.DQ``.

    Parameters
    ----------
    header : of the primary unit; what it says of the unit of the pixels, each detector says.

    Raises
    ------
    UserError
        ``fits.bad-keyword`` or ``fits.bad-value``.
    StorageError
        ``storage.disk-full`` or ``storage.not-writable``; nothing is left behind.
    """
    unit = _unit_of(header)

    def units() -> Iterator[Hdu]:
        # Coordinates are those of pixels, which the primary unit has none of.
        yield Hdu({k: card for k, card in header.items() if not _COORDINATE.fullmatch(k)})
        for image in images:
            yield from _units(replace(image, header={**unit, **image.header}))
            del image  # the next one may take as much memory

    write_fits(path, units())


def _units(image: DetectorImage) -> Iterator[Hdu]:
    error, quality = image.error, _in_few_bytes(image.quality)
    of_data, of_error, of_quality = plane_cards(
        image.name,
        has_error=error is not None,
        quality_bits=0 if quality is None else 8 * quality.dtype.itemsize,
    )
    name = "" if image.name == PRIMARY_NAME else image.name
    error_name, quality_name = plane_names(image.name)
    # An image without planes is a plain one and needs no words on how they belong together.
    planes = of_data if error is not None or quality is not None else {}
    yield Hdu({**planes, **image.header}, image.data, name)
    if error is not None:
        yield Hdu({**of_error, **_unit_of(image.header)}, error, error_name)
    if quality is not None:
        yield Hdu(of_quality, quality, quality_name)


def _unit_of(header: HeaderCards) -> HeaderCards:
    return {"BUNIT": header["BUNIT"]} if "BUNIT" in header else {}


def _in_few_bytes(flags: NDArray[Any] | None) -> NDArray[Any] | None:
    """Store flags in two bytes a pixel where none of the rare high ones is set."""
    limits = np.iinfo(_FEW_FLAGS)
    if flags is None or flags.dtype.itemsize <= limits.bits // 8 or flags.size == 0:
        return flags
    few = limits.min <= flags.min() and flags.max() <= limits.max
    return flags.astype(_FEW_FLAGS) if few else flags
