"""``dfs observatory``: sites, telescopes, what is mounted where, tonight's sky."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.ui import console

if TYPE_CHECKING:
    import datetime as dt

    from dfs.foundation.observatory import Observatory

app = typer.Typer(no_args_is_help=True, help="The observatory: sites, telescopes, periods.")

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="An observatory.toml; that of the settings if left out.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.callback()
def observatory() -> None:
    """Give the group a help of its own."""


@app.command()
def show(file: File = None, as_json: Json = False) -> None:
    """Show telescopes, what is mounted where today, the period, and tonight's sky."""
    from dfs.foundation.clock import system_clock

    found = _load(file)
    today = system_clock().date()
    if as_json:
        console.emit_json(_plain(found, today))
        return
    period = found.period_of(today)
    console.print_line(f"{found.name}: period {period.number}, {period.start} to {period.end}")
    console.table(
        "Telescopes",
        ("telescope", "site", "altitudes", "mounted today"),
        (
            (
                telescope.id,
                telescope.site,
                f"{telescope.lowest_altitude_deg:g}° to {telescope.highest_altitude_deg:g}°",
                ", ".join(f.instrument for f in telescope.foci if f.serves(today)) or "-",
            )
            for telescope in found.telescopes
        ),
    )
    console.table(
        f"The night of {today}, UTC",
        ("site", "sunset", "dark from", "dark until", "sunrise", "Moon"),
        (
            (
                tonight["site"],
                *(f"{tonight[event]:%H:%M}" if tonight[event] else "-" for event in _EVENTS),
                f"{tonight['moon_illumination']:.0%}",
            )
            for tonight in _nights(found, today)
        ),
    )


@app.command()
def check(file: File = None, as_json: Json = False) -> None:
    """Say whether an observatory.toml is right."""
    found = _load(file)
    counts = {"sites": len(found.sites), "telescopes": len(found.telescopes)}
    if as_json:
        console.emit_json({"name": found.name, "valid": True, **counts})
        return
    said = ", ".join(f"{count} {what}" for what, count in counts.items())
    console.print_line(f"{found.name}: {said}; nothing is wrong")


_EVENTS = ("sunset", "astronomical_dusk", "astronomical_dawn", "sunrise")


def _load(file: Path | None) -> Observatory:
    from dfs.foundation.observatory import load_observatory
    from dfs.foundation.settings import load_settings

    return load_observatory(file or load_settings().observatory.file)


def _plain(found: Observatory, today: dt.date) -> dict[str, Any]:
    document = found.model_dump(mode="json", by_alias=True)
    document["period"] = found.period_of(today).model_dump(mode="json")
    document["nights"] = _nights(found, today)
    return document


def _nights(found: Observatory, today: dt.date) -> list[dict[str, Any]]:
    from dfs.sky.model import Site
    from dfs.sky.night import night

    rows = []
    for spec in found.sites:
        tonight = night(Site.of(spec), today)
        events = {name: getattr(tonight, name) for name in _EVENTS}
        illumination = round(tonight.moon_illumination, 3)
        rows.append({"site": spec.id, **events, "moon_illumination": illumination})
    return rows
