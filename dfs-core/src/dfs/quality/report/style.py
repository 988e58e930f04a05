"""How every picture looks, whatever the user's settings of matplotlib are.

Drawn on figure objects without pyplot, which keeps figures alive behind one's back.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["AMBER", "GREEN", "GREY", "INK", "LINE", "RED", "image_of", "new_figure", "our_style"]

INK: Final = "#30363d"
LINE: Final = "#1c5d99"
RED: Final = "#b3402e"
AMBER: Final = "#c98a1b"
GREEN: Final = "#2f8f57"
GREY: Final = "#8b949e"
_STYLE: Final[Any] = {
    "font.size": 8.5,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.formatter.useoffset": True,
    "axes.formatter.limits": (-4, 6),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e8ec",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "dfs",  # without it each SVG has other names inside
}
_NO_METADATA: Final[Any] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


@contextmanager
def our_style() -> Iterator[None]:
    """Draw in our style meanwhile."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def new_figure(width_inch: float = 6.4, height_inch: float = 2.1) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes."""
    figure = Figure(figsize=(width_inch, height_inch), dpi=140, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def image_of(figure: Figure, format_: Literal["png", "svg"] = "png") -> bytes:
    """Give a figure as a file's bytes; the same figure gives the same bytes."""
    file = io.BytesIO()
    figure.savefig(file, format=format_, metadata=_NO_METADATA[format_])
    return file.getvalue()
