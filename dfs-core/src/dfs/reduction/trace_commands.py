"""``dfs trace``: where a product comes from, and how to make it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dfs.ui import console

if TYPE_CHECKING:
    from dfs.reduction.provenance.tree import TracedFile


def trace(
    product: Annotated[
        str,
        typer.Argument(
            metavar="PRODUCT", help="A FITS file, a product's id, or the beginning of its block's."
        ),
    ],
    workspace: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder that 'dfs reduce' wrote to.")
    ] = Path("dfs-out"),
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Show so many generations of inputs."),
    ] = None,
    prov: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write W3C PROV-JSON there.")
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a script there that makes the product again."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show where a product comes from, back to the raw frames."""
    from dfs.foundation.files import atomic_write
    from dfs.reduction.provenance.service import trace_product
    from dfs.reduction.provenance.views import branch, to_json

    found = trace_product(product, workspace)
    for trouble in found.troubles:
        console.warn(trouble)
    if prov:
        from dfs.reduction.provenance.w3c import prov_json

        with atomic_write(prov) as file:
            file.write(f"{prov_json(found.product)}\n".encode())
    if script:
        _write_script(found.product, script)
    if as_json:
        console.emit_json(to_json(found.product, depth))
    else:
        console.tree(branch(found.product, depth))
    for what, written in (("provenance", prov), ("script", script and script / "reduce.sh")):
        if written:
            console.note(f"{what} written to {written}")


def _write_script(product: TracedFile, folder: Path) -> None:
    from dfs.foundation.settings import load_settings
    from dfs.host import load_host
    from dfs.reduction.provenance.recreate import write_script
    from dfs.reduction.runners import Preference, Runners

    runners = Runners.configured(load_settings().reduction, Preference.ESOREX)
    for trouble in write_script(load_host(), product, folder, runners):
        console.warn(trouble)
