"""From the texts of a package's files to the package, or to everything that is wrong in them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from dfs.host.model import PACKAGE_FILE
from dfs.instruments.logic.parameters import repeated
from dfs.instruments.model import Reading
from dfs.instruments.reading.templates import TEMPLATES, TemplateReader, no_parameter
from dfs.plugin import (
    FieldOfView,
    InstrumentPackage,
    MaskDefinition,
    ParameterType,
    SetupChange,
)

_KEYS: Final = frozenset(
    {
        "instrume",
        "sources",
        "constraint",
        "parameters",
        "overheads_s",
        "setup_change",
        "field",
        "mask",
        "template",
    }
)
_FILES: Final = frozenset({ParameterType.FILE, ParameterType.PARAMETER_FILE})


def read_package(instrument: str, instrume: str, version: str, texts: Mapping[str, str]) -> Reading:
    """Read a package.

    Parameters
    ----------
    instrument : id of the instrument.
    instrume : the INSTRUME value where the package does not say.
    version : of the package.
    texts : of its files, by path below its folder.
    """
    reader = _PackageReader(texts)
    package = reader.package(instrument, instrume, version)
    return Reading(package, tuple(reader.faults), tuple(reader.remarks))


def instrume_of(text: str) -> str:
    """Give the INSTRUME value that a ``package.toml`` names; empty if it names none."""
    try:
        named = tomllib.loads(text).get("instrume", "")
    except tomllib.TOMLDecodeError:
        return ""
    return named if isinstance(named, str) else ""


class _PackageReader(TemplateReader):
    """Reads ``package.toml``, and with what it defines the templates."""

    def package(self, instrument: str, instrume: str, version: str) -> InstrumentPackage:
        file = PACKAGE_FILE
        table = self.toml(file)
        self.unknown(file, "", table, _KEYS)
        named = table.get("instrume", instrume)
        if not isinstance(named, str):
            self.fault(file, "instrume", "it is no text")
            named = instrume
        self.read_sources(file, table.get("sources", {}))
        for name, rows in self.tables(file, "parameters", table).items():
            self.sets[name] = self.parameters(file, f"parameters.{name}", rows)
        self.overheads_s = self.tables(file, "overheads_s", table)
        templates = tuple(self.templates(self.tables(file, "template", table)))
        for name in repeated(template.name for template in templates):
            self.fault(TEMPLATES, name, "two files describe this template")
        package = InstrumentPackage(
            instrument=instrument,
            instrume=named,
            version=version,
            templates=templates,
            constraints=tuple(self.constraints(file, table.get("constraint", []))),
            setup_changes=tuple(self.setup_changes(file, table.get("setup_change", []))),
            field=self.one(FieldOfView, file, "field", table),
            mask=self.one(MaskDefinition, file, "mask", table),
        )
        self.check_references(file, package)
        return package

    def check_references(self, file: str, package: InstrumentPackage) -> None:
        """Hold the names of parameters in ``package.toml`` to those of the templates."""
        types = {p.name: p.type for template in package.templates for p in template.parameters}
        for index, change in enumerate(package.setup_changes):
            for name in change.parameters:
                if name not in types:
                    self.fault(file, f"setup_change[{index}].parameters", no_parameter(name))
        if package.mask and types.get(package.mask.parameter) not in _FILES:
            name = package.mask.parameter
            self.fault(file, "mask.parameter", f"no template has a file parameter {name!r}")
        if package.field:
            for key in ("slit_width_parameter", "angle_parameter"):
                name = getattr(package.field, key)
                if name and name not in types:
                    self.fault(file, f"field.{key}", no_parameter(name))

    def setup_changes(self, file: str, value: object) -> Iterator[SetupChange]:
        for key, row in self.rows(file, "setup_change", value):
            if (change := self.value(SetupChange, file, key, row)) is not None:
                yield change
