"""The parameters of one template together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dfs.foundation.errors import UserError
from dfs.instruments import errors
from dfs.instruments.logic.values import check_value, coerce, problem_of
from dfs.instruments.model import Problem
from dfs.plugin import TemplateParameter, TemplateSignature, TemplateValue


def accept(parameter: TemplateParameter, value: object, where: str = "") -> TemplateValue:
    """Read a value and insist that it is allowed.

    Raises
    ------
    UserError
        ``parameter.*``; `where` is the path of the value.
    """
    read = coerce(parameter, value, where)
    for problem in check_value(parameter, read):
        raise UserError(problem.code, f"{parameter.name}: {problem.message}", where=where)
    return read


def default_parameters(signature: TemplateSignature) -> dict[str, TemplateValue]:
    """Give the parameters of a new template; None where there is no default."""
    return {parameter.name: parameter.default for parameter in signature.parameters}


def check_parameters(
    signature: TemplateSignature, parameters: Mapping[str, TemplateValue]
) -> list[Problem]:
    """Say which values of a template are not allowed, and which it does not know.

    A parameter that is not filled in, or not there, is no problem here.
    """
    problems: list[Problem] = []
    known = 0
    for parameter in signature.parameters:
        if (name := parameter.name) in parameters:
            known += 1
            if (problem := problem_of(parameter, parameters[name])) is not None:
                problems.append(problem)
    if known < len(parameters):
        names = {parameter.name for parameter in signature.parameters}
        problems += [
            Problem(errors.UNKNOWN_PARAMETER, f"{signature.name} has no such parameter", name)
            for name in parameters
            if name not in names
        ]
    return problems


def missing_parameters(
    signature: TemplateSignature, parameters: Mapping[str, TemplateValue]
) -> tuple[str, ...]:
    """Name the parameters that are not filled in, in the order of the signature."""
    return tuple(
        parameter.name
        for parameter in signature.parameters
        if parameters.get(parameter.name) is None
    )


def repeated(names: Iterable[str]) -> list[str]:
    """Give the names that occur more than once, in the order of their second time."""
    seen: set[str] = set()
    twice: list[str] = []
    for name in names:
        if name in seen and name not in twice:
            twice.append(name)
        seen.add(name)
    return twice
