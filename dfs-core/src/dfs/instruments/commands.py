"""``dfs package``: what the blocks of an instrument can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfs.instruments.service import Packages
    from dfs.plugin import (
        ConstraintDefinition,
        InstrumentPackage,
        TemplateParameter,
        TemplateSignature,
    )

app = typer.Typer(help="List, show and check instrument packages.")

Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Instrument = Annotated[
    str,
    typer.Argument(metavar="INSTRUMENT", help="Id or INSTRUME value, in any case."),
]
INVENTED = "invented"


@app.command("list")
def list_packages(json: Json = False) -> None:
    """List the versions of every instrument's package, the newest last."""
    from dfs.foundation.errors import PluginError

    packages = _packages()
    found = []
    for instrument in packages.instruments():
        for version in packages.versions(instrument):
            try:
                each = packages.get(instrument, version)
            except PluginError as error:  # the others are listed all the same
                console.error(error)
                continue
            found.append((each.instrume, version, len(each.templates), len(each.constraints)))
    columns = ("instrument", "version", "templates", "constraints")
    if json:
        console.emit_json([dict(zip(columns, row, strict=True)) for row in found])
        return
    if not found:
        console.note("no installed plugin has an instrument package")
    console.table("Instrument packages", columns, found)


@app.command()
def show(
    instrument: Instrument,
    version: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION]", help="Of the package; the newest one by default."),
    ] = None,
    template: Annotated[
        str | None, typer.Argument(metavar="[TEMPLATE]", help="Show the parameters of this one.")
    ] = None,
    json: Json = False,
) -> None:
    """Show a package, or one of its templates with every parameter and its source.

    A template's name may stand in place of the version. What has no source is invented.
    """
    packages = _packages()
    if version is None:
        package = packages.latest(instrument)
    elif template is None and packages.latest(instrument).template(version) is not None:
        package, template = packages.latest(instrument), version
    else:
        package = packages.get(instrument, version)
    if template is None:
        _show_package(package, json)
    else:
        _show_template(package, template, json)


@app.command()
def check(
    instrument: Annotated[
        str | None,
        typer.Argument(metavar="[INSTRUMENT]", help="Id or INSTRUME value; all by default."),
    ] = None,
    json: Json = False,
) -> None:
    """Check the files of every version of a package; exit 1 if anything is wrong."""
    packages = _packages()
    readings = [
        (name, version, packages.reading(name, version))
        for name in ([instrument] if instrument else packages.instruments())
        for version in packages.versions(name)
    ]
    for name, version, reading in readings:
        for remark in reading.remarks:
            console.warn(f"{name} {version}: {remark}")
    columns = ("instrument", "version", "file", "key", "message")
    found = [
        (name, version, fault.file, fault.key, fault.message)
        for name, version, reading in readings
        for fault in reading.faults
    ]
    if json:
        console.emit_json([dict(zip(columns, row, strict=True)) for row in found])
    elif found:
        console.table("What is wrong", columns, found)
    if found:
        raise typer.Exit(ExitCode.FAILED)
    console.note(f"nothing is wrong in {len(readings)} packages")


def _packages() -> Packages:
    from dfs.host import load_host
    from dfs.instruments.service import Packages

    return Packages(load_host())


def _show_package(package: InstrumentPackage, json: bool) -> None:
    if json:
        console.emit_json(package.model_dump(mode="json"))
        return
    console.print_line(f"{package.instrume} {package.version}")
    console.table(
        "Templates",
        ("template", "type", "parameters", "title", "source"),
        [
            (each.name, each.kind, len(each.parameters), each.title, each.source or INVENTED)
            for each in package.templates
        ],
    )
    console.print_line()
    console.table(
        "Constraints",
        ("constraint", "sense", "default", "allowed", "unit", "label", "source"),
        [_constraint_row(each) for each in package.constraints],
    )


def _constraint_row(definition: ConstraintDefinition) -> Sequence[object]:
    from dfs.instruments.logic.constraints import as_parameter
    from dfs.instruments.logic.values import allowed

    return (
        definition.name,
        definition.sense,
        definition.default,
        allowed(as_parameter(definition)),
        definition.unit,
        definition.label,
        definition.source or INVENTED,
    )


def _show_template(package: InstrumentPackage, name: str, json: bool) -> None:
    from dfs.instruments.service import template_of

    template = template_of(package, name)
    if json:
        console.emit_json(template.model_dump(mode="json"))
        return
    console.print_line(f"{template.name} ({template.kind}) {template.title}".rstrip())
    console.table(
        f"{package.instrume} {package.version}",
        ("parameter", "type", "default", "allowed", "unit", "label", "notes", "source"),
        [_parameter_row(each) for each in template.parameters],
    )
    for line in _timing_lines(template):
        console.print_line(line)


def _parameter_row(parameter: TemplateParameter) -> Sequence[object]:
    from dfs.instruments.logic.values import allowed, spelt

    notes = [
        word for word, said in (("fixed", parameter.fixed), ("hidden", parameter.hidden)) if said
    ]
    return (
        parameter.name,
        parameter.type,
        "to be filled in" if parameter.default is None else spelt(parameter.default),
        allowed(parameter),
        parameter.unit,
        parameter.label,
        " ".join(notes),
        parameter.source or INVENTED,
    )


def _timing_lines(template: TemplateSignature) -> Sequence[str]:
    timing = template.timing
    if timing is None:
        return ["Its time is told by the plugin, if it can."]
    arms = [arm.name or arm.exposure for arm in timing.arms]
    exposes = f", then {', '.join(arms)} exposes" if arms else ""
    return [f"It takes {timing.fixed_s:g} s{exposes}."]
