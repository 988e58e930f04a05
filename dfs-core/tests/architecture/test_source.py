"""What the source of the core may contain."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2]
SOURCE = CORE / "src" / "dfs"
TEMPLATE = SOURCE / "scaffold" / "template"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if TEMPLATE not in path.parents)
PURE = [path for path in MODULES if path.name in {"model.py", "logic.py"}]

IMPURE = {"os", "pathlib", "shutil", "subprocess", "time", "random", "sqlalchemy", "fastapi"}
CLOCKS = {"system_clock"}


def name_of(path: Path) -> str:
    return str(path.relative_to(CORE))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """Every dotted name that a module imports, for modules and for names from them."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{a.name}" for a in node.names}
    return found


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_values_and_rules_are_pure(path):
    used = imports(path)

    assert not {name for name in used if name.split(".")[0] in IMPURE}
    assert not {name for name in used if name.rsplit(".", 1)[-1] in CLOCKS}


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_values_and_rules_never_ask_the_clock(path):
    called = {
        node.func.attr
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not called & {"now", "utcnow", "today"}


def test_the_core_imports_no_plugin():
    assert not {
        f"{name_of(path)}: {name}"
        for path in MODULES
        for name in imports(path)
        if name.startswith("dfs_")
    }


def test_no_assertion_is_left_in_the_source():
    """``python -O`` takes them out, and a user cannot act on one."""
    assert not [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Assert)
    ]


def test_no_except_catches_it_knows_not_what():
    assert not [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]


# In pieces, for this file lies under the core as well.
REAL_INSTRUMENTS = {
    "".join(pieces)
    for pieces in (
        ("uv", "es"),
        ("fo", "rs"),
        ("vim", "os"),
        ("vir", "cam"),
        ("x-?sh", "ooter"),
        ("x", "sh"),
    )
}


def test_no_file_of_the_core_names_a_real_instrument():
    plugins = (CORE.parent / "plugins").glob("dfs-*")
    names = REAL_INSTRUMENTS | {path.name.removeprefix("dfs-") for path in plugins}
    # An underscore or a figure ends a name, as in an import or in a channel's INSTRUME.
    named = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(names))})(?![a-z])", re.IGNORECASE)

    found = []
    for path in sorted(CORE.rglob("*")):
        parts = path.relative_to(CORE).parts
        if not path.is_file() or any(p.startswith(".") or p == "__pycache__" for p in parts):
            continue
        if named.search("/".join(parts)):
            found.append(name_of(path))
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{name_of(path)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(text.splitlines(), 1)
            if named.search(line)
        ]
    assert not found
