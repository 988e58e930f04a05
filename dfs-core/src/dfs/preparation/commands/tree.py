"""``dfs ob list|import|new``: the tree of a run in the service's database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.preparation.commands.shared import Database, Json, RunCode, User
from dfs.ui import console
from dfs.ui.console import Branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfs.preparation.model import Item
    from dfs.preparation.service import Preparation
    from dfs.programmes.model import Run
    from dfs.ui.principal import Principal


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
