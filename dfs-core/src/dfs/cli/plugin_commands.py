"""``dfs plugin``: instruments, as installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dfs.ui import console
from dfs.ui.console import Branch, ExitCode

if TYPE_CHECKING:
    from dfs.host import Host, PluginReport, RegisteredInstrument
    from dfs.testkit.report import Check, ConformanceReport

app = typer.Typer(help="List, show, check and make instrument plugins.")

JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def _installed_ids(incomplete: str) -> list[str]:
    from dfs.host.discovery import names

    return [name for name in names() if name.startswith(incomplete.casefold())]


IdArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Id or INSTRUME value, in any case.", autocompletion=_installed_ids
    ),
]


@app.command("list")
def list_plugins(json: JsonOption = False) -> None:
    """List every plugin that is installed, ready or not, with the reason."""
    host = _host()
    if json:
        console.emit_json([_report_json(report) for report in host.plugins])
        return
    if not host.plugins:
        console.note("no instrument plugin is installed; `dfs plugin new NAME` makes one")
    console.table(
        "Instrument plugins",
        ("id", "state", "distribution", "INSTRUME", "reason"),
        [
            (
                report.id,
                report.state,
                report.source,
                " ".join(report.instrument.instrume) if report.instrument else "",
                report.reason,
            )
            for report in host.plugins
        ],
    )


@app.command()
def show(id: IdArgument, json: JsonOption = False) -> None:  # noqa: A002
    """Show what a plugin declares."""
    host = _host()
    instrument = host.resolve(id)
    report = next(r for r in host.plugins if r.id == instrument.id)
    if json:
        console.emit_json(_report_json(report) | _declared_json(host, instrument))
    else:
        console.tree(_declared_tree(host, report, instrument))


@app.command()
def check(
    id: IdArgument,  # noqa: A002
    level: Annotated[
        Literal["declares", "operates", "reduces"],
        typer.Option(help="How far to check; each level includes the one before."),
    ] = "reduces",
    json: JsonOption = False,
) -> None:
    """Check that a plugin keeps the contract; exit 1 if it does not."""
    from dfs.testkit.conformance import check_instrument
    from dfs.testkit.report import Level

    host = _host()
    report = check_instrument(host, host.resolve(id).id, Level(level))
    if json:
        console.emit_json(report.to_json())
    else:
        console.tree(_check_tree(report))
    if not report.passed:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Id of the new instrument.")],
    out: Annotated[
        Path, typer.Option("--out", help="Folder in which the plugin's folder is made.")
    ] = Path(),
) -> None:
    """Write a new plugin that installs and passes `dfs plugin check` at once."""
    from dfs.scaffold.service import new_plugin

    console.print_line(str(new_plugin(name, out)))


def _host() -> Host:
    """Make the host without insisting on required plugins: one comes here to see why."""
    from dfs.foundation.settings import load_settings
    from dfs.host import Host

    return Host.load(load_settings().plugins)


def _report_json(report: PluginReport) -> dict[str, Any]:
    instrument = report.instrument
    return {
        "id": report.id,
        "state": report.state,
        "distribution": report.distribution,
        "version": report.version,
        "module": report.module,
        "api": report.api,
        "reason": report.reason,
        "instrument": instrument.model_dump(mode="json") if instrument else None,
    }


def _declared_json(host: Host, instrument: RegisteredInstrument) -> dict[str, Any]:
    rules, plan = instrument.rules, instrument.calibration_plan
    return {
        "hooks": _hooks(host, instrument),
        "rules": rules.model_dump(mode="json") if rules else None,
        "calibration_plan": plan.model_dump(mode="json") if plan else None,
        "recipes": [r.model_dump(mode="json") for r in instrument.recipes.values()],
        "workflows": [w.model_dump(mode="json") for w in instrument.workflows.values()],
        "quality_parameters": [
            p.model_dump(mode="json") for p in instrument.quality_parameters.values()
        ],
    }


def _declared_tree(host: Host, report: PluginReport, instrument: RegisteredInstrument) -> Branch:
    declared = instrument.instrument
    rules = instrument.rules.files if instrument.rules else ()
    parts = {
        f"INSTRUME {', '.join(declared.instrume)}": [],
        "detectors": [
            f"{d.id}: {d.title}, {d.size_x_px} × {d.size_y_px} px" for d in declared.detectors
        ],
        "modes": [f"{mode.id}: {mode.title}" for mode in declared.modes],
        "rules": [instrument.resource_name(resource) for resource in rules],
        "recipes": [f"{recipe.name}: {recipe.title}" for recipe in instrument.recipes.values()],
        "targets": [f"{w.target}: {w.title}" for w in instrument.workflows.values()],
        "quality parameters": [
            f"{p.name}: {p.help}" for p in instrument.quality_parameters.values()
        ],
        "hooks": _hooks(host, instrument),
    }
    return Branch(
        f"{instrument.id}: {declared.title} ({report.source}, API {report.api})",
        [Branch(title, [Branch(line) for line in lines]) for title, lines in parts.items()],
    )


def _check_tree(report: ConformanceReport) -> Branch:
    verdict = "keeps the contract" if report.passed else "does not keep the contract"
    return Branch(
        f"{report.instrument} ({report.distribution}) {verdict}",
        [
            Branch(level, [Branch(_check_line(check)) for check in checks])
            for level, checks in report.by_level()
        ],
    )


def _check_line(check: Check) -> str:
    detail = f": {check.detail}" if check.detail else ""
    return f"{'ok' if check.ok else 'FAILED'}  {check.name}{detail}"


def _hooks(host: Host, instrument: RegisteredInstrument) -> list[str]:
    from dfs.plugin.hookspecs import HOOKS

    return [hook for hook in HOOKS if host.implements(instrument.id, hook)]
