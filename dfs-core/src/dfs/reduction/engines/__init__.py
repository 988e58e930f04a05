"""Engines: where blocks run; a worker of this machine, this process, or what a plugin brings."""

from dfs.reduction.engines.choice import GROUP, engine_names, open_engine

__all__ = ["GROUP", "engine_names", "open_engine"]
