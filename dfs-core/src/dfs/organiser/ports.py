"""What the organiser asks of later stages; the assembly says who answers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Rejections(Protocol):
    """Knows which products quality control has rejected."""

    def reason(self, product_id: str) -> str:
        """Say why a product was rejected; empty if it was not.

        Parameters
        ----------
        product_id : identifier of the product, ``<block id>.<category>``.
        """


class Ports(Protocol):
    """What commands of the organiser find as their context's object."""

    def rejections(self, workspace: Path) -> Rejections:
        """Give what quality control has rejected in a workspace.

        Raises
        ------
        UserError
            The folder is no workspace.
        StorageError
            Its database cannot be read.
        """
