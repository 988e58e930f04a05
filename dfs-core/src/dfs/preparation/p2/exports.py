"""Blocks and containers as ZIP files."""

from __future__ import annotations

from fastapi.responses import Response

from dfs.preparation.service import Preparation, exchange
from dfs.ui.principal import Principal


def zipped(stage: Preparation, who: Principal, item_id: int) -> Response:
    """Give a block or a container with all its files."""
    content = exchange.export(stage, who, item_id)
    name = f'attachment; filename="{item_id}.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": name})
