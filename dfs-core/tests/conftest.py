"""Fixtures of the core's tests.

The test plugins are real distributions, but they are never installed beside the
released core: they are laid out on a path of their own, with the metadata that an
installer would write, and only the tests that ask for them see them.
"""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dfs.testkit.databases import PostgresServer

PLUGINS = Path(__file__).parent / "plugins"


def lay_out(distribution: Path, site: Path) -> None:
    """Put a test distribution on a path, as ``pip install --target`` would."""
    project = tomllib.loads((distribution / "pyproject.toml").read_text("utf-8"))["project"]
    for package in (distribution / "src").iterdir():
        if package.is_dir() and package.suffix != ".egg-info":
            shutil.copytree(
                package, site / package.name, ignore=shutil.ignore_patterns("__pycache__")
            )
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    requires = "".join(f"Requires-Dist: {line}\n" for line in project.get("dependencies", ()))
    named = f"Name: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{named}{requires}", "utf-8")
    lines = []
    for group, entries in project.get("entry-points", {}).items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="session")
def lay_out_plugin() -> Callable[[Path, Path], None]:
    """Give what puts a distribution on a path."""
    return lay_out


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give the empty database of a workspace."""
    from dfs.foundation.database import open_workspace_database

    engine = open_workspace_database(tmp_path_factory.mktemp("database") / "dfs.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for the tests that are marked so."""
    from dfs.testkit.databases import PostgresServer

    if reason := PostgresServer.why_not():
        pytest.skip(reason)
    with PostgresServer.started() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def service_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give the empty database of a service, of either kind."""
    from dfs.testkit.databases import sqlite_service

    if request.param == "sqlite":
        with sqlite_service(tmp_path / "service.sqlite") as engine:
            yield engine
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with server.service() as engine:
            yield engine


@pytest.fixture(scope="session")
def plugin_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which the demonstration and the faulty plugin are installed."""
    site = tmp_path_factory.mktemp("site")
    for distribution in sorted(PLUGINS.iterdir()):
        if (distribution / "pyproject.toml").is_file():
            lay_out(distribution, site)
    return site


@pytest.fixture(scope="session")
def plugin_modules(plugin_site: Path) -> Iterator[Path]:
    """Make the test plugins' modules importable, here and in worker processes."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(plugin_site), before)))
    sys.path.insert(0, str(plugin_site))
    yield plugin_site
    sys.path.remove(str(plugin_site))
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture
def dfs_environment(plugin_site: Path, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Give the environment of a fresh shell in which the test plugins are installed."""

    def environment(**extra: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DFS_")}
        path = os.pathsep.join(filter(None, (str(plugin_site), kept.get("PYTHONPATH", ""))))
        home = tmp_path / "home"
        (home / "config").mkdir(parents=True, exist_ok=True)  # astropy warns where it is not
        return kept | {
            "PYTHONPATH": path,
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            **extra,
        }

    return environment
