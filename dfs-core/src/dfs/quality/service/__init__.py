"""Quality control's use cases: judge, record, look up, follow in time, decide."""

from dfs.quality.service.decisions import (
    certificates,
    decide,
    rejections,
    rejections_of_workspace,
)
from dfs.quality.service.judging import describe, measure, record
from dfs.quality.service.lookup import find, measurements, open_workspace, recorded_scores
from dfs.quality.service.series import HISTORY_LENGTH, history, select_series, trend_of, trends

__all__ = [
    "HISTORY_LENGTH",
    "certificates",
    "decide",
    "describe",
    "find",
    "history",
    "measure",
    "measurements",
    "open_workspace",
    "record",
    "recorded_scores",
    "rejections",
    "rejections_of_workspace",
    "select_series",
    "trend_of",
    "trends",
]
