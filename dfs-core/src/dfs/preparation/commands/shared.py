"""What the commands share: options, and an item wherever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.host import Host
    from dfs.instruments.service import Packages
    from dfs.plugin import Container, ObservationBlock
    from dfs.preparation.formats.archive import Bundle
    from dfs.preparation.formats.reading import ReadFile

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


@dataclass(frozen=True, slots=True)
class Opened:
    """A block or container, and who knows its instrument.

    Parameters
    ----------
    bundle : the item, with its files where they were asked for.
    host, packages : of the instruments.
    run : code of its run; empty of a file.
    """

    bundle: Bundle
    host: Host
    packages: Packages
    run: str = ""

    @property
    def item(self) -> ObservationBlock | Container:
        """The block or container."""
        return self.bundle.item


def opened(
    which: str, database: str | None, user: str | None, *, with_files: bool = False
) -> Opened:
    """Take an item out of the database, if an id is given, or out of a file."""
    from dfs.preparation.formats.archive import Bundle

    if which.isdecimal():
        return _from_database(int(which), database, user, with_files=with_files)
    host, packages, read = from_file(Path(which))
    return Opened(Bundle(read.item, read.files), host, packages)


def _from_database(
    item_id: int, database: str | None, user: str | None, *, with_files: bool
) -> Opened:
    from dfs.preparation.desk import preparation_desk
    from dfs.preparation.formats.archive import Bundle
    from dfs.preparation.service import exchange, items
    from dfs.preparation.service.runs import prepared_run

    with preparation_desk(database, user) as (stage, who):
        item = items.item(stage, who, item_id)
        run = prepared_run(stage, who, item.run_id).run
        if with_files:
            bundle = exchange.bundle(stage, who, item_id)
        elif item.is_block:
            bundle = Bundle(items.block(stage, who, item_id).block, {})
        else:
            bundle = Bundle(items.container(stage, who, item_id), {})
        return Opened(bundle, stage.host, stage.packages, run.code)


def from_file(path: Path) -> tuple[Host, Packages, ReadFile]:
    """Read a file, with the instruments that are installed here."""
    from dfs.host import load_host
    from dfs.instruments.service import Packages
    from dfs.preparation.alone import read_file

    host = load_host()
    packages = Packages(host)
    read = read_file(path, packages)
    for remark in read.remarks:
        console.warn(remark)
    return host, packages, read
