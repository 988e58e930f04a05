"""Finding charts drawn here, from a catalogue or an image, without a network."""

from dfs.preparation.charts.drawing import draw
from dfs.preparation.charts.model import FindingChart, Pointing, Sky, Slit, Star
from dfs.preparation.charts.pointing import pointing_of
from dfs.preparation.charts.reading import read_image, read_stars

__all__ = [
    "FindingChart",
    "Pointing",
    "Sky",
    "Slit",
    "Star",
    "draw",
    "pointing_of",
    "read_image",
    "read_stars",
]
