"""The parameters of templates, the sources that they cite, and the constraints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dfs.foundation.errors import UserError
from dfs.instruments.logic.constraints import check_constraint
from dfs.instruments.logic.parameters import accept, repeated
from dfs.instruments.logic.values import ELEMENTS, NUMERIC, element
from dfs.instruments.reading.notebook import Notebook
from dfs.plugin import ConstraintDefinition, ParameterType, TemplateParameter

_RANGED: Final = NUMERIC | {ParameterType.COORDINATE}
_CHOSEN: Final = _RANGED | {ParameterType.KEYWORD, ParameterType.STRING}


class ParameterReader(Notebook):
    """Reads what a package's files define one by one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.sources: dict[str, str] = {}

    def read_sources(self, file: str, table: object) -> None:
        """Learn the citations that entries name by their keys."""
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

    def parameters(self, file: str, key: str, value: object) -> list[TemplateParameter]:
        """Read an array of parameters."""
        found = [
            parameter
            for place, row in self.rows(file, key, value)
            if (parameter := self.parameter(file, place, row)) is not None
        ]
        for name in repeated(parameter.name for parameter in found):
            self.fault(file, key, f"parameter {name} is defined twice")
        return found

    def parameter(self, file: str, key: str, row: dict[str, Any]) -> TemplateParameter | None:
        """Read a parameter; None if it cannot be one."""
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

    def constraints(self, file: str, value: object) -> Iterator[ConstraintDefinition]:
        """Read the array of constraints."""
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
