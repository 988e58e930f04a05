"""Who answers what a room asks of a later stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfs.organiser.ports import Rejections


class Ports:
    """The answers, as the commands' context carries them."""

    def rejections(self, workspace: Path) -> Rejections:
        """Ask quality control; see `dfs.organiser.ports.Ports.rejections`."""
        from dfs.quality.service import rejections_of_workspace

        return rejections_of_workspace(workspace)
