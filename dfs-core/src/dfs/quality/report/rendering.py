"""HTML pages from templates, escaped throughout and complete in one file."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from dfs.foundation.clock import datetime_from_mjd
from dfs.plugin import Verdict
from dfs.quality.logic import interval, quantity

__all__ = ["render"]

_VERDICTS: Final = {
    Verdict.GOOD: ("good", "✓"),
    Verdict.WARNING: ("warning", "!"),
    Verdict.BAD: ("bad", "✕"),
    Verdict.UNJUDGED: ("unjudged", "?"),
}


def render(template: str, **content: Any) -> bytes:
    """Render a page to UTF-8."""
    return _environment().get_template(template).render(**content).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dfs.quality.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "quantity": quantity,
        "interval": interval,
        "moment": _moment,
        "night": lambda mjd: _moment(datetime_from_mjd(mjd)),
        "duration": _duration,
        "days": _days,
        "share": _share,
        "ordinal": _ordinal,
        "date": lambda mjd: f"{datetime_from_mjd(mjd):%Y-%m-%d}",
        "along": lambda x: round(6 + 290 * x, 2),
        "down": lambda y: round(80 - 74 * y, 2),
        "tall": lambda y: round(74 * y, 2),
        "kind": lambda verdict: _VERDICTS[verdict][0],
        "sign": lambda verdict: _VERDICTS[verdict][1],
        "basename": lambda path: path.rsplit("/", 1)[-1],
    }
    return environment


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _days(days: float | None) -> str:
    return "not known" if days is None or not math.isfinite(days) else f"{days:.2f} days"


def _share(count: int, total: int) -> str:
    return f"{count:,} of {total:,} ({100 * count / total:.3g} %)"


def _ordinal(number: int) -> str:
    teens = 10 <= number % 100 <= 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
