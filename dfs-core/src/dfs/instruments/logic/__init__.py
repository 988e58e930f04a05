"""The rules of instrument packages: values, constraints, migration. Nothing here does I/O."""

from dfs.instruments.logic.constraints import check_constraints, coerce_constraint, is_tighter
from dfs.instruments.logic.migration import differences, migrate
from dfs.instruments.logic.parameters import (
    accept,
    check_parameters,
    default_parameters,
    missing_parameters,
)
from dfs.instruments.logic.values import allowed, check_value, coerce, element, spelt

__all__ = [
    "accept",
    "allowed",
    "check_constraints",
    "check_parameters",
    "check_value",
    "coerce",
    "coerce_constraint",
    "default_parameters",
    "differences",
    "element",
    "is_tighter",
    "migrate",
    "missing_parameters",
    "spelt",
]
