"""Templates and constraints: what is missing, unknown, tighter."""

from __future__ import annotations

import pytest

from dfs.foundation.errors import UserError
from dfs.instruments.logic import (
    check_constraints,
    check_parameters,
    coerce_constraint,
    default_parameters,
    is_tighter,
    missing_parameters,
)


def test_the_defaults_of_a_template_are_allowed_and_what_has_none_is_missing(package):
    signature = package.template("DEMO_img_obs")
    parameters = default_parameters(signature)

    assert check_parameters(signature, parameters) == []
    assert missing_parameters(signature, parameters) == ("DET.WIN1.UIT1",)
    assert missing_parameters(signature, parameters | {"DET.WIN1.UIT1": 0.0}) == ()
    assert missing_parameters(signature, {})[:2] == ("DET.WIN1.UIT1", "DET.READ.SPEED")


def test_a_parameter_of_no_template_is_named(package):
    signature = package.template("DEMO_img_obs")

    (problem,) = check_parameters(signature, {"SEQ.NOPE": 1})

    assert (problem.code.name, problem.parameter) == ("parameter.unknown", "SEQ.NOPE")


def test_constraints_are_held_to_the_package(package):
    constraints = {each.name: each.default for each in package.constraints}
    assert check_constraints(package, constraints) == []

    del constraints["fli"]
    changes = {"airmass": 0.5, "skyTransparency": "Foggy", "strehl": 0.5, "seeing": float("nan")}
    found = check_constraints(package, constraints | changes)

    assert [(finding.code, finding.path) for finding in found] == [
        ("constraint.range", "constraints.airmass"),
        ("constraint.choice", "constraints.skyTransparency"),
        ("constraint.missing", "constraints.fli"),
        ("constraint.range", "constraints.seeing"),
        ("constraint.unknown", "constraints.strehl"),
    ]


def test_constraints_are_read_as_clients_spell_them(package):
    assert coerce_constraint(package.constraint("airmass"), "1.5") == 1.5
    words = package.constraint("skyTransparency")
    assert coerce_constraint(words, "variable, THIN cirrus") == "Variable, thin cirrus"
    for value in (None, "nan", []):
        with pytest.raises(UserError):
            coerce_constraint(package.constraint("airmass"), value, "constraints.airmass")


@pytest.mark.parametrize(
    ("name", "value", "than", "tighter"),
    [
        ("airmass", 1.4, 1.5, True),
        ("airmass", 1.6, 1.5, False),
        ("airmass", 1.5, 1.5, False),
        ("moonDistance", 60.0, 30.0, True),
        ("moonDistance", 10.0, 30.0, False),
        ("skyTransparency", "Clear", "Variable, thin cirrus", True),
        ("skyTransparency", "Variable, thick cirrus", "Clear", False),
        ("skyTransparency", "Unheard of", "Clear", True),
        ("fli", 0.5, "d", True),
    ],
)
def test_a_constraint_may_be_relaxed_and_not_tightened(package, name, value, than, tighter):
    assert is_tighter(package.constraint(name), value, than) is tighter
