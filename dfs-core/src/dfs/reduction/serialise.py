"""Results as JSON: what ``--json`` writes. Pure."""

from __future__ import annotations

import math
from typing import Any

from dfs.organiser.service import block_to_json
from dfs.reduction.model import BlockResult
from dfs.reduction.reuse.model import StaleBlock


def result_to_json(result: BlockResult) -> dict[str, Any]:
    """Give a result as JSON-like values; a value that is not finite becomes None."""
    return {
        "block": block_to_json(result.block),
        "state": result.state.value,
        "code": result.code,
        "detail": result.detail,
        "reused": result.reused,
        "key": result.key,
        "folder": result.folder,
        "seconds": result.seconds,
        "peak_memory_mb": result.peak_memory_mb,
        "log": result.log,
        "report": result.report,
        "products": [
            {
                "id": product.id,
                "category": product.category,
                "path": product.path,
                "sha256": product.sha256,
                "size_bytes": product.size_bytes,
                "unit": product.unit,
            }
            for product in result.products
        ],
        "measurements": [
            {
                "name": measurement.name,
                "category": measurement.category,
                "product": measurement.product,
                "value": measurement.value if math.isfinite(measurement.value) else None,
                "verdict": score.verdict.value,
                "reason": score.reason,
            }
            for measurement, score in zip(result.measurements, result.scores, strict=True)
        ],
    }


def stale_to_json(stale: StaleBlock) -> dict[str, Any]:
    """Give a block that would be run as JSON-like values."""
    return {
        "block": stale.block.id,
        "name": stale.block.name,
        "recipe": stale.block.recipe,
        "reasons": [
            {"cause": reason.cause.value, "detail": reason.detail} for reason in stale.reasons
        ],
    }
