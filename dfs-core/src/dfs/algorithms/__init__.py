"""Instrument-free algorithms for recipes: arrays in, arrays with errors and flags out.

Nothing is imported here; a recipe imports the module it needs:

``frames``
    headers and rows of pixels from files, and lazy arithmetic on them
``regions``
    data, prescan and overscan areas of a detector output
``overscan``
    bias level from the overscan
``combine``
    mean, median, κ-σ and min–max stacks in strips of rows
``noise``
    noise model, read noise, conversion factor
``statistics``
    robust statistics and structure of an image
``trend``
    what changes slowly over an image
``badpixels``
    hot, cold and hit pixels
``image``
    data with error and quality, and arithmetic that carries both along
"""

__all__ = [
    "badpixels",
    "combine",
    "frames",
    "image",
    "noise",
    "overscan",
    "regions",
    "statistics",
    "trend",
]
