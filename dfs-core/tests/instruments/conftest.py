"""The demonstration instrument's packages, and blocks written for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dfs.host import Host
from dfs.instruments.logic import default_parameters
from dfs.instruments.service import Packages
from dfs.plugin import InstrumentPackage, ObservationBlock, Template


@pytest.fixture(scope="session")
def host(plugin_modules: Path) -> Host:
    import dfs_demo.plugin

    return Host.from_modules({"demo": dfs_demo.plugin})


@pytest.fixture(scope="session")
def packages(host: Host) -> Packages:
    return Packages(host)


@pytest.fixture(scope="session")
def package(packages: Packages) -> InstrumentPackage:
    return packages.latest("DEMO")


MakeBlock = Callable[..., ObservationBlock]


@pytest.fixture
def block(package: InstrumentPackage) -> MakeBlock:
    """Make a block of templates with their defaults, changed as said."""

    def make(*templates: str | tuple[str, dict[str, object]], of: InstrumentPackage = package):
        named = [(each, {}) if isinstance(each, str) else each for each in templates]
        return ObservationBlock(
            name="A field",
            instrument=of.instrume,
            package_version=of.version,
            constraints={each.name: each.default for each in of.constraints},
            templates=tuple(
                Template(
                    name=name,
                    kind=of.template(name).kind,
                    parameters=default_parameters(of.template(name)) | changes,
                )
                for name, changes in named
            ),
        )

    return make
