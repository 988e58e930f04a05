"""Codes of the errors of the night."""

from __future__ import annotations

from dfs.foundation.errors import define

FRAME_EXISTS = define(
    "simulate.exists",
    "A file of the same name but with other content is already there.",
    "Name another folder; existing files are never overwritten.",
)
BAD_NIGHT = define(
    "usage.night",
    "The night is not a date.",
    "Give the date of the evening as YYYY-MM-DD.",
)
