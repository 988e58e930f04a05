"""Instrument-free algorithms for recipes: arrays in, arrays with errors and flags out.

Nothing is imported here; a recipe imports the module it needs:

``frames``
    headers and rows of pixels from files, and lazy arithmetic on them
``regions``
    data, prescan and overscan areas of a detector output
``overscan``
    bias level from the overscan
``orientation``
    how products lie with respect to the frames they are made of
``combine``
    mean, median, κ-σ and min–max stacks in strips of rows
``noise``
    noise model, read noise, conversion factor
``statistics``
    robust statistics and structure of an image
``trend``
    what changes slowly over an image
``interorder``
    the light between the orders of an echelle frame
``badpixels``
    hot, cold and hit pixels
``image``
    data with error and quality, and arithmetic that carries both along
``exposures``
    exposures of calibration templates and their keywords, for simulators
``tables``
    columns of the tables that calibrations consist of
"""

__all__ = [
    "badpixels",
    "combine",
    "exposures",
    "frames",
    "image",
    "interorder",
    "noise",
    "orientation",
    "overscan",
    "regions",
    "statistics",
    "tables",
    "trend",
]
