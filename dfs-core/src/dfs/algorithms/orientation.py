"""How a product lies with respect to the frames it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Orientation"]


@dataclass(frozen=True, slots=True)
class Orientation:
    """One of the eight ways in which an image can be turned and flipped.

    Both directions give views; nothing is copied.

    Parameters
    ----------
    quarter_turns : as :func:`numpy.rot90` turns the frame; made first.
    transposed : whether rows and columns are then exchanged.
    """

    quarter_turns: int = 0
    transposed: bool = False

    def of_product(self, frame: NDArray[Any]) -> NDArray[Any]:
        """Show an image that lies like the frames as it lies in the product."""
        turned = np.rot90(frame, self.quarter_turns)
        return turned.T if self.transposed else turned

    def of_frame(self, product: NDArray[Any]) -> NDArray[Any]:
        """Show an image that lies like the product as it lies in the frames."""
        return np.rot90(product.T if self.transposed else product, -self.quarter_turns)

    def shape_of_product(self, frame: tuple[int, int]) -> tuple[int, int]:
        """Give (ny, nx) of the product for those of a frame."""
        ny, nx = frame
        return (nx, ny) if (self.quarter_turns % 2 == 1) != self.transposed else (ny, nx)
