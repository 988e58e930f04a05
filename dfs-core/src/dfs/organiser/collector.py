"""Python's cyclic garbage collector, left out where it would only walk in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collection_paused"]


@contextmanager
def collection_paused() -> Iterator[None]:
    """Make many values that live on and refer to each other in no circle.

    The collector would go through all headers again and again, and the time for a
    folder would grow faster than its number of files.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
