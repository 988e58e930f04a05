"""``dfs reduce`` and ``dfs recipe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.ui import console
from dfs.ui.console import ExitCode

if TYPE_CHECKING:
    from dfs.organiser.model import Organisation
    from dfs.plugin import ParameterValue
    from dfs.reduction.model import BlockResult, PlannedBlock, ReductionReport
    from dfs.reduction.single import NamedRecipe

_PROBLEMS_SHOWN = 20

recipe = typer.Typer(no_args_is_help=True, help="Single recipes.")


def reduce(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, help="Folder of raw frames.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The workspace: products, logs, reports.")
    ] = Path("dfs-out"),
    instrument: Annotated[
        str | None, typer.Option(metavar="ID", help="Only frames of this instrument.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Blocks at a time; as many as there are cores."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Reduce a folder of raw frames: classify, organise, run every block, judge it."""
    from dfs.foundation.settings import load_settings
    from dfs.host import load_host
    from dfs.organiser.service import HeaderIndex, load_breakpoints, open_index, organise
    from dfs.reduction.service import plan_blocks, reduce_blocks
    from dfs.reduction.workspace import Workspace, check_outside

    check_outside(out, folder)
    settings = load_settings()
    host = load_host()
    breakpoints = load_breakpoints(settings.organiser.breakpoints)

    def organised(index: HeaderIndex | None) -> Organisation:
        with console.progress("reading headers") as bar:
            found = organise(
                host,
                [folder],
                instrument=instrument,
                index=index,
                breakpoints=breakpoints,
                progress=bar,
            )
        _warn_of(found, folder)
        return found

    if dry_run:
        index = open_index(settings.organiser.index)
        _show_plan(plan_blocks(host, organised(index)), as_json)
        return
    with Workspace.open(out, keep_work=settings.reduction.keep_work) as workspace:
        index = open_index(settings.organiser.index) or HeaderIndex(workspace.database)
        organisation = organised(index)
        with console.progress("reducing") as bar:
            report = reduce_blocks(
                host,
                organisation,
                workspace,
                jobs=jobs or settings.reduction.jobs or 1,
                memory_mb=settings.reduction.memory_mb,
                progress=bar,
            )
    for trouble in report.troubles:
        console.warn(trouble)
    _show_report(report, out, as_json)
    if report.cancelled:
        console.note("interrupted; nothing half-written stays")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if not report.all_done:
        raise typer.Exit(ExitCode.FAILED)


@recipe.callback()
def _about() -> None:
    """Single recipes: what there is, and one by hand."""


