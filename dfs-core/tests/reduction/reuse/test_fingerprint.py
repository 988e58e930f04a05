"""Which software took part: its version, and in a development install its sources."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dfs.reduction.provenance.model import Software
from dfs.reduction.reuse.fingerprint import core_software, installed_software

Install = Callable[..., Callable[[], Software]]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package, and give what finds out about it, afresh each time."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def made(origin: object = None, *, is_installed: bool = True) -> Callable[[], Software]:
        package = tmp_path / "some_plugin"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "recipes.py").write_text("GAIN = 1\n")
        info = tmp_path / "some_plugin-1.2.dist-info"
        if is_installed:
            info.mkdir()
            (info / "METADATA").write_text(
                "Metadata-Version: 2.1\nName: some-plugin\nVersion: 1.2\n"
            )
            if origin is not None:
                (info / "direct_url.json").write_text(json.dumps(origin))

        def look() -> Software:
            installed_software.cache_clear()
            return installed_software("some-plugin", "some_plugin.plugin")

        return look

    yield made
    installed_software.cache_clear()
    sys.modules.pop("some_plugin", None)


def change(tmp_path: Path) -> None:
    (tmp_path / "some_plugin" / "recipes.py").write_text("GAIN = 2\n")


@pytest.mark.parametrize("origin", [None, {"url": "file:///x", "dir_info": {}}, "damaged"])
def test_a_release_is_known_by_its_version(
    install: Install, tmp_path: Path, origin: object
) -> None:
    look = install(origin)
    assert look() == Software("1.2")
    change(tmp_path)
    assert look() == Software("1.2")


def test_a_development_install_is_known_by_its_sources(install: Install, tmp_path: Path) -> None:
    look = install({"url": "file:///x", "dir_info": {"editable": True}})
    before = look()
    assert before.version == "1.2"
    (tmp_path / "some_plugin" / "__pycache__").mkdir()
    (tmp_path / "some_plugin" / "__pycache__" / "recipes.pyc").write_bytes(b"compiled")
    assert look() == before
    change(tmp_path)
    assert look().version == "1.2"
    assert look().fingerprint != before.fingerprint


def test_data_files_are_sources_too(install: Install, tmp_path: Path) -> None:
    look = install(is_installed=False)
    before = look()
    assert before.version == ""
    (tmp_path / "some_plugin" / "lines.fits").write_bytes(b"a line list")
    assert look().fingerprint not in ("", before.fingerprint)


def test_what_cannot_be_found_has_neither(install: Install) -> None:
    assert installed_software("no-such-plugin", "NoSuchPlugin") == Software("")


def test_the_core_knows_itself() -> None:
    assert core_software().version
