"""Parameters of a CPL recipe as parameters of ours. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from dfs.plugin import CplRecipe, Parameter, ParameterValue, Recipe

_Type: TypeAlias = Literal["bool", "int", "float", "str"]
_TYPES: Final[Mapping[str, _Type]] = {
    "bool": "bool",
    "int": "int",
    "double": "float",
    "string": "str",
}
_UNUSABLE: Final = re.compile(r"[^A-Za-z0-9_.]")
_LARGEST_INT: Final = 2**31 - 1
_LARGEST_FLOAT: Final = 1e300


@dataclass(frozen=True, slots=True)
class CplParameter:
    """A parameter with what its recipe calls it.

    Parameters
    ----------
    parameter : as we know it.
    cpl_name : the full name, as it stands in a parameter file.
    cpl_default : the value that the recipe takes unless it is told another one.
    """

    parameter: Parameter
    cpl_name: str
    cpl_default: ParameterValue


def read_parameters(entries: Iterable[Mapping[str, Any]]) -> tuple[CplParameter, ...]:
    """Read what ``esorex --create-config=x.json`` wrote.

    A parameter bears the alias that esorex takes on its command line, with ``_`` for
    what a name of ours cannot hold; where two share one, the full name.

    Parameters
    ----------
    entries : an object each, of the file's list.

    Raises
    ------
    KeyError, TypeError, ValueError
        The file is not what esorex writes.
    """
    by_name = {str(entry["name"]): entry for entry in entries}
    found: dict[str, CplParameter] = {}
    for cpl_name, entry in by_name.items():
        name = _UNUSABLE.sub("_", str(entry["display_name"]))
        if name in found or not name[:1].isalpha():
            name = _UNUSABLE.sub("_", cpl_name)
        found[name] = _read(name, cpl_name, entry)
    return tuple(found.values())


def effective_recipe(
    declared: Recipe, cpl: CplRecipe, parameters: Iterable[CplParameter]
) -> Recipe:
    """Give a recipe as esorex runs it: with the CPL recipe's parameters and limits.

    A parameter that is declared under the same name keeps its declared meaning; types,
    ranges and choices are the pipeline's. Defaults are what the plugin wants.

    Raises
    ------
    ValueError
        The plugin wants a value of a parameter that there is none of, or that it
        cannot have.
    """
    own = {parameter.name: parameter for parameter in declared.parameters}
    wanted = dict(cpl.parameters)
    effective = []
    for found in parameters:
        known = found.parameter
        name = next((n for n in (known.name, found.cpl_name) if n in wanted), None)
        default = known.default if name is None else _typed(known, wanted.pop(name))
        told = own[known.name].help if known.name in own else known.help
        changed = known.model_dump() | {"default": default, "help": told}
        effective.append(Parameter.model_validate(changed))
    if wanted:
        names = ", ".join(sorted(wanted))
        raise ValueError(f"the plugin sets parameters that the CPL recipe does not have: {names}")
    return declared.model_copy(
        update={
            "parameters": tuple(effective),
            "memory_mb": cpl.memory_mb,
            "time_limit_s": cpl.time_limit_s,
        }
    )


def _read(name: str, cpl_name: str, entry: Mapping[str, Any]) -> CplParameter:
    kind = _TYPES[entry["valtype"]]
    default = _value(kind, entry["value"])
    choices = tuple(_value(kind, choice) for choice in entry.get("valenum", ()))
    if choices and default not in choices:
        choices = (default, *choices)  # what a recipe takes by itself is allowed
    low, high = _bound(kind, entry.get("valmin")), _bound(kind, entry.get("valmax"))
    if isinstance(default, int | float):
        # A value outside its own range is how some recipes say "by yourself".
        low = None if low is None else min(low, default)
        high = None if high is None else max(high, default)
    parameter = Parameter(
        name=name,
        type=kind,
        default=default,
        help=" ".join(str(entry["description"]).split()),
        minimum=low,
        maximum=high,
        choices=choices,
    )
    return CplParameter(parameter, cpl_name, default)


def _value(kind: _Type, value: object) -> ParameterValue:
    if kind == "float" and isinstance(value, int):
        return float(value)
    if isinstance(value, bool | int | float | str):
        return value
    return ""  # a string that nobody has set


def _typed(parameter: Parameter, value: ParameterValue) -> ParameterValue:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if parameter.type == "float" and is_whole else value


def _bound(kind: _Type, value: float | None) -> float | None:
    """Leave out the bounds of the type itself."""
    largest = _LARGEST_INT if kind == "int" else _LARGEST_FLOAT
    return None if value is None or abs(value) >= largest else value
