"""Constraints: which values are allowed, and which of two is the more demanding."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dfs.foundation.errors import UserError
from dfs.instruments import errors
from dfs.instruments.logic.values import allowed, coerce
from dfs.plugin import (
    ConstraintDefinition,
    ConstraintValue,
    Finding,
    InstrumentPackage,
    ParameterType,
    Sense,
    Severity,
    TemplateParameter,
)


def coerce_constraint(
    definition: ConstraintDefinition, value: object, where: str = ""
) -> ConstraintValue:
    """Read a constraint as clients spell it: numbers as text, words in any case.

    Raises
    ------
    UserError
        ``parameter.type``: it is neither number nor text, as the case may be.
    """
    read = coerce(as_parameter(definition), value, where)
    if isinstance(read, (str, float)):
        return read
    raise UserError(errors.WRONG_TYPE, f"{definition.name} is not given", where=where)


def as_parameter(definition: ConstraintDefinition) -> TemplateParameter:
    """Give the constraint as a parameter, whose rules of spelling and range it shares."""
    return TemplateParameter(
        name=definition.name,
        type=ParameterType.KEYWORD if definition.choices else ParameterType.NUMBER,
        choices=definition.choices,
        ranges=definition.ranges,
    )


def check_constraint(definition: ConstraintDefinition, value: ConstraintValue) -> str:
    """Say what is wrong with the value of a constraint; empty if nothing is."""
    if definition.choices:
        good = value in definition.choices
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"{value!r} is no number"
    else:
        good = math.isfinite(value) and (
            not definition.ranges or any(each.holds(value) for each in definition.ranges)
        )
    return "" if good else f"{value!r} is not {allowed(as_parameter(definition)) or 'finite'}"


def check_constraints(
    package: InstrumentPackage, constraints: Mapping[str, ConstraintValue]
) -> list[Finding]:
    """Say which constraints are unknown, not given or not allowed; paths are of a block."""
    findings: list[Finding] = []
    for definition in package.constraints:
        if definition.name not in constraints:
            findings.append(_finding("missing", definition.name, "it is not given"))
        elif message := check_constraint(definition, constraints[definition.name]):
            kind = "choice" if definition.choices else "range"
            findings.append(_finding(kind, definition.name, message))
    known = {definition.name for definition in package.constraints}
    findings += [
        _finding("unknown", name, f"{package.instrume} has no such constraint")
        for name in constraints
        if name not in known
    ]
    return findings


def _finding(kind: str, name: str, message: str) -> Finding:
    return Finding(
        code=f"constraint.{kind}",
        severity=Severity.ERROR,
        path=f"constraints.{name}",
        message=f"Constraint {name}: {message}.",
    )


def is_tighter(
    definition: ConstraintDefinition, value: ConstraintValue, than: ConstraintValue
) -> bool:
    """Tell whether a constraint demands more than another one, as Phase 2 may not.

    Values that cannot be compared, e.g. a word against a number, count as tighter
    unless they are equal: what cannot be shown to be relaxed is not taken for it.
    """
    if value == than or definition.sense is Sense.IS:
        return value != than
    if definition.choices:
        if value in definition.choices and than in definition.choices:
            words = definition.choices
            return words.index(str(value)) < words.index(str(than))
        return True
    if isinstance(value, str) or isinstance(than, str):
        return True
    return value < than if definition.sense is Sense.AT_MOST else value > than
