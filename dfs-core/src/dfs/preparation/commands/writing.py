"""``dfs ob show|export|chart``: items written for people, programs and the telescope."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dfs.preparation.commands.shared import Database, Opened, User, Which, opened
from dfs.ui import console


class Format(StrEnum):
    """How a block is written."""

    OBX = "obx"
    OBD = "obd"
    ZIP = "zip"
    JSON = "json"
    YAML = "yaml"


def show(
    which: Which,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.YAML,
    database: Database = None,
    user: User = None,
) -> None:
    """Show a block or container."""
    if form is Format.ZIP:
        raise typer.BadParameter("a ZIP file cannot be shown; export it", param_hint="--format")
    console.print_line(_written(which, form, database, user).decode().rstrip("\n"))


def export(
    which: Which,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; it must not exist.")],
    form: Annotated[
        Format | None, typer.Option("--format", help="Else it is seen from the file's name.")
    ] = None,
    database: Database = None,
    user: User = None,
) -> None:
    """Write a block or container to a file; as ZIP with its charts and other files."""
    _write(out, _written(which, form or _by_name(out), database, user))


def _by_name(path: Path) -> Format:
    suffix = path.suffix.lower().lstrip(".").replace("yml", "yaml")
    if suffix not in set(Format):
        raise typer.BadParameter(
            f"{path.name} does not end in {', '.join(Format)}; give --format", param_hint="--out"
        )
    return Format(suffix)


def _written(which: str, form: Format, database: str | None, user: str | None) -> bytes:
    from dfs.preparation.formats import archive

    found = opened(which, database, user, with_files=form is Format.ZIP)
    return archive.pack(found.bundle) if form is Format.ZIP else _text(found, form)


def _text(found: Opened, form: Format) -> bytes:
    from dfs.instruments.service import execution_time
    from dfs.plugin import Container
    from dfs.preparation.formats import document, obd, obx

    item = found.item
    if form is Format.JSON:
        return document.to_json(item).encode()
    if form is Format.YAML:
        return document.to_yaml(item).encode()
    if isinstance(item, Container):
        raise typer.BadParameter(f"{form} holds one block, not a container", param_hint="--format")
    if form is Format.OBX:
        for lost in obx.losses(item):
            console.warn(lost)
        return obx.text_of(obx.lines_of(item)).encode()
    time = execution_time(found.host, found.packages, item)
    return obd.text_of(item, time, found.run).encode()


def chart(
    which: Which,
    out: Annotated[Path, typer.Option("--out", "-o", help="JPEG to write; it must not exist.")],
    catalogue: Annotated[
        Path | None,
        typer.Option(help="Stars: CSV or VOTable with ra, dec (degrees) and mag."),
    ] = None,
    image: Annotated[
        Path | None, typer.Option(help="Image of the sky: FITS with coordinates.")
    ] = None,
    guide_star: Annotated[str, typer.Option(metavar="RA,DEC", help="Guide star, degrees.")] = "",
    database: Database = None,
    user: User = None,
) -> None:
    """Draw a finding chart: field, slit, guide star, directions and scale."""
    from dfs.plugin import Container
    from dfs.preparation import charts

    found = opened(which, database, user)
    item = found.item
    if isinstance(item, Container):
        raise typer.BadParameter("a chart shows one block, not a container", param_hint="ID|FILE")
    package = found.packages.get(item.instrument, item.package_version)
    pointing = charts.pointing_of(item, package, _degrees(guide_star))
    drawn = charts.draw(
        charts.FindingChart(
            title=f"{item.name}  {pointing.name}",
            subtitle=f"{item.instrument}, package {item.package_version}",
            pointing=pointing,
            stars=charts.read_stars(catalogue) if catalogue else (),
            sky=charts.read_image(image) if image else None,
        )
    )
    _write(out, drawn)


def _degrees(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    try:
        ra_deg, dec_deg = map(float, text.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not RA,DEC", param_hint="--guide-star") from error
    return ra_deg, dec_deg


def _write(path: Path, content: bytes) -> None:
    from dfs.foundation.errors import UserError
    from dfs.preparation.errors import FILE

    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(FILE, str(error), where=str(path)) from error
    console.print_line(str(path))
