"""The real recipes as peers: esorex called by hand, timed by itself, its memory by the system."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from common import Figure

from dfs.foundation.errors import UserError
from dfs.reduction.cpl.discovery import show_only
from dfs.reduction.cpl.installation import find_installation

_TOOK = re.compile(r"Recipe operation\(s\) took +([\d.]+) seconds")


@dataclass(frozen=True)
class CplPeer:
    """A recipe of a CPL pipeline that is installed here.

    Parameters
    ----------
    program : esorex.
    recipe : its name.
    library : the plugin that brings it.
    """

    program: Path
    recipe: str
    library: Path

    @classmethod
    def find(cls, pipeline: str, recipe: str) -> CplPeer | str:
        """Find a recipe, or give the reason why it is not there."""
        try:
            installation = find_installation(None)
            library = installation.pipeline(pipeline).library(recipe)
        except UserError as error:
            return str(error)
        return cls(installation.program, recipe, library)

    def run(
        self, sof: Iterable[tuple[Path, str]], folder: Path, *options: str
    ) -> tuple[float, float]:
        """Run it in a folder made anew; give the seconds that it says it took, and peak MB.

        The time is the recipe's, with reading and writing, without starting esorex.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        plugins = show_only(self.library, folder)
        (folder / "frames.sof").write_text("".join(f"{path} {tag}\n" for path, tag in sof))
        command = [self.program, f"--recipe-dir={plugins}", self.recipe, *options, "frames.sof"]
        with (folder / "output").open("w+") as output:
            process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
            _, status, usage = os.wait4(process.pid, 0)
            output.seek(0)
            text = output.read()
        took = _TOOK.search(text)
        if status or took is None:
            raise SystemExit(f"{self.recipe} failed:\n{text[-2000:]}")
        return float(took[1]), usage.ru_maxrss * 1024 / 1e6

    def products(self, folder: Path) -> list[Path]:
        """Give the products of a run."""
        return sorted(folder.glob("*.fits"))


def fastest(name: str, runs: Iterable[tuple[float, float]], items: int, note: str = "") -> Figure:
    """Make a figure of the fastest of several runs, and of the largest of their peaks."""
    seconds, peaks = zip(*runs, strict=True)
    return Figure(name, min(seconds), items, max(peaks), note)
