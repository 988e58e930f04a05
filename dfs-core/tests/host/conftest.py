"""Plugins made on the fly, installed as pip would or kept in memory."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HEALTHY = """
    from dfs.plugin import Detector, Instrument, hookimpl

    DFS_API = "0.1"

    @hookimpl
    def dfs_instrument() -> Instrument:
        ccd = Detector(
            id="ccd", title="CCD", size_x_px=64, size_y_px=64, pixel_size_um=15.0,
            gain_e_per_adu=1.0, read_noise_e=3.0,
        )
        return Instrument(title="{id}", instrume=("{instrume}",), detectors=(ccd,))
"""


@dataclass
class Site:
    """A folder in which distributions lie as pip would have installed them."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def install(
        self,
        name: str,
        code: str,
        *,
        id: str = "",  # noqa: A002
        target: str = "",
        requires: tuple[str, ...] = (),
    ) -> None:
        """Install a distribution with one plugin; the module has the distribution's name."""
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        needs = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[dfs.instruments]\n{id or module} = {target or module}\n", encoding="utf-8"
        )

    def install_healthy(self, name: str, *, instrume: str = "", extra: str = "", **kw: Any) -> None:
        """Install a plugin that keeps the contract, with ``extra`` code."""
        code = textwrap.dedent(HEALTHY.replace("{id}", name)).replace(
            "{instrume}", instrume or name.upper()
        )
        self.install(name, code + textwrap.dedent(extra), **kw)


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a developer has installed out of the tests of the core."""
    monkeypatch.setattr("dfs.host.discovery.entry_points", lambda group: ())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give an empty folder of distributions that this process, and only it, discovers.

    ``environment`` is for child processes, which see what is installed as well.
    """
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))

    def entry_points(group: str) -> tuple[importlib.metadata.EntryPoint, ...]:
        return tuple(
            point
            for distribution in importlib.metadata.distributions(path=[str(folder)])
            for point in distribution.entry_points
            if point.group == group
        )

    monkeypatch.setattr("dfs.host.discovery.entry_points", entry_points)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DFS_")},
        "PYTHONPATH": str(folder),
        # Nothing that is remembered on disk may pass from one test to another.
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    yield Site(folder, environment)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


MakePlugin = Callable[..., object]


@pytest.fixture
def make_plugin() -> MakePlugin:
    """Make plugins in memory: a module with ``dfs_instrument`` and the functions given."""
    from types import ModuleType

    from dfs.plugin import Detector, Instrument, hookimpl

    detector = Detector(
        id="ccd",
        title="CCD",
        size_x_px=64,
        size_y_px=64,
        pixel_size_um=15.0,
        gain_e_per_adu=1.0,
        read_noise_e=3.0,
    )

    def make(*functions: Callable[..., object], instrume: str = "DEMO") -> object:
        plugin = ModuleType(f"plugin_of_{instrume.casefold()}")
        plugin.DFS_API = "0.1"

        def dfs_instrument() -> Instrument:
            return Instrument(title="Demo", instrume=(instrume,), detectors=(detector,))

        for function in (dfs_instrument, *functions):
            setattr(plugin, function.__name__, hookimpl(function))
        return plugin

    return make
