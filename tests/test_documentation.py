"""The documentation is held to the code: commands run, the reference is current."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```\{code-block\} \S+\n:caption: (\S+)\n\n(.*?)^```", re.MULTILINE | re.DOTALL)
"""A file that the page shows, with its name; the commands find it in their folder."""
PAGES = sorted(p for p in DOCS.rglob("*.md") if "$ dfs" in p.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(DOCS).as_posix())
def test_every_command_shown_on_a_page_runs(page: Path, dfs, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    for name, content in FILE.findall(text):
        (tmp_path / name).write_text(content, "utf-8")
    lines = [
        line.removeprefix("$ dfs ")
        for block in CONSOLE.findall(text)
        for line in block.splitlines()
        if line.startswith("$ dfs ")
    ]
    assert lines
    for line in lines:
        command, _, code = line.partition("  # exit ")
        words = []
        for word in shlex.split(command, comments=True):
            matches = sorted(tmp_path.glob(word)) if "*" in word else []
            words += [str(m.relative_to(tmp_path)) for m in matches] or [word]
        dfs(*words, code=int(code or 0), cwd=tmp_path)


def test_no_page_shows_a_command_outside_a_console_block() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        shown = text.count("\n$ dfs ")
        inside = sum(
            block.count("\n$ dfs ") + block.startswith("$ dfs ") for block in CONSOLE.findall(text)
        )
        assert shown == inside, page


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # In a process of its own, where no test has defined error codes.
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, DOCS / "generate.py", folder], check=True)
    return folder


@pytest.mark.parametrize("name", ["commands", "errors", "settings", "verification"])
def test_the_generated_reference_is_current(name: str, generated: Path) -> None:
    expected = (generated / f"{name}.md").read_text("utf-8")
    found = (DOCS / "reference" / f"{name}.md").read_text("utf-8")
    assert found == expected, "run: python docs/generate.py"
