"""The pictures of a report, as PNG bytes; the same plane gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.image import imsave
from numpy.typing import NDArray

from dfs.quality.report.style import LINE, RED, image_of, new_figure, our_style
from dfs.quality.report.survey import Histogram

__all__ = ["draw_histogram", "draw_profile", "draw_thumbnail"]

_SMALLEST_SIDE: Final = 256
_NO_METADATA: Final[Any] = {"Software": None}


def draw_thumbnail(pixels: NDArray[np.float64], cuts: tuple[float, float]) -> bytes:
    """Draw an image in grey, first row at the bottom; missing pixels are red."""
    repeat = max(1, _SMALLEST_SIDE // max(pixels.shape))
    enlarged = np.repeat(np.repeat(pixels, repeat, axis=0), repeat, axis=1)
    low, high = cuts if cuts[1] > cuts[0] else (cuts[0] - 0.5, cuts[0] + 0.5)
    grey = mpl.colormaps["gray"].with_extremes(bad=RED)
    file = io.BytesIO()
    imsave(
        file,
        np.ma.masked_invalid(enlarged),
        vmin=low,
        vmax=high,
        cmap=grey,
        origin="lower",
        format="png",
        metadata=_NO_METADATA,
    )
    return file.getvalue()


def draw_histogram(histogram: Histogram, unit: str, marks: Sequence[float] = ()) -> bytes:
    """Draw counts, on a logarithmic scale, over values; dashed lines mark some of these."""
    with our_style():
        figure, axes = new_figure()
        axes.stairs(histogram.counts, histogram.edges, fill=True, color=LINE, alpha=0.25)
        axes.stairs(histogram.counts, histogram.edges, color=LINE, linewidth=1.1)
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
        axes.set_xlim(histogram.edges[0], histogram.edges[-1])
        axes.set_xlabel(f"value [{unit}]" if unit else "value", parse_math=False)
        axes.set_ylabel("pixels")
        for mark in marks:
            axes.axvline(mark, color=RED, linewidth=1.1, linestyle="--")
        return image_of(figure)


def draw_profile(profile: NDArray[np.float64], along: str, unit: str) -> bytes:
    """Draw the means of rows or of columns over their number, counted from one as in FITS."""
    with our_style():
        figure, axes = new_figure()
        number = np.arange(1, len(profile) + 1)
        marker = "o" if len(profile) == 1 else ""
        axes.plot(number, profile, color=LINE, linewidth=0.9, marker=marker)
        axes.set_xlim(0.5, len(profile) + 0.5)
        axes.set_xlabel(f"{along} [pixel]")
        axes.set_ylabel(f"mean [{unit}]" if unit else "mean", parse_math=False)
        return image_of(figure)