@recipe.command("list")
def list_(
    instrument: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Only this instrument's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the recipes of the installed instruments."""
    from dfs.host import load_host
    from dfs.reduction.single import list_recipes

    found = list_recipes(load_host(), instrument)
    if as_json:
        console.emit_json([_recipe_json(named) for named in found])
        return
    rows = [
        (named.name, named.recipe.title, " ".join(p.category for p in named.recipe.products))
        for named in found
    ]
    console.table("Recipes", ("recipe", "title", "products"), rows)


@recipe.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID.NAME", help="The recipe.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show what a recipe takes, makes and can be told."""
    from dfs.host import load_host
    from dfs.reduction.single import find_recipe

    named = find_recipe(load_host(), name)
    if as_json:
        console.emit_json(_recipe_json(named))
        return
    chosen = named.recipe
    console.print_line(f"{named.name}: {chosen.title}")
    console.print_line(f"from {named.instrument.source}")
    console.print_line(f"at most {chosen.memory_mb} MB and {chosen.time_limit_s:g} s")
    inputs = [(i.tag, _range(i.minimum, i.maximum), i.help) for i in chosen.inputs]
    console.table("Inputs", ("tag", "frames", "use"), inputs)
    console.table(
        "Products", ("category", "content"), [(p.category, p.help) for p in chosen.products]
    )
    if chosen.parameters:
        rows = [
            (
                p.name,
                p.type,
                p.default,
                "|".join(map(str, p.choices)) or _range(p.minimum, p.maximum),
                p.help,
            )
            for p in chosen.parameters
        ]
        console.table("Parameters", ("parameter", "type", "default", "allowed", "meaning"), rows)


@recipe.command()
def run(
    name: Annotated[str, typer.Argument(metavar="ID.NAME", help="The recipe.")],
    sof: Annotated[Path, typer.Argument(metavar="FILE.sof", help="Set of frames, `path TAG`.")],
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Set a parameter; may be given several times."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for products and log.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Run one recipe on a set of frames."""
    from dfs.host import load_host
    from dfs.reduction.single import run_recipe

    result = run_recipe(load_host(), name, sof, out, parameters=_parameters(param or []))
    if as_json:
        console.emit_json(_result_json(result))
    else:
        for product in result.products:
            console.print_line(f"{product.category}\t{out / product.path}")
        _show_scores(result)
        console.print_line(f"log\t{out / result.log}")
    if result.code:
        console.error(f"{result.detail} [{result.code}]")
        raise typer.Exit(ExitCode.FAILED)


def _warn_of(organisation: Organisation, folder: Path) -> None:
    from dfs.foundation.errors import UserError
    from dfs.reduction.errors import NOTHING

    for problem in organisation.problems[:_PROBLEMS_SHOWN]:
        console.warn(f"{problem.path}: {problem.detail} [{problem.code}]")
    if (more := len(organisation.problems) - _PROBLEMS_SHOWN) > 0:
        console.warn(f"{more} more files have problems; `dfs organise {folder}` names them all")
    if not organisation.blocks:
        frames = len(organisation.frames)
        raise UserError(NOTHING, f"{frames} frames make no reduction block", where=str(folder))


def _parameters(given: list[str]) -> dict[str, ParameterValue]:
    from dfs.foundation.errors import UserError
    from dfs.reduction.errors import PARAMETER_SYNTAX

    values: dict[str, ParameterValue] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(PARAMETER_SYNTAX, f"{text!r} is not KEY=VALUE")
        values[key.strip()] = value
    return values


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if low == high:
        return f"{low}"
    return f"{'' if low is None else low}…{'' if high is None else high}"


def _show_plan(plan: tuple[PlannedBlock, ...], as_json: bool) -> None:
    if as_json:
        from dfs.organiser.service import block_to_json

        console.emit_json(
            [
                {
                    "block": block_to_json(planned.block),
                    "state": planned.state.value,
                    "code": planned.code,
                    "detail": planned.detail,
                    "memory_mb": planned.memory_mb,
                }
                for planned in plan
            ]
        )
        return
    rows = [
        (
            planned.block.id,
            planned.block.action,
            planned.block.recipe,
            len(planned.block.inputs),
            planned.state,
            planned.block.level.name.lower(),
            planned.detail,
        )
        for planned in plan
    ]
    columns = ("block", "action", "recipe", "frames", "state", "level", "why not")
    console.table("What would run", columns, rows)


def _show_report(report: ReductionReport, out: Path, as_json: bool) -> None:
    if as_json:
        console.emit_json(
            {
                "workspace": str(out),
                "cancelled": report.cancelled,
                "report": report.page,
                "blocks": [_result_json(result) for result in report.results],
            }
        )
        return
    rows = [
        (
            result.block.id,
            result.block.recipe,
            result.state,
            "" if result.seconds is None else f"{result.seconds:.1f}",
            result.block.level.name.lower(),
            _worst(result),
            f"{result.detail} [{result.code}]" if result.code else "",
        )
        for result in report.results
    ]
    columns = ("block", "recipe", "state", "seconds", "level", "quality", "problem")
    console.table("Reduction blocks", columns, rows)
    console.print_line(f"products\t{out / 'products'}")
    console.print_line(f"logs\t{out / 'logs'}")
    if report.page:
        console.print_line(f"quality\t{out / report.page}")


def _worst(result: BlockResult) -> str:
    from dfs.quality.logic import worst

    return worst([score.verdict for score in result.scores]).value if result.scores else ""


def _show_scores(result: BlockResult) -> None:
    rows = [
        (m.name, f"{m.value:g}", m.category, score.verdict, score.reason)
        for m, score in zip(result.measurements, result.scores, strict=True)
    ]
    if rows:
        console.table("Quality", ("parameter", "value", "product", "verdict", "reason"), rows)


def _recipe_json(named: NamedRecipe) -> dict[str, Any]:
    declared = named.recipe.model_dump(mode="json", exclude={"function"})
    source = {"distribution": named.instrument.distribution, "version": named.instrument.version}
    return {"id": named.name, "instrument": named.instrument.id, **source, **declared}


def _result_json(result: BlockResult) -> dict[str, Any]:
    from dfs.reduction.serialise import result_to_json

    return result_to_json(result)
