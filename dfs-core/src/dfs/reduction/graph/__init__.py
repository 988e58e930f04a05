"""Jobs that wait for each other: their order, and who may run now. Pure; nothing runs here."""

from dfs.reduction.graph.order import Job, heights
from dfs.reduction.graph.scheduler import Scheduler

__all__ = ["Job", "Scheduler", "heights"]
