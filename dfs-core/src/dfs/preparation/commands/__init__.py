"""``dfs ob``: Observation Blocks, in the service's database and in files."""

from __future__ import annotations

import typer

from dfs.preparation.commands import judging, many, tree, writing

app = typer.Typer(help="Observation Blocks: in the service's database, and in files.")
app.command("list")(tree.list_)
app.command()(writing.show)
app.command()(writing.export)
app.command()(judging.verify)
app.command()(judging.time)
app.command("import")(tree.import_)
app.command()(tree.new)
app.command()(writing.chart)
app.command()(many.targets)
app.command()(many.survey)
