"""The instrument packages, read from their files as the core reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dfs.host import Host
from dfs.instruments.logic import default_parameters
from dfs.instruments.service import Packages
from dfs.plugin import InstrumentPackage, ObservationBlock, Target, Template

OLD, NEW = "101.05", "117.00"
TIMES = {"DET1.WIN1.UIT1": 600.0, "DET2.WIN1.UIT1": 579.0, "DET3.DIT": 600.0}


@pytest.fixture(scope="session")
def packages() -> Packages:
    return Packages(Host.load())


@pytest.fixture(scope="session")
def package(packages: Packages) -> InstrumentPackage:
    return packages.get("xshooter", OLD)


def filled(package: InstrumentPackage, name: str, **changes: Any) -> Template:
    """A template with defaults, exposure times, and changes whose names have _ for dots."""
    signature = package.template(name)
    assert signature is not None, f"{package.version} has no template {name}"
    parameters = default_parameters(signature)
    parameters |= {key: value for key, value in TIMES.items() if key in parameters}
    for key, value in changes.items():
        spelled = key.replace("_", ".")
        assert spelled in parameters, f"{name} has no parameter {spelled}"
        parameters[spelled] = value
    return Template(name=name, kind=signature.kind, parameters=parameters)


@pytest.fixture
def block(package: InstrumentPackage) -> Callable[..., ObservationBlock]:
    def make(*templates: Template | str) -> ObservationBlock:
        return ObservationBlock(
            name="block",
            instrument="XSHOOTER",
            package_version=package.version,
            target=Target(name="Hip022913", ra="04:55:50.154", dec="15:02:25.000"),
            constraints={each.name: each.default for each in package.constraints},
            templates=tuple(
                filled(package, each) if isinstance(each, str) else each for each in templates
            ),
        )

    return make


@pytest.fixture
def template(package: InstrumentPackage) -> Callable[..., Template]:
    def make(name: str, **changes: Any) -> Template:
        return filled(package, name, **changes)

    return make
