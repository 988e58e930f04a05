"""From the texts of a package's files to the package, or to everything that is wrong in them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from dfs.foundation.errors import UserError
from dfs.host.model import PACKAGE_FILE
from dfs.instruments.logic.constraints import check_constraint
from dfs.instruments.logic.parameters import accept, repeated
from dfs.instruments.logic.values import ELEMENTS, NUMERIC, element
from dfs.instruments.model import Fault
from dfs.instruments.tsf import SignatureFile, TsfError, parse_tsf
from dfs.plugin import (
    Arm,
    ConstraintDefinition,
    FieldOfView,
    InstrumentPackage,
    MaskDefinition,
    ParameterType,
    SetupChange,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TemplateTiming,
)
from dfs.plugin.values import Value

TEMPLATES: Final = "templates"

_PACKAGE_KEYS: Final = frozenset(
    {"instrume", "sources", "constraint", "parameters", "setup_change", "field", "mask", "template"}
)
_TEMPLATE_KEYS: Final = frozenset(
    {"name", "type", "title", "source", "phases", "use", "parameter", "timing"}
)
_SIGNATURE_KEYS: Final = ("name", "title", "source", "phases")
_RANGED: Final = NUMERIC | {ParameterType.COORDINATE}
_CHOSEN: Final = _RANGED | {ParameterType.KEYWORD, ParameterType.STRING}

V = TypeVar("V", bound=Value)


def read_package(
    instrument: str, instrume: str, version: str, texts: Mapping[str, str]
) -> tuple[InstrumentPackage, tuple[Fault, ...]]:
    """Read a package.

    Parameters
    ----------
    instrument : id of the instrument.
    instrume : the INSTRUME value where the package does not say.
    version : of the package.
    texts : of its files, by path below its folder.

    Returns
    -------
    package : what could be read.
    faults : everything that is wrong; the package is not to be used if there is any.
    """
    reader = _Reader(texts)
    package = reader.package(instrument, instrume, version)
    return package, tuple(reader.faults)


def instrume_of(text: str) -> str:
    """Give the INSTRUME value that a ``package.toml`` names; empty if it names none."""
    try:
        named = tomllib.loads(text).get("instrume", "")
    except tomllib.TOMLDecodeError:
        return ""
    return named if isinstance(named, str) else ""


class _Reader:
    """Collects faults while it reads, so that an author sees all of them at once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.faults: list[Fault] = []
        self.sources: dict[str, str] = {}
        self.sets: dict[str, list[TemplateParameter]] = {}

    def fault(self, file: str, key: str, message: str) -> None:
        self.faults.append(Fault(file, key, message))

    # ── The whole ───────────────────────────────────────────────────────────

    def package(self, instrument: str, instrume: str, version: str) -> InstrumentPackage:
        file = PACKAGE_FILE
        table = self.toml(file)
        self.unknown(file, "", table, _PACKAGE_KEYS)
        named = table.get("instrume", instrume)
        if not isinstance(named, str):
            self.fault(file, "instrume", "it is no text")
            named = instrume
        self.read_sources(file, table.get("sources", {}))
        for name, rows in self.tables(file, "parameters", table).items():
            self.sets[name] = self.parameters(file, f"parameters.{name}", rows)
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
                    self.fault(file, f"setup_change[{index}].parameters", _no_parameter(name))
        if package.mask and types.get(package.mask.parameter) not in {
            ParameterType.FILE,
            ParameterType.PARAMETER_FILE,
        }:
            name = package.mask.parameter
            self.fault(file, "mask.parameter", f"no template has a file parameter {name!r}")
        if package.field:
            for key in ("slit_width_parameter", "angle_parameter"):
                name = getattr(package.field, key)
                if name and name not in types:
                    self.fault(file, f"field.{key}", _no_parameter(name))

    # ── TOML ────────────────────────────────────────────────────────────────

    def toml(self, file: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self.texts[file])
        except KeyError:
            self.fault(file, "", "there is no such file")
        except tomllib.TOMLDecodeError as error:
            self.fault(file, "", f"it is no TOML: {error}")
        return {}

    def unknown(
        self, file: str, key: str, table: Mapping[str, object], known: frozenset[str]
    ) -> None:
        for name in table.keys() - known:
            self.fault(file, _join(key, name), "there is no such key")

    def tables(self, file: str, key: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
        value = table.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.fault(file, key, "it is no table")
        return {}

    def rows(self, file: str, key: str, value: object) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the tables of an array of tables, each with its key."""
        if not isinstance(value, list):
            self.fault(file, key, "it is no array of tables")
            return
        for index, row in enumerate(value):
            if isinstance(row, dict):
                yield f"{key}[{index}]", dict(row)
            else:
                self.fault(file, f"{key}[{index}]", "it is no table")

    def one(self, kind: type[V], file: str, key: str, table: Mapping[str, Any]) -> V | None:
        return self.value(kind, file, key, table[key]) if key in table else None

    def value(self, kind: type[V], file: str, key: str, table: object) -> V | None:
        """Make a value of the contract, or say which keys are wrong."""
        try:
            return kind.model_validate(table)
        except ValidationError as error:
            told = set()
            for each in error.errors(include_url=False, include_input=False):
                place = _join(key, *each["loc"][:1])
                if place not in told:  # a union complains once for each of its types
                    told.add(place)
                    self.fault(file, place, each["msg"])
            return None

    # ── Sources ─────────────────────────────────────────────────────────────

    def read_sources(self, file: str, table: object) -> None:
        if not isinstance(table, Mapping):
            self.fault(file, "sources", "it is no table")
            return
        for key, citation in table.items():
            if isinstance(citation, str) and citation.strip():
                self.sources[key] = citation
            else:
                self.fault(file, f"sources.{key}", "a source is a citation")

    def cite(self, file: str, key: str, table: dict[str, Any]) -> None:
        """Replace the key of a source by its citation."""
        named = table.pop("source", None)
        if named is None:
            return
        if isinstance(named, str) and named in self.sources:
            table["source"] = self.sources[named]
        else:
            self.fault(file, f"{key}.source" if key else "source", f"no source {named!r} is listed")

    # ── Parameters ──────────────────────────────────────────────────────────

    def parameters(self, file: str, key: str, value: object) -> list[TemplateParameter]:
        found = [
            parameter
            for place, row in self.rows(file, key, value)
            if (parameter := self.parameter(file, place, row)) is not None
        ]
        for name in repeated(parameter.name for parameter in found):
            self.fault(file, key, f"parameter {name} is defined twice")
        return found

    def parameter(self, file: str, key: str, row: dict[str, Any]) -> TemplateParameter | None:
        self.cite(file, key, row)
        if not self.ranges(file, key, row):
            return None
        parameter = self.value(TemplateParameter, file, key, row)
        return self.checked(file, key, parameter) if parameter is not None else None

    def ranges(self, file: str, key: str, row: dict[str, Any]) -> bool:
        """Turn ``[[0, 5], [10, inf]]`` into the fields of ranges."""
        if "ranges" not in row:
            return True
        ranges = []
        for pair in row["ranges"] if isinstance(row["ranges"], list) else [None]:
            if (
                not isinstance(pair, list)
                or len(pair) != 2
                or any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in pair)
                or not pair[0] <= pair[1]
            ):
                self.fault(file, f"{key}.ranges", "ranges are pairs [minimum, maximum]")
                return False
            low, high = pair
            ranges.append(
                {
                    "minimum": None if low == float("-inf") else low,
                    "maximum": None if high == float("inf") else high,
                }
            )
        row["ranges"] = ranges
        return True

    def checked(self, file: str, key: str, parameter: TemplateParameter) -> TemplateParameter:
        """Hold a parameter to itself, and give it with its default in canonical form."""
        for place, message in _contradictions(parameter):
            self.fault(file, f"{key}.{place}", f"{parameter.name}: {message}")
        if parameter.default is None:
            return parameter
        try:
            default = accept(parameter.model_copy(update={"fixed": False}), parameter.default)
        except UserError as error:
            self.fault(file, f"{key}.default", error.detail)
            return parameter
        return parameter.model_copy(update={"default": default})

    # ── Templates ───────────────────────────────────────────────────────────

    def templates(self, told: Mapping[str, Any]) -> Iterator[TemplateSignature]:
        """Read every file of a template; `told` is what ``package.toml`` says beside."""
        signature_files = set()
        for file in sorted(self.texts):
            path = PurePosixPath(file)
            if path.parent.as_posix() != TEMPLATES:
                continue
            template = None
            if path.suffix == ".toml":
                template = self.template(file, path.stem, self.toml(file))
            elif path.suffix == ".tsf":
                signature_files.add(path.stem)
                template = self.signature_file(file, path.stem, told.get(path.stem, {}))
            if template is not None:
                yield template
        for name in told.keys() - signature_files:
            self.fault(PACKAGE_FILE, f"template.{name}", f"there is no {TEMPLATES}/{name}.tsf")

    def template(self, file: str, stem: str, table: dict[str, Any]) -> TemplateSignature | None:
        if not table:
            return None
        own = self.parameters(file, "parameter", table.pop("parameter", []))
        if table.get("name") != stem:
            self.fault(file, "name", f"the file is called {stem}")
        return self.signature(file, "", table, own)

    def signature_file(self, file: str, stem: str, told: object) -> TemplateSignature | None:
        key = f"template.{stem}"
        if not isinstance(told, Mapping):
            self.fault(PACKAGE_FILE, key, "it is no table")
            return None
        try:
            read = parse_tsf(self.texts[file])
        except TsfError as error:
            self.fault(file, f"line {error.line}", error.message)
            return None
        table = _as_table(read, stem) | dict(told)
        if read.name and read.name != stem:
            self.fault(file, "PAF.NAME", f"the file is called {stem}")
        source = self.sources.get(str(told.get("source", "")))
        own = [
            self.checked(file, each.name, each.model_copy(update={"source": source}))
            for each in read.parameters
        ]
        return self.signature(PACKAGE_FILE, key, table, own)

    def signature(
        self, file: str, key: str, table: dict[str, Any], own: Sequence[TemplateParameter]
    ) -> TemplateSignature | None:
        self.unknown(file, key, table, _TEMPLATE_KEYS - {"parameter"})
        self.cite(file, key, table)
        parameters: dict[str, TemplateParameter] = {}
        for name in table.get("use", ()):
            if name not in self.sets:
                self.fault(file, _join(key, "use"), f"there is no set {name!r} of parameters")
            parameters |= {each.name: each for each in self.sets.get(name, ())}
        parameters |= {each.name: each for each in own}
        timing = self.timing(file, _join(key, "timing"), table.get("timing"))
        fields = {
            name: table[name] for name in ("name", "title", "source", "phases") if name in table
        }
        signature = self.value(
            TemplateSignature,
            file,
            key,
            fields | {"kind": table.get("type"), "parameters": (), "timing": timing},
        )
        if signature is None:
            return None
        if timing is not None:
            self.check_timing(file, _join(key, "timing"), signature.kind, timing, parameters)
        return signature.model_copy(update={"parameters": tuple(parameters.values())})

    def timing(self, file: str, key: str, table: object) -> TemplateTiming | None:
        if table is None:
            return None
        if not isinstance(table, Mapping) or "arms" in table:
            self.fault(file, key, "it is no table with [[timing.arm]] tables")
            return None
        fields = {name: value for name, value in table.items() if name != "arm"}
        arms = [
            arm
            for place, row in self.rows(file, f"{key}.arm", table.get("arm", []))
            if (arm := self.value(Arm, file, place, row)) is not None
        ]
        return self.value(TemplateTiming, file, key, fields | {"arms": arms})

    def check_timing(
        self,
        file: str,
        key: str,
        kind: TemplateKind,
        timing: TemplateTiming,
        parameters: Mapping[str, TemplateParameter],
    ) -> None:
        if kind is TemplateKind.ACQUISITION and "fixed_s" not in timing.model_fields_set:
            self.fault(file, f"{key}.fixed_s", "an acquisition says how long it takes")
        for place, name, numeric in _named(timing):
            if name not in parameters:
                self.fault(file, f"{key}.{place}", _no_parameter(name))
            elif numeric and element(parameters[name]) not in NUMERIC:
                self.fault(file, f"{key}.{place}", f"parameter {name!r} is no number")

    # ── Constraints and set-ups ─────────────────────────────────────────────

    def constraints(self, file: str, value: object) -> Iterator[ConstraintDefinition]:
        found = []
        for key, row in self.rows(file, "constraint", value):
            self.cite(file, key, row)
            if not self.ranges(file, key, row):
                continue
            definition = self.value(ConstraintDefinition, file, key, row)
            if definition is None:
                continue
            if definition.choices and definition.ranges:
                self.fault(file, key, "a constraint has words or ranges, not both")
            elif message := check_constraint(definition, definition.default):
                self.fault(file, f"{key}.default", f"{definition.name}: {message}")
            found.append(definition)
        for name in repeated(definition.name for definition in found):
            self.fault(file, "constraint", f"{name} is defined twice")
        yield from found

    def setup_changes(self, file: str, value: object) -> Iterator[SetupChange]:
        for key, row in self.rows(file, "setup_change", value):
            if (change := self.value(SetupChange, file, key, row)) is not None:
                yield change


def _join(key: str, *parts: object) -> str:
    return ".".join(filter(None, (key, *map(str, parts))))


def _no_parameter(name: str) -> str:
    return f"there is no parameter {name!r}"


def _as_table(read: SignatureFile, stem: str) -> dict[str, Any]:
    table: dict[str, Any] = {"name": stem, "title": read.title}
    return table | ({"type": read.kind} if read.kind else {})


def _contradictions(parameter: TemplateParameter) -> Iterator[tuple[str, str]]:
    """Give key and message of what is wrong with a parameter beside its default."""
    kind = element(parameter)
    if parameter.ranges and kind not in _RANGED:
        yield "ranges", f"type {parameter.type} has none"
    if parameter.choices and kind not in _CHOSEN:
        yield "choices", f"type {parameter.type} has none"
    elif any(isinstance(c, str) is (kind in NUMERIC) for c in parameter.choices):
        yield "choices", f"they are not of type {kind}"
    least, most = parameter.minimum_length, parameter.maximum_length
    if parameter.type not in ELEMENTS and (least is not None or most is not None):
        yield "maximum_length", "only lists have a length"
    if least is not None and most is not None and least > most:
        yield "maximum_length", "it is less than the minimum"
    if parameter.default is None and (parameter.fixed or parameter.hidden):
        yield "default", "nobody could fill in what is fixed or hidden"


def _named(timing: TemplateTiming) -> Iterator[tuple[str, str, bool]]:
    """Give key and name of every parameter that a timing uses, and whether it is a number."""
    for name in timing.repeats:
        yield "repeats", name, False
    for index, arm in enumerate(timing.arms):
        yield f"arm[{index}].exposure", arm.exposure, True
        for key in ("integrations", "exposures"):
            for name in getattr(arm, key):
                yield f"arm[{index}].{key}", name, True
        if arm.overhead_by:
            yield f"arm[{index}].overhead_by", arm.overhead_by, False
    for name in timing.extras_s:
        yield "extras_s", name, False
