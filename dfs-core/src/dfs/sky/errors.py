"""Codes of the sky's errors."""

from __future__ import annotations

from dfs.foundation.errors import define

BAD_DATE = define(
    "sky.date",
    "The date is outside the years for which Sun, Moon and Earth are known.",
    "Choose a night from 1960 to 2099.",
)
BAD_CONDITIONS = define(
    "sky.conditions",
    "The table of atmospheric conditions cannot be used.",
    "Correct it where the message says; docs/reference/sky.md describes the file.",
)
UNKNOWN_TRANSPARENCY = define(
    "sky.transparency",
    "No class of sky transparency is so called.",
    "Say Photometric, Clear, 'Variable, thin cirrus' or 'Variable, thick cirrus'.",
)
