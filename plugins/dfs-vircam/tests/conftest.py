"""The instrument package, read from its files as the core reads it, and blocks of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dfs.host import Host
from dfs.instruments.logic import default_parameters
from dfs.instruments.service import Packages
from dfs.plugin import InstrumentPackage, ObservationBlock, Target, Template


@pytest.fixture(scope="session")
def packages() -> Packages:
    return Packages(Host.load())


@pytest.fixture(scope="session")
def package(packages: Packages) -> InstrumentPackage:
    return packages.latest("vircam")


@pytest.fixture(scope="session")
def template(package: InstrumentPackage) -> Callable[..., Template]:
    def make(name: str, **changes: Any) -> Template:
        """A template with defaults, a DIT, and changes whose names have _ for dots."""
        signature = package.template(f"VIRCAM_img_{name}")
        assert signature is not None, name
        parameters = default_parameters(signature)
        parameters |= {"DET.DIT": 10.0} if "DET.DIT" in parameters else {}
        for key, value in changes.items():
            spelled = key.replace("_", ".")
            assert spelled in parameters, f"{name} has no parameter {spelled}"
            parameters[spelled] = value
        return Template(name=signature.name, kind=signature.kind, parameters=parameters)

    return make


@pytest.fixture(scope="session")
def block(
    package: InstrumentPackage, template: Callable[..., Template]
) -> Callable[..., ObservationBlock]:
    def make(*templates: Template | str, **changes: Any) -> ObservationBlock:
        return ObservationBlock(
            name="tile",
            instrument="VIRCAM",
            package_version=package.version,
            target=Target(name="field", ra="05:40:00.000", dec="-02:30:00.000"),
            constraints={each.name: each.default for each in package.constraints},
            templates=tuple(
                template(each) if isinstance(each, str) else each for each in templates
            ),
        ).model_copy(update=changes)

    return make
