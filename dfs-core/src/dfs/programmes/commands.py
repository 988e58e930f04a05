"""``dfs run``: programmes and their runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.programmes.model import Run

app = typer.Typer(help="Programmes and their runs: time that was granted.")

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The service's database, instead of the settings'."),
]
User = Annotated[str | None, typer.Option("--user", metavar="USERNAME", help="Act for this user.")]
Code = Annotated[str, typer.Argument(metavar="RUN", help="Code of the run, e.g. '60.A-9253(N)'.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="TOML or JSON."),
    ],
    database: Database = None,
) -> None:
    """Import programmes and their runs; all of the file or nothing."""
    from dfs.accounts.desk import desk
    from dfs.foundation.clock import system_clock
    from dfs.programmes import service
    from dfs.programmes.document import read

    document = read(file)
    with desk(database) as (engine, _):
        for code in service.import_runs(engine, system_clock, document):
            console.print_line(code)


@app.command("list")
def list_(database: Database = None, user: User = None, as_json: Json = False) -> None:
    """List the runs."""
    from sqlalchemy.orm import Session

    from dfs.accounts.desk import desk
    from dfs.programmes import service

    with desk(database, user) as (engine, who), Session(engine) as session:
        found = service.runs_of(session, who)
    if as_json:
        console.emit_json([_plain(run) for run in found])
        return
    console.table(
        "Runs",
        ("run", "instrument", "telescope", "mode", "period", "class", "hours", "PI", "title"),
        [
            (
                run.code,
                run.instrument,
                run.telescope,
                run.mode,
                run.period,
                run.rank_class,
                f"{run.allocated_s / 3600:g}",
                run.pi.name,
                run.title,
            )
            for run in found
        ],
    )


@app.command()
def show(code: Code, database: Database = None, user: User = None, as_json: Json = False) -> None:
    """Show a run."""
    from sqlalchemy.orm import Session

    from dfs.accounts.desk import desk
    from dfs.programmes import service

    with desk(database, user) as (engine, who), Session(engine) as session:
        found = service.run_of_code(session, who, code)
    if as_json:
        console.emit_json(_plain(found))
        return
    console.table(found.code, ("", ""), [(k, _text(v)) for k, v in _plain(found).items()])


def _text(value: object) -> str:
    return "–" if value in ("", [], {}) else str(value)


def _plain(run: Run) -> dict[str, object]:
    return {
        "code": run.code,
        "title": run.title,
        "pi": run.pi.username,
        "instrument": run.instrument,
        "telescope": run.telescope,
        "mode": run.mode,
        "period": run.period,
        "scheduled_period": run.scheduled_period,
        "rank_class": run.rank_class,
        "allocated_s": run.allocated_s,
        "is_too": run.is_too,
        "too_triggers": run.too_triggers,
        "constraints": dict(run.constraints),
        "targets": [target.name for target in run.targets],
    }


@app.command()
def delegate(
    code: Code,
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="Who acts for the PI.")],
    end: Annotated[
        bool, typer.Option("--end", help="Let them not act for the PI any more.")
    ] = False,
    database: Database = None,
    user: User = None,
) -> None:
    """Let somebody act for the PI in a run."""
    from sqlalchemy.orm import Session

    from dfs.accounts.desk import desk
    from dfs.programmes import service

    with desk(database, user) as (engine, who):
        with Session(engine) as session:
            run = service.run_of_code(session, who, code)
        change = service.end_delegation if end else service.delegate
        change(engine, who, run.id, username)
    console.print_line(f"{code}: {username} {'does not act' if end else 'acts'} for the PI")
