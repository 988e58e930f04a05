"""The key of a result: equal if all that it depends on is equal. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from dfs.reduction.reuse.model import Ingredients

__all__ = ["block_key"]

_FORMAT: Final = 1
"""Raise it when what the key is made of, or how contents are digested, changes."""


def block_key(ingredients: Ingredients) -> str:
    """Give the key, 64 hexadecimal digits.

    Where files lie does not count, nor when or on which machine anything ran: the
    key is the SHA-256 of a JSON document whose form is fixed.
    """
    document = {
        "format": _FORMAT,
        "instrument": ingredients.instrument,
        "recipe": ingredients.recipe,
        "stem": ingredients.stem,
        "runner": ingredients.runner,
        # 1, 1.0 and true are different values, and JSON writes them so.
        "parameters": dict(ingredients.parameters),
        "inputs": [(frame.tag, frame.is_raw, frame.content) for frame in ingredients.inputs],
        "software": {
            name: (software.version, software.fingerprint)
            for name, software in ingredients.software.items()
        },
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
