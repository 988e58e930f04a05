"""Law 4: a plugin imports the public contract, and never another plugin."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = sorted((Path(__file__).parent.parent / "plugins").glob("dfs-*"))
PUBLIC = ("dfs.plugin", "dfs.algorithms")


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield file, node.module or ""


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: p.name)
def test_a_plugin_imports_only_the_public_contract(plugin: Path) -> None:
    own = plugin.name.replace("-", "_")
    wrong = [
        f"{file.relative_to(plugin)} imports {name}"
        for file, name in imports(plugin / "src")
        if name.split(".")[0].startswith("dfs") and not within(name, (*PUBLIC, own))
    ]
    assert wrong == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda p: p.name)
def test_admission_imports_nothing_heavy_of_a_plugin(plugin: Path) -> None:
    module = f"{plugin.name.replace('-', '_')}.plugin"
    code = (
        f"import sys, {module}; print(sorted({{'numpy', 'astropy', 'scipy'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
