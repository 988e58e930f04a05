"""Executes docs/plugins/write-a-plugin.md from the first line to the last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "plugins" / "write-a-plugin.md"
BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
PLUGIN = "dfs-mycam"


def blocks() -> Iterator[tuple[str, str, str]]:
    for match in BLOCK.finditer(PAGE.read_text("utf-8")):
        yield match["language"], match["text"], match["file"] or ""


def run(command: list[str], cwd: Path, environment: dict[str, str], **options: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(not PAGE.is_file(), reason="the documentation is not beside the tests")
def test_who_follows_the_tutorial_arrives(
    tmp_path: Path,
    dfs_environment: Callable[..., dict[str, str]],
    install: Callable[[Path], dict[str, str]],
) -> None:
    environment = dfs_environment(PYTHONPATH=os.environ.get("PYTHONPATH", ""))
    installed = False
    said = []
    for language, text, file in blocks():
        if language == "diff":
            run(["git", "apply", "-"], tmp_path / PLUGIN, environment, input=text)
        elif language == "python":
            path = tmp_path / PLUGIN / file
            assert file and not path.exists()
            path.write_text(text, "utf-8")
        else:
            assert language == "sh"
            for line in text.splitlines():
                if line == f"pip install -e ./{PLUGIN}":
                    installed = True
                    continue
                if installed:  # editable: it follows every change
                    environment = install(tmp_path / PLUGIN)
                said.append(run(command(line), tmp_path, environment))
    assert "QC.BIAS.STRUCTX" in said[-1]
    assert "QC.DARK.CURRENT" in said[-1]
    assert len(list((tmp_path / "reduced-2" / "products").glob("*/*/*.fits"))) == 3


def command(line: str) -> list[str]:
    program, *arguments = line.split()
    return {
        "dfs": [sys.executable, "-m", "dfs"],
        "python": [sys.executable],
    }[program] + arguments
