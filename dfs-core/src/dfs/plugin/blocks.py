"""What an event tells of a reduction block."""

from __future__ import annotations

from dfs.plugin.quality import Measurement, Score
from dfs.plugin.values import Value


class ProductReference(Value):
    """A product on disk.

    Parameters
    ----------
    id : its identifier.
    category : ``PRO.CATG``.
    path : where it lies.
    """

    id: str
    category: str
    path: str


class BlockReduced(Value):
    """A reduction block has ended with products.

    Parameters
    ----------
    block : the block's id.
    instrument : the instrument's id.
    action, recipe : what was done.
    products : what was made.
    measurements, scores : what quality control says of it.
    """

    block: str
    instrument: str
    action: str
    recipe: str
    products: tuple[ProductReference, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    scores: tuple[Score, ...] = ()
