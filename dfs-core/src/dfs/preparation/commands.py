"""``dfs ob``: Observation Blocks, in the service's database and in files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console
from dfs.ui.console import Branch, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfs.host import Host
    from dfs.instruments.service import Packages
    from dfs.plugin import Container, ExecutionTime, Finding, ObservationBlock
    from dfs.preparation.formats.reading import ReadFile
    from dfs.preparation.model import Item
    from dfs.preparation.service import Preparation
    from dfs.programmes.model import Run
    from dfs.ui.principal import Principal

app = typer.Typer(help="Observation Blocks: in the service's database, and in files.")

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The service's database, instead of the settings'."),
]
User = Annotated[str | None, typer.Option("--user", metavar="USERNAME", help="Act for this user.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Which = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE", help="Id of a block or container, or a file: OBX, ZIP, JSON or YAML."
    ),
]
RunCode = Annotated[
    str, typer.Argument(metavar="RUN", help="Code of the run, e.g. '60.A-9253(N)'.")
]


class Format(StrEnum):
    """How a block is written."""

    OBX = "obx"
    OBD = "obd"
    ZIP = "zip"
    JSON = "json"
    YAML = "yaml"


@app.command("list")
def list_(
    code: RunCode, database: Database = None, user: User = None, as_json: Json = False
) -> None:
    """List the blocks and containers of a run as a tree, and what they take of its time."""
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.service.items import tree

    with preparation_desk(database, user) as (stage, who):
        run = _run(stage, who, code)
        found = tree(stage, who, run.id)
    if as_json:
        console.emit_json([_plain(item) for item in found])
        return
    console.tree(_branch(f"{code}  {_usage(found, run.allocated_s)}", found))


def _run(stage: Preparation, who: Principal, code: str) -> Run:
    from sqlalchemy.orm import Session

    from dfs.programmes.service import run_of_code

    with Session(stage.engine) as session:
        return run_of_code(session, who, code)


def _usage(items: Sequence[Item], allocated_s: float) -> str:
    from dfs.preparation.reports import usage

    taken = usage(((one.exposure_s, one.execution_s) for one in items if one.is_block), allocated_s)
    told = f"{taken.execution_s / 3600:.2f} h of {allocated_s / 3600:.2f} h"
    return f"{told}, {taken.unknown} of unknown time" if taken.unknown else told


def _branch(label: str, items: Sequence[Item]) -> Branch:
    children: dict[int | None, list[Item]] = {}
    for item in items:
        children.setdefault(item.parent_id, []).append(item)

    def grown(parent: int) -> tuple[Branch, ...]:
        return tuple(Branch(_line(one), grown(one.id)) for one in children.get(parent, ()))

    roots = children.get(None, [])
    return Branch(label, grown(roots[0].id) if roots else ())


def _line(item: Item) -> str:
    if not item.is_block:
        return f"{item.id}  {item.kind}  {item.name}  {item.status}".rstrip()
    time = "time unknown" if item.execution_s is None else f"{item.execution_s:.0f} s"
    return f"{item.id}  {item.kind}  {item.name}  {item.status}  {time}"


def _plain(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "parent_id": item.parent_id,
        "kind": item.kind,
        "name": item.name,
        "status": item.status,
        "user_priority": item.user_priority,
        "target": item.target_name,
        "exposure_s": item.exposure_s,
        "execution_s": item.execution_s,
        "verified": item.verified,
    }


@app.command()
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


@app.command()
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
    from dfs.preparation.desk import preparation_desk

    if not which.isdecimal():
        return _converted(Path(which), form)
    with preparation_desk(database, user) as (stage, who):
        if form is Format.ZIP:
            from dfs.preparation.service import exchange

            return exchange.export(stage, who, int(which))
        item = _item(stage, who, int(which))
        return _text(item, form, stage.host, stage.packages)


def _converted(path: Path, form: Format) -> bytes:
    from dfs.preparation.formats import archive

    host, packages, read = _from_file(path)
    if form is Format.ZIP:
        return archive.pack(archive.Bundle(read.item, read.files))
    return _text(read.item, form, host, packages)


def _from_file(path: Path) -> tuple[Host, Packages, ReadFile]:
    from dfs.host import load_host
    from dfs.instruments.service import Packages
    from dfs.preparation.alone import read_file

    host = load_host()
    packages = Packages(host)
    read = read_file(path, packages)
    for remark in read.remarks:
        console.warn(remark)
    return host, packages, read


def _item(stage: Preparation, who: Principal, item_id: int) -> ObservationBlock | Container:
    from dfs.preparation.service import blocks, items

    if items.item(stage, who, item_id).is_block:
        return blocks.block(stage, who, item_id).block
    return items.container(stage, who, item_id)


def _text(
    item: ObservationBlock | Container, form: Format, host: Host, packages: Packages
) -> bytes:
    from dfs.instruments.service import execution_time
    from dfs.plugin import Container
    from dfs.preparation.formats import document, obd, obx

    if form is Format.JSON:
        return document.to_json(item).encode()
    if form is Format.YAML:
        return document.to_yaml(item).encode()
    if isinstance(item, Container):
        raise typer.BadParameter(f"{form} holds one block, not a container", param_hint="--format")
    if form is Format.OBX:
        return obx.text_of(obx.lines_of(item)).encode()
    return obd.text_of(item, execution_time(host, packages, item), "").encode()


@app.command()
def verify(
    which: Which,
    submit: Annotated[
        bool, typer.Option("--submit", help="Certify what is found observable.")
    ] = False,
    database: Database = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """Verify a block or container; exit 1 if something forbids to observe it."""
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.service import lifecycle

    if which.isdecimal():
        with preparation_desk(database, user) as (stage, who):
            found = lifecycle.verify(stage, who, int(which), submit=submit)
        _findings(found.findings, observable=found.observable, as_json=as_json)
        return
    if submit:
        raise typer.BadParameter("a file cannot be certified; import it", param_hint="--submit")
    from dfs.foundation.clock import system_clock
    from dfs.preparation import alone

    host, packages, read = _from_file(Path(which))
    verified = alone.verify(read, host, packages, system_clock)
    _findings(verified.findings, observable=verified.observable, as_json=as_json)


def _findings(findings: Sequence[Finding], *, observable: bool, as_json: bool) -> None:
    from dfs.preparation.verification import message_of

    if as_json:
        console.emit_json(
            {"observable": observable, "findings": [f.model_dump(mode="json") for f in findings]}
        )
    else:
        for finding in findings:
            console.print_line(f"{message_of(finding)} ({finding.code})")
        console.print_line("observable" if observable else "not observable")
    if not observable:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def time(which: Which, database: Database = None, user: User = None, as_json: Json = False) -> None:
    """Say how long a block takes and with what, or how long all in a container take."""
    from dfs.instruments.service import execution_time
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.formats.archive import blocks_of

    if which.isdecimal():
        with preparation_desk(database, user) as (stage, who):
            item = _item(stage, who, int(which))
            times = [execution_time(stage.host, stage.packages, one) for one in blocks_of(item)]
    else:
        host, packages, read = _from_file(Path(which))
        item = read.item
        times = [execution_time(host, packages, one) for one in blocks_of(item)]
    if as_json:
        blocks = blocks_of(item)
        console.emit_json(
            [_plain_time(one, spent) for one, spent in zip(blocks, times, strict=True)]
        )
        return
    _show_times(item, times)


def _plain_time(block: ObservationBlock, spent: ExecutionTime) -> dict[str, object]:
    return {
        "id": block.id,
        "name": block.name,
        "exposure_s": spent.exposure_s,
        "execution_s": None if spent.unknown else spent.total_s,
        "unknown": list(spent.unknown),
        "parts": [part.model_dump(mode="json") for part in spent.parts],
    }


def _show_times(item: ObservationBlock | Container, times: Sequence[ExecutionTime]) -> None:
    from dfs.plugin import Container
    from dfs.preparation.reports import breakdown, item_times

    if isinstance(item, Container):
        lines = [
            (
                f"{'  ' * one.depth}{one.name}",
                one.kind,
                f"{one.exposure_s:.0f}",
                "unknown" if one.execution_s is None else f"{one.execution_s:.0f}",
            )
            for one in item_times(item, times)
        ]
        console.table(item.name, ("name", "kind", "exposure_s", "execution_s"), lines)
    else:
        (spent,) = times
        parts = [(one.template, one.label, f"{one.seconds:.0f}") for one in breakdown(item, spent)]
        total = "unknown" if spent.unknown else f"{spent.total_s:.0f}"
        console.table(
            item.name,
            ("template", "what", "seconds"),
            [*parts, ("", "exposure", f"{spent.exposure_s:.0f}"), ("", "total", total)],
        )
    for reason in dict.fromkeys(reason for spent in times for reason in spent.unknown):
        console.warn(reason)


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="OBX, ZIP, JSON or YAML.", exists=True, dir_okay=False),
    ],
    code: Annotated[
        str, typer.Option("--run", metavar="RUN", help="Run that gets it, in its outermost list.")
    ] = "",
    into: Annotated[
        int | None, typer.Option("--into", metavar="ID", help="Container that gets it instead.")
    ] = None,
    database: Database = None,
    user: User = None,
) -> None:
    """Import a block or container with all its files."""
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.service import exchange

    if (into is None) == (not code):
        raise typer.BadParameter("name a run or a container", param_hint="--run, --into")
    content = _content(file)
    with preparation_desk(database, user) as (stage, who):
        container_id = _root(stage, who, code) if into is None else into
        imported = exchange.import_(stage, who, container_id, content, name=file.name)
    for remark in imported.remarks:
        console.warn(remark)
    console.print_line(f"{imported.item.id}  {imported.item.kind}  {imported.item.name}")


def _content(path: Path) -> bytes:
    from dfs.foundation.errors import UserError
    from dfs.preparation.errors import FILE

    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(FILE, str(error), where=str(path)) from error


def _root(stage: Preparation, who: Principal, code: str) -> int:
    from dfs.preparation.service.runs import prepared_run

    return prepared_run(stage, who, _run(stage, who, code).id).root_id


@app.command()
def new(
    code: RunCode,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the block.")],
    template: Annotated[
        list[str] | None,
        typer.Option("--template", metavar="NAME", help="Template to add; may be repeated."),
    ] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Make a calibration block.")
    ] = False,
    database: Database = None,
    user: User = None,
) -> None:
    """Make a block in a run, with templates at their default values."""
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.model import ItemKind
    from dfs.preparation.service.items import create_item
    from dfs.preparation.service.templates import add_template

    kind = ItemKind.CB if calibration else ItemKind.OB
    with preparation_desk(database, user) as (stage, who):
        made = create_item(stage, who, _root(stage, who, code), kind, name)
        for one in template or ():
            add_template(stage, who, made.id, one)
    console.print_line(f"{made.id}  {made.kind}  {made.name}")


@app.command()
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
    from dfs.preparation.desk import preparation_desk

    if which.isdecimal():
        with preparation_desk(database, user) as (stage, who):
            item, packages = _item(stage, who, int(which)), stage.packages
    else:
        _, packages, read = _from_file(Path(which))
        item = read.item
    if isinstance(item, Container):
        raise typer.BadParameter("a chart shows one block, not a container", param_hint="ID|FILE")
    package = packages.get(item.instrument, item.package_version)
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
