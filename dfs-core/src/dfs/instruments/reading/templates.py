"""The templates of a package: files in our own format, and signature files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from dfs.host.model import PACKAGE_FILE
from dfs.instruments.logic.values import NUMERIC, element
from dfs.instruments.model import Fault
from dfs.instruments.reading.notebook import join
from dfs.instruments.reading.parameters import ParameterReader
from dfs.instruments.tsf import SignatureFile, TsfError, parse_tsf
from dfs.plugin import (
    Arm,
    TemplateKind,
    TemplateParameter,
    TemplateSignature,
    TemplateTiming,
)

TEMPLATES: Final = "templates"
"""The folder of a package that holds a file for each template."""

_KEYS: Final = frozenset(
    {"name", "type", "title", "source", "phases", "use", "parameter", "timing"}
)
_FIELDS: Final = ("name", "title", "source", "phases")


class TemplateReader(ParameterReader):
    """Reads templates; knows what ``package.toml`` has defined for all of them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.sets: dict[str, list[TemplateParameter]] = {}
        self.overheads_s: Mapping[str, Any] = {}

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
        """Read a template's file in our own format."""
        if not table:
            return None
        own = self.parameters(file, "parameter", table.pop("parameter", []))
        if table.get("name") != stem:
            self.fault(file, "name", f"the file is called {stem}")
        return self.signature(file, "", table, own)

    def signature_file(self, file: str, stem: str, told: object) -> TemplateSignature | None:
        """Read a signature file, with what ``package.toml`` tells of it."""
        key = f"template.{stem}"
        if not isinstance(told, Mapping):
            self.fault(PACKAGE_FILE, key, "it is no table")
            return None
        try:
            read = parse_tsf(self.texts[file])
        except TsfError as error:
            self.fault(file, f"line {error.line}", error.message)
            return None
        self.remarks += [Fault(file, f"line {each.line}", each.message) for each in read.remarks]
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
        """Put a template together: sets, own parameters, timing."""
        self.unknown(file, key, table, _KEYS - {"parameter"})
        self.cite(file, key, table)
        parameters: dict[str, TemplateParameter] = {}
        for name in self.words(file, join(key, "use"), table.get("use", [])):
            if name not in self.sets:
                self.fault(file, join(key, "use"), f"there is no set {name!r} of parameters")
            parameters |= {each.name: each for each in self.sets.get(name, ())}
        parameters |= {each.name: each for each in own}
        timing = self.timing(file, join(key, "timing"), table.get("timing"))
        fields: dict[str, Any] = {word: table[word] for word in _FIELDS if word in table}
        fields |= {"kind": table.get("type"), "timing": timing}
        signature = self.value(TemplateSignature, file, key, fields, {"kind": "type"})
        if signature is None:
            return None
        if timing is not None:
            self.check_timing(file, join(key, "timing"), signature.kind, timing, parameters)
        return signature.model_copy(update={"parameters": tuple(parameters.values())})

    def timing(self, file: str, key: str, table: object) -> TemplateTiming | None:
        """Read how long a template takes."""
        if table is None:
            return None
        if not isinstance(table, Mapping) or "arms" in table:
            self.fault(file, key, "it is no table with [[timing.arm]] tables")
            return None
        fields = {name: value for name, value in table.items() if name != "arm"}
        arms = [
            arm
            for place, row in self.rows(file, f"{key}.arm", table.get("arm", []))
            if (arm := self.value(Arm, file, place, self.with_overheads(file, place, row)))
            is not None
        ]
        return self.value(TemplateTiming, file, key, fields | {"arms": arms})

    def with_overheads(self, file: str, key: str, arm: dict[str, Any]) -> dict[str, Any]:
        """Put the table of ``package.toml`` that an arm names, e.g. of its read-outs, in place."""
        named = arm.get("overheads_s")
        if isinstance(named, str):
            if named not in self.overheads_s:
                self.fault(file, f"{key}.overheads_s", f"there is no table {named!r} of overheads")
            arm["overheads_s"] = self.overheads_s.get(named, {})
        return arm

    def check_timing(
        self,
        file: str,
        key: str,
        kind: TemplateKind,
        timing: TemplateTiming,
        parameters: Mapping[str, TemplateParameter],
    ) -> None:
        """Hold a timing to the template's parameters."""
        if kind is TemplateKind.ACQUISITION and "fixed_s" not in timing.model_fields_set:
            self.fault(file, f"{key}.fixed_s", "an acquisition says how long it takes")
        for place, name, numeric in _named(timing):
            if name not in parameters:
                self.fault(file, f"{key}.{place}", no_parameter(name))
            elif numeric and element(parameters[name]) not in NUMERIC:
                self.fault(file, f"{key}.{place}", f"parameter {name!r} is no number")


def no_parameter(name: str) -> str:
    """Say that a name is of no parameter."""
    return f"there is no parameter {name!r}"


def _as_table(read: SignatureFile, stem: str) -> dict[str, Any]:
    table: dict[str, Any] = {"name": stem, "title": read.title}
    return table | ({"type": read.kind} if read.kind else {})


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
