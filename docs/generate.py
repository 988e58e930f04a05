"""Write the generated pages of the reference: ``python docs/generate.py [FOLDER]``.

A test compares the committed pages with what this makes.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import dfs

HERE = Path(__file__).parent
_NOT_OURS = (".migrations", ".template", "__main__")


def import_all() -> None:
    """Import every module of the core, so that each has defined what it defines."""
    for module in pkgutil.walk_packages(dfs.__path__, "dfs."):
        if not any(part in module.name for part in _NOT_OURS):
            importlib.import_module(module.name)


def errors() -> str:
    """Make the page of error codes."""
    from dfs.foundation.errors import CODES

    import_all()
    lines = [
        "# Error codes",
        "",
        "Every error that DFS reports on purpose carries one of these codes in brackets.",
        "They are stable: scripts may rely on them. Generated from the code.",
        "",
    ]
    for code in sorted(CODES.values(), key=lambda c: c.name):
        lines += [f"## `{code.name}`", "", f"{code.summary} {code.remedy}", ""]
    return "\n".join(lines)


def verification() -> str:
    """Make the page of the core's rules of Phase 2."""
    from dfs.preparation.verification import RULES

    lines = [
        "# Verification",
        "",
        "What must hold of a block, a container or a run before it may be observed, whatever the",
        "instrument. Codes are stable. Numbers are those of the field's catalogue of Phase 2",
        "rules. Rule 18 (who may edit and delete in which status) is refused when it is tried,",
        "not found later; rule 19 (guide stars, position angles) belongs to the instruments.",
        "Not looked at yet: day calibrations at night (of 21; a package does not say what is",
        "one), exposure-time estimates and the level of a target of opportunity (of 22).",
        "A WAIVERABLE ERROR forbids the observation unless a waiver was granted for the run and",
        "its code; then it is a remark that names who granted it. Generated from the code.",
        "",
        "| no. | code | severity | what must hold | source |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {rule.number or '–'} | `{rule.code}` | {rule.severity} "
        f"| {rule.meaning} | {rule.source} |"
        for rule in RULES
    ]
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Make the page of settings."""
    from dfs.foundation.settings import Settings

    lines = [
        "# Settings",
        "",
        "One TOML file (`dfs.toml` in the working folder, or in the user's configuration",
        "folder, or named by `DFS_CONFIG`) and the environment, which wins. Generated from",
        "the code; `dfs config show` prints the values in force and where each comes from.",
        "",
        "| setting | environment | default | meaning |",
        "|---|---|---|---|",
    ]
    for section, field in Settings.model_fields.items():
        model: Any = field.annotation
        for name, entry in model.model_fields.items():
            default = "by the machine" if entry.default_factory else f"`{entry.default}`"
            lines.append(
                f"| `{section}.{name}` | `DFS_{section.upper()}__{name.upper()}` "
                f"| {default} | {entry.description} |"
            )
    return "\n".join([*lines, ""])


def commands() -> str:
    """Make the page of commands."""
    from dfs.cli.lazy import load
    from dfs.cli.table import commands as table

    lines = [
        "# Commands",
        "",
        "In the order of the flow. Generated from the commands themselves.",
        "",
    ]
    found = (walk(load(entry), ("dfs", entry.name)) for entry in table())
    for path, command in chain.from_iterable(found):
        lines += [f"## `{' '.join(path)}`", "", clean(command.help or ""), ""]
        rows = [describe(p) for p in command.params if not getattr(p, "hidden", False)]
        rows = [row for row in rows if "--help" not in row]
        if rows:
            lines += ["| argument or option | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every command below a group, with its path."""
    if hasattr(command, "list_commands"):
        context = command.make_context(path[-1], [], resilient_parsing=True)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from walk(child, (*path, name))
    else:
        yield path, command


def clean(text: str) -> str:
    """Put a docstring into running text."""
    return re.sub(r"\n(?!\n)[ \t]*", "\n", text.replace("\b", "").replace("\f", "")).strip()


def describe(parameter: Any) -> str:
    """Make the table row of an argument or option."""
    if parameter.param_type_name == "argument":
        name = (parameter.metavar or parameter.name).upper().replace("...", "…")
    else:
        name = ", ".join([*parameter.opts, *parameter.secondary_opts])
    meaning = " ".join((getattr(parameter, "help", None) or "").split())
    default = parameter.default
    shown = default not in (None, False, True, (), []) and not callable(default)
    return f"| `{name}` | {meaning}{f' (default: {default})' if shown else ''} |"


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "errors": errors,
    "settings": settings,
    "verification": verification,
}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "reference"
    for page, make in PAGES.items():
        (folder / f"{page}.md").write_text(make(), encoding="utf-8")
