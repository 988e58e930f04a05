"""What a pipeline's own recipes made is made again by a script, without this system."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from dfs.foundation.fits.headers import read_header


@pytest.fixture(scope="module")
def workspace(dfs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A master dark of esorex, on a master bias of esorex."""
    if shutil.which("esorex") is None:
        pytest.skip("esorex is not installed")
    root = tmp_path_factory.mktemp("traced")
    dfs("simulate", "uves", "--out", root / "all", "--night", "2026-11-22", "--rows", "300")
    raw = root / "raw frames"
    raw.mkdir()
    for path in (root / "all").glob("*.fits"):
        header = read_header(path, {"DPR.TYPE", "INS.PATH"}, problems=[])
        if header["INS.PATH"] == "BLUE" and header["DPR.TYPE"] in ("BIAS", "DARK"):
            path.rename(raw / path.name)
    dfs("reduce", raw, "--runner", "esorex", "--out", root / "out")
    return root


@pytest.mark.cpl
def test_a_script_of_esorex_recipes_makes_the_same_products(dfs, workspace: Path) -> None:
    (dark,) = (workspace / "out").glob("products/uves/dark_blue*/*.fits")
    told = dfs("trace", dark, "--workspace", workspace / "out", "--json").stdout
    assert json.loads(told)["made_by"]["software"]["esorex"]["version"]
    dfs("trace", dark, "--workspace", workspace / "out", "--script", workspace / "again")
    shutil.rmtree(workspace / "all")
    done = subprocess.run(
        ["sh", workspace / "again" / "reduce.sh"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(workspace)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    dfs("compare", workspace / "again" / done.stdout.strip(), dark)
