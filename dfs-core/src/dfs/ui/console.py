"""Console output: tables and trees on a terminal, plain text in a pipe, JSON on request.

What a command answers goes to standard output, what it says on the way (progress,
warnings, errors) to standard error, so that a pipe carries only the answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.tree import Tree

    from dfs.foundation.errors import DfsError


class ExitCode(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    """All that was asked for is done."""
    FAILED = 1
    """Something failed, was found wrong, or is missing."""
    USAGE = 2
    """The command was not understood; nothing was done."""
    INTERRUPTED = 130
    """Ended by the user; nothing half-written stays."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a tree and what hangs below it."""

    label: str
    children: Sequence[Branch] = field(default_factory=tuple)


def emit_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    json.dump(value, sys.stdout, indent=2, default=_plain, allow_nan=False)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


def print_line(text: str = "") -> None:
    """Write a line of the answer to standard output."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Say something on the way, to standard error."""
    sys.stderr.write(f"{text}\n")


def warn(text: str) -> None:
    """Warn, to standard error."""
    _say("warning", "yellow", text)


def error(problem: DfsError | str) -> None:
    """Say what is wrong, and for a coded error what to do, to standard error."""
    _say("error", "bold red", str(problem))
    if not isinstance(problem, str):
        note(f"  {problem.code.remedy}")


def _say(word: str, style: str, text: str) -> None:
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.text import Text

        Console(stderr=True).print(Text.assemble((f"{word}: ", style), text), soft_wrap=True)
    else:
        note(f"{word}: {text}")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table: drawn on a terminal, tab-separated lines with a header in a pipe."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(*columns, title=title or None, title_justify="left")
        for row in rows:
            drawn.add_row(*(Text(str(cell)) for cell in row))
        Console().print(drawn)
        return
    print_line("\t".join(columns))
    for row in rows:
        print_line("\t".join(" ".join(str(cell).split("\t")) for cell in row))


def tree(root: Branch) -> None:
    """Write a tree: drawn on a terminal, indented lines in a pipe."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.text import Text
        from rich.tree import Tree

        def grow(parent: Tree, branch: Branch) -> None:
            node = parent.add(Text(branch.label))
            for child in branch.children:
                grow(node, child)

        drawn = Tree(Text(root.label))
        for child in root.children:
            grow(drawn, child)
        Console().print(drawn)
        return

    def indent(branch: Branch, depth: int) -> None:
        print_line(f"{'  ' * depth}{branch.label}")
        for child in branch.children:
            indent(child, depth + 1)

    indent(root, 0)


class Progress(Protocol):
    """Tells how far a long job is."""

    def update(self, done: int, total: int | None, message: str = "") -> None:
        """Say that ``done`` of ``total`` are done; None where nobody knows the total."""


class _Silent:
    def update(self, done: int, total: int | None, message: str = "") -> None:
        """Say nothing: in a pipe nobody watches."""


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show a progress bar on standard error while the block runs; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    with RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[message]}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        job = bar.add_task(title, total=None, message="")

        class _Bar:
            def update(self, done: int, total: int | None, message: str = "") -> None:
                bar.update(job, completed=done, total=total, message=message)

        yield _Bar()
