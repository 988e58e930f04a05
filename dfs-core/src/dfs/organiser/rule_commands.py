"""``dfs rules``: check, format and show rule files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dfs.foundation.errors import UserError
from dfs.ui import console
from dfs.ui.console import Branch, ExitCode

if TYPE_CHECKING:
    from dfs.organiser.rules import LintWarning, RuleSet

app = typer.Typer(help="Check, format and show rule files.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Rule files.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@app.command()
def check(
    files: Files,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on a warning, too.")] = False,
    together: Annotated[
        bool, typer.Option("--together", help="Take the files as one rule set.")
    ] = False,
    dictionary: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Data-interface dictionary; may be given again."),
    ] = None,
    json: Json = False,
) -> None:
    """Say what is wrong, or probably wrong, in rule files.

    Exits with 1 if a file does not parse, or with --strict if there is a warning.
    """
    from dfs.organiser.rules import RuleSet, lint_rules, load_dictionaries, load_rules

    known = load_dictionaries(dictionary) if dictionary else None
    refused: list[UserError] = []
    parsed: list[RuleSet] = []
    for file in files:
        try:
            parsed.append(load_rules(file))
        except UserError as error:
            refused.append(error)
    if together:
        parsed = [sum(parsed, RuleSet())]
    warnings = [warning for rules in parsed for warning in lint_rules(rules, known)]
    if json:
        console.emit_json(
            {"errors": [_error(e) for e in refused], "warnings": [_warning(w) for w in warnings]}
        )
    else:
        for problem in refused:
            console.print_line(f"{problem.where}: {problem.code}: {problem.detail}")
        for warning in warnings:
            console.print_line(str(warning))
    if refused or (strict and warnings):
        raise typer.Exit(ExitCode.FAILED)


def _error(error: UserError) -> dict[str, Any]:
    return {"where": error.where, "code": error.code.name, "message": error.detail}


def _warning(warning: LintWarning) -> dict[str, Any]:
    return {
        "file": warning.file,
        "line": warning.position.line,
        "column": warning.position.column,
        "rule": warning.rule,
        "message": warning.message,
    }


@app.command("format")
def format_files(
    files: Files,
    write: Annotated[bool, typer.Option("--write", help="Rewrite the files.")] = False,
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if a file would change.")
    ] = False,
) -> None:
    """Print rule files in canonical form, comments kept, macros and included files expanded."""
    from dfs.foundation.files import atomic_write
    from dfs.organiser.rules import formatted_file

    changed = False
    for file in files:
        before, after = formatted_file(file, in_place=write or check_only)
        differs = before != after
        changed = changed or differs
        if differs and write:
            with atomic_write(file) as out:
                out.write(after.encode())
        elif differs and check_only:
            console.print_line(str(file))
        elif not write and not check_only:
            console.print_line(after.removesuffix("\n"))
    if check_only and changed:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def show(files: Files, json: Json = False) -> None:
    """Show what rule files do: classes, groups, and actions with inputs and products."""
    from dfs.organiser.rules import load_rules, summary

    described = summary(load_rules(*files))
    if json:
        console.emit_json(described)
    else:
        console.tree(_tree(" ".join(map(str, files)), described))


def _tree(title: str, described: dict[str, Any]) -> Branch:
    classification = described["classification"]
    return Branch(
        title,
        (
            Branch(
                f"classification: {classification['rules']} rules",
                tuple(
                    Branch(keyword, tuple(Branch(value) for value in values))
                    for keyword, values in classification["targets"].items()
                ),
            ),
            Branch("groups", tuple(_group_branch(group) for group in described["groups"])),
            Branch("actions", tuple(_action_branch(action) for action in described["actions"])),
        ),
    )


def _group_branch(group: dict[str, Any]) -> Branch:
    details = [group["where"] or "all files"]
    if group["keys"]:
        details.append(
            f"{'cluster' if group['cluster'] else 'group'} by {', '.join(group['keys'])}"
        )
    if group["minimum"] > 1 or group["maximum"] is not None:
        details.append(f"{group['minimum']}..{group['maximum'] or ''} files")
    return Branch(f"{group['action']} from {group['source']}", tuple(map(Branch, details)))


def _action_branch(action: dict[str, Any]) -> Branch:
    return Branch(
        action["name"],
        (
            *(
                Branch(" ".join(["recipe", recipe["name"], *recipe["options"]]))
                for recipe in action["recipes"]
            ),
            *(
                Branch(
                    f"needs {needed['tag']} {needed['minimum']}..{needed['maximum']} "
                    f"from {needed['source']}"
                )
                for needed in action["inputs"]
            ),
            *(
                Branch(
                    f"makes {made['name']}",
                    tuple(Branch(f"{k} = {v}") for k, v in made["assignments"].items()),
                )
                for made in action["products"]
            ),
        ),
    )
