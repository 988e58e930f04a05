from __future__ import annotations

import compileall
import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs.foundation.errors import StorageError, UserError
from dfs.scaffold.service import new_plugin

Environment = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def mycam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_plugin("mycam", tmp_path_factory.mktemp("new"))


def test_the_distribution_is_named_after_the_instrument(mycam: Path) -> None:
    project = tomllib.loads((mycam / "pyproject.toml").read_text())["project"]
    assert mycam.name == project["name"] == "dfs-mycam"
    assert project["entry-points"]["dfs.instruments"] == {"mycam": "dfs_mycam.plugin"}
    assert (mycam / "src/dfs_mycam/rules/mycam.oca").is_file()


def test_every_file_is_filled_in(mycam: Path) -> None:
    files = [path for path in mycam.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".j2"]
    assert not [path for path in files if "{{" in path.read_text()]
    words = {"package", "INSTRUME", "instrument"}
    assert not [path for path in files if words & {*path.parts, *path.name.split("_")}]
    assert compileall.compile_dir(mycam / "src", quiet=2, legacy=True)


def test_it_can_be_observed_with(mycam: Path) -> None:
    templates = mycam / "src/dfs_mycam/packages/0.1/templates"
    assert {path.stem for path in templates.iterdir()} == {
        "MYCAM_img_acq",
        "MYCAM_img_cal_flat",
        "MYCAM_img_obs",
    }


def test_it_imports_nothing_but_the_public_contract(mycam: Path) -> None:
    allowed = ("dfs.plugin", "dfs.algorithms", "dfs_mycam", "numpy", "dfs.testkit", "pytest")
    stdlib = sys.stdlib_module_names
    for path in mycam.rglob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"]):
                name = words[1]
                assert name.startswith(allowed) or name.partition(".")[0] in stdlib, (path, line)


def test_plugin_module_imports_no_numpy_so_that_listing_stays_fast(mycam: Path) -> None:
    code = "import sys, dfs_mycam.plugin; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=mycam / "src", check=True)


@pytest.mark.parametrize(
    "name", ["", "a", "2cam", "My", "my-cam", "my_cam", "../x", "class", "core", "x" * 40, "caméra"]
)
def test_a_name_that_cannot_be_an_instruments_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"usage\.plugin-name"):
        new_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "dfs-mycam"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match=r"scaffold\.exists"):
        new_plugin("mycam", tmp_path)
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_a_disk_that_fails_half_way_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    real = Path.write_text

    def write_text(self: Path, *arguments: object) -> int:
        nonlocal written
        written += 1
        if written == 5:
            raise OSError(28, "No space left on device")
        return real(self, *arguments)

    monkeypatch.setattr(Path, "write_text", write_text)
    with pytest.raises(StorageError, match=r"storage\.disk-full"):
        new_plugin("mycam", tmp_path)
    assert not list(tmp_path.iterdir())


def test_it_installs_and_passes_every_level_at_once(
    mycam: Path, install: Callable[[Path], dict[str, str]]
) -> None:
    environment = install(mycam)
    for arguments in (["plugin", "list"], ["plugin", "check", "mycam"]):
        done = subprocess.run(
            [sys.executable, "-m", "dfs", *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert "mycam" in done.stdout


@pytest.mark.skipif(not importlib.util.find_spec("hatchling"), reason="hatchling is not installed")
def test_its_wheel_holds_rules_and_entry_point(mycam: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--disable-pip-version-check", "--no-index", "--target", site, mycam],
        check=True, capture_output=True,
    )  # fmt: skip
    assert (site / "dfs_mycam/rules/mycam.oca").is_file()
    (entry_points,) = site.glob("dfs_mycam-*.dist-info/entry_points.txt")
    assert "mycam = dfs_mycam.plugin" in entry_points.read_text()
