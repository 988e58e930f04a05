"""``dfs qc list`` and ``dfs qc trend``: what is measured, day after day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dfs.quality.trend import Series, Trend, TrendPoint

Workspace = Annotated[Path, typer.Option(metavar="DIR", help="Folder that 'dfs reduce' wrote to.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_Instrument = Annotated[
    str | None, typer.Option(metavar="ID", help="Of this instrument, by id or INSTRUME.")
]
_Recipe = Annotated[str | None, typer.Option(metavar="NAME", help="Measured by this recipe.")]
_Category = Annotated[
    str | None, typer.Option(metavar="CATG", help="Measured on products of this category.")
]
_Setup = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="Of this set-up; may be given several times."),
]
_Last = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="The latest N values that count; as many as the parameter's trend declares, or 30.",
    ),
]
_FORMATS = {".png": "png", ".svg": "svg"}


def list_(
    parameter: Annotated[
        str | None,
        typer.Argument(metavar="[QC…]", help="Only this parameter.", show_default=False),
    ] = None,
    workspace: Workspace = Path("dfs-out"),
    instrument: _Instrument = None,
    recipe: _Recipe = None,
    category: _Category = None,
    setup: _Setup = None,
    last: _Last = None,
    as_json: Json = False,
) -> None:
    """List the series on record: what is measured in which set-up, what is usual, what drifts."""
    from dfs.quality.serialise import trend_to_json

    found = _trends(workspace, parameter, instrument, recipe, category, setup, last)
    if as_json:
        console.emit_json([trend_to_json(t) | {"points": len(t.points)} for t in found])
        return
    if not found:
        console.note("nothing is on record")
        return
    console.table(
        "Series",
        (
            *("instrument", "parameter", "category", "set-up"),
            *("values", "median", "σ", "unit", "limits", "drift"),
        ),
        (_summary(t) for t in found),
    )


def trend(
    parameter: Annotated[str, typer.Argument(metavar="QC…", help="E.g. QC.BIAS.LEVEL.")],
    workspace: Workspace = Path("dfs-out"),
    instrument: _Instrument = None,
    recipe: _Recipe = None,
    category: _Category = None,
    setup: _Setup = None,
    last: _Last = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a plot, as .png or .svg.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Follow a parameter in time: values, median and limits, outliers, drift.

    On a terminal the values are plotted, too.
    """
    from dfs.foundation.errors import UserError
    from dfs.quality.errors import PLOT_FORMAT, SEVERAL_SERIES, UNKNOWN_SERIES
    from dfs.quality.serialise import trend_to_json

    if plot is not None and plot.suffix.lower() not in _FORMATS:
        raise UserError(PLOT_FORMAT, f"{plot.suffix or 'no ending'!r} is none", where=str(plot))
    found = _trends(workspace, parameter, instrument, recipe, category, setup, last)
    if not found:
        raise UserError(UNKNOWN_SERIES, f"nothing is on record of {parameter} as it is asked for")
    if len(found) > 1:
        names = "; ".join(_in_words(t.series) for t in found[:5])
        raise UserError(SEVERAL_SERIES, f"{parameter} has {len(found)} series: {names}")
    (chosen,) = found
    if plot is not None:
        _write_plot(plot, chosen)
    if as_json:
        console.emit_json(trend_to_json(chosen))
        return
    _show(chosen)


def _trends(
    workspace: Path,
    parameter: str | None,
    instrument: str | None,
    recipe: str | None,
    category: str | None,
    setup: Sequence[str] | None,
    last: int | None,
) -> list[Trend]:
    from dfs.host import load_host
    from dfs.quality import service

    wanted_setup = _setup(setup or ())
    with service.open_workspace(workspace) as engine:
        series = service.select_series(
            engine,
            name=parameter.upper() if parameter else None,
            recipe=recipe,
            category=category.upper() if category else None,
            setup=wanted_setup,
        )
        if instrument:
            id_ = instrument_id(instrument, {s.instrument for s in series})
            series = [s for s in series if s.instrument == id_]
        return service.trends(engine, load_host(), series, last)


def instrument_id(name: str, on_record: Collection[str]) -> str:
    """Give the id that is meant; a plugin that is gone still has its records."""
    from dfs.host import load_host

    known = {id_.casefold(): id_ for id_ in on_record}
    return known.get(name.casefold()) or load_host().resolve(name).id


def _setup(given: Sequence[str]) -> dict[str, str]:
    from dfs.foundation.errors import UserError
    from dfs.quality.errors import NOT_KEY_VALUE

    wanted = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(NOT_KEY_VALUE, f"{text!r} has no equals sign")
        wanted[key.strip().upper()] = value.strip()
    return wanted


def _write_plot(path: Path, chosen: Trend) -> None:
    from dfs.foundation.files import atomic_write
    from dfs.quality.report.trend_picture import draw_trend

    picture = draw_trend(chosen, "svg" if path.suffix.lower() == ".svg" else "png")
    with atomic_write(path) as file:
        file.write(picture)
    console.note(f"wrote {path}")


def _show(chosen: Trend) -> None:
    import shutil
    import sys

    from dfs.quality.logic import drift_in_words, trend_in_words

    console.table(
        _in_words(chosen.series),
        ("time", "MJD", "value", "unit", "deviation", "verdict", "remark", "product"),
        (_row(chosen, point) for point in chosen.points),
    )
    if sys.stdout.isatty():
        from dfs.quality.terminal import draw_chart

        for line in draw_chart(chosen, shutil.get_terminal_size().columns):
            console.print_line(line)
    console.note(trend_in_words(chosen))
    console.note(drift_in_words(chosen))


def _summary(of: Trend) -> tuple[object, ...]:
    from dfs.quality.logic import drift_in_words, interval

    series, found = of.series, of.statistics
    usual = ("0", "", "") if found is None else (found.count, *_short(found.median, found.scale))
    return (
        *(series.instrument, series.name, series.category, _setup_in_words(series)),
        *(*usual, of.unit, interval(of.bad), drift_in_words(of)),
    )


def _short(median: float, scale: float) -> tuple[str, str]:
    return f"{median:.6g}", f"{scale:.3g}"


def _row(chosen: Trend, point: TrendPoint) -> tuple[str, ...]:
    from dfs.foundation.clock import datetime_from_mjd

    when = mjd = deviation = ""
    if point.time_mjd is not None:
        when = f"{datetime_from_mjd(point.time_mjd):%Y-%m-%d %H:%M}"
        mjd = f"{point.time_mjd:.4f}"
    if point.value is not None and chosen.is_enough and chosen.statistics is not None:
        deviation = f"{chosen.statistics.deviation_sigma(point.value):+.1f} σ"
    remarks = [
        "" if point.decision is None else point.decision.value,
        "outlier" if chosen.is_outlier(point) else "",
        "" if point.counts else "not counted",
    ]
    return (
        when,
        mjd,
        "-" if point.value is None else f"{point.value:.6g}",
        chosen.unit,
        deviation,
        point.verdict.value,
        ", ".join(filter(None, remarks)),
        point.product,
    )


def _in_words(series: Series) -> str:
    where = f"{series.name} of {series.category}, {series.instrument}"
    return f"{where}, {setup}" if (setup := _setup_in_words(series)) else where


def _setup_in_words(series: Series) -> str:
    return " ".join(f"{keyword}={value}" for keyword, value in series.setup.items())
