"""Values of parameters: how they may be spelt, and which are allowed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs.foundation.errors import UserError
from dfs.instruments.logic import accept, allowed, check_value, coerce, spelt
from dfs.plugin import ParameterType, Range, TemplateParameter


def parameter(type_: str, **fields: object) -> TemplateParameter:
    return TemplateParameter(name="P", type=type_, **fields)


ANGLE = parameter("number", choices=(9999.0,), ranges=(Range(minimum=0, maximum=359.99),))
FILTER = parameter("keyword", choices=("FREE", "ND1", "u"))
OFFSETS = parameter(
    "numlist", ranges=(Range(minimum=-1000, maximum=1000),), minimum_length=1, maximum_length=3
)
WINDOW = parameter("intlist", minimum_length=4, maximum_length=4)


@pytest.mark.parametrize(
    ("definition", "given", "read"),
    [
        (ANGLE, "9999", 9999.0),
        (ANGLE, " 1.5e1 ", 15.0),
        (ANGLE, 12, 12.0),
        (parameter("integer"), "1.0", 1),
        (parameter("integer"), 3.0, 3),
        (FILTER, "nd1", "ND1"),
        (FILTER, "U", "u"),
        (FILTER, "OTHER", "OTHER"),
        (parameter("keyword", choices=("580", "860")), 860, "860"),
        (parameter("boolean"), "T", True),
        (parameter("boolean"), "false", False),
        (parameter("boolean"), True, True),
        (parameter("coord"), "5:05:38.000", "05:05:38.000"),
        (parameter("coord"), "-3 4 5.", "-03:04:05"),
        (parameter("coord", choices=("0",)), "0", "0"),
        (parameter("string"), " as it is ", " as it is "),
        (OFFSETS, "0 10 -10.5", (0.0, 10.0, -10.5)),
        (OFFSETS, "1, 2", (1.0, 2.0)),
        (OFFSETS, [1, "2"], (1.0, 2.0)),
        (OFFSETS, 5, (5.0,)),
        (OFFSETS, "", ()),
        (WINDOW, "1 1 256 256", (1, 1, 256, 256)),
        (parameter("keywordlist", choices=("O", "S")), "o S", ("O", "S")),
        (parameter("keywordlist", choices=("A B", "C")), "A B", ("A B",)),
        (parameter("file"), "mask.fits", "mask.fits"),
        (ANGLE, None, None),
    ],
)
def test_values_are_read_as_clients_spell_them(definition, given, read):
    assert coerce(definition, given) == read
    assert type(coerce(definition, given)) is type(read)


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("number", "nan"),
        ("number", "1_000"),
        ("number", "inf"),
        ("number", math.nan),
        ("number", math.inf),
        ("number", "1e999"),
        ("number", 10**400),
        ("number", True),
        ("number", [1]),
        ("number", {}),
        ("integer", 1.5),
        ("integer", "1e300"),
        ("keyword", 1.5),
        ("keyword", True),
        ("boolean", 1),
        ("boolean", "yes"),
        ("coord", "12:60:00"),
        ("coord", "12:00"),
        ("coord", "١٢:00:00"),
        ("coord", 12),
        ("string", "two\nlines"),
        ("string", "nul\0"),
        ("string", b"bytes"),
        ("numlist", ["1", "x"]),
        ("numlist", [[1]]),
        ("intlist", "1 2.5"),
        ("keywordlist", [None]),
        ("file", "../../etc/passwd"),
        ("file", ""),
        ("file", ".."),
        ("paramfile", "a\\b"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_path(type_, given):
    with pytest.raises(UserError, match=r"P is of type") as caught:
        coerce(parameter(type_), given, where="templates[0].parameters.P")

    assert caught.value.code.name == "parameter.type"
    assert caught.value.where == "templates[0].parameters.P"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("definition", "value", "code"),
    [
        (ANGLE, 9999.0, None),
        (ANGLE, 0, None),
        (ANGLE, 359.99, None),
        (ANGLE, 360.0, "parameter.range"),
        (ANGLE, math.nan, "parameter.type"),
        (ANGLE, math.inf, "parameter.type"),
        (ANGLE, True, "parameter.type"),
        (ANGLE, "1", "parameter.type"),
        (parameter("number"), 1e300, None),
        (parameter("number", ranges=(Range(minimum=1),)), 1e300, None),
        (parameter("number", ranges=(Range(minimum=1),)), math.inf, "parameter.type"),
        (parameter("integer"), 1.0, "parameter.type"),
        (parameter("integer"), 10**400, "parameter.type"),
        (parameter("integer", choices=(1.0, 2.0)), 2, None),
        (FILTER, "ND1", None),
        (FILTER, "nd1", "parameter.choice"),
        (FILTER, 1, "parameter.type"),
        (parameter("boolean"), "T", "parameter.type"),
        (parameter("coord"), "359:59:59.9", None),
        (parameter("coord"), "-90:00:00.1", "parameter.range"),
        (parameter("coord", ranges=(Range(minimum=0, maximum=24),)), "24:00:01", "parameter.range"),
        (parameter("coord", ranges=(Range(minimum=-90, maximum=90),)), "-00:30:00", None),
        (parameter("coord"), "1:2:3", "parameter.type"),
        (parameter("string"), "", None),
        (OFFSETS, (0.0, 5.0), None),
        (OFFSETS, (), "parameter.length"),
        (OFFSETS, (1.0,) * 4, "parameter.length"),
        (OFFSETS, (0.0, 1001.0), "parameter.range"),
        (OFFSETS, [0.0], "parameter.type"),
        (WINDOW, (1, 1, 2), "parameter.length"),
        (WINDOW, (1, 1, 2, 2.5), "parameter.type"),
        (parameter("file"), "a/b", "parameter.type"),
        (parameter("keyword", choices=("A", "B"), default="A", fixed=True), "B", "parameter.fixed"),
        (parameter("keyword", choices=("A", "B"), default="A", fixed=True), "A", None),
        (ANGLE, None, None),
    ],
)
def test_a_value_is_held_to_type_range_choices_and_length(definition, value, code):
    problems = check_value(definition, value)

    assert [problem.code.name for problem in problems] == ([code] if code else [])


def test_a_union_of_a_word_and_a_range_is_said_as_such():
    assert allowed(ANGLE) == "9999 or 0..359.99"
    (problem,) = check_value(ANGLE, 400.0)
    assert problem.message == "400 is not 9999 or 0..359.99"


def test_an_accepted_value_is_read_and_allowed():
    assert accept(ANGLE, "9999") == 9999.0
    with pytest.raises(UserError, match="P: 400 is not 9999 or") as caught:
        accept(ANGLE, 400, "target")
    assert caught.value.where == "target"


def test_rules_follow_the_definition_and_not_its_address():
    """A new definition may lie where an old one was collected."""
    for maximum in range(200):
        limits = (Range(minimum=0, maximum=maximum),)
        assert check_value(parameter("number", ranges=limits), maximum) == []
        assert check_value(parameter("number", ranges=limits), maximum + 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@given(st.sampled_from(ParameterType), json_values)
def test_whatever_json_brings_is_read_into_an_allowed_value_or_refused(type_, value):
    definition = parameter(type_)
    try:
        read = coerce(definition, value)
    except UserError as error:
        assert error.code.name == "parameter.type"
        return
    problems = check_value(definition, read)
    assert all(problem.code.name == "parameter.range" for problem in problems)
    assert coerce(definition, read) == read


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_being_spelt(value):
    assert coerce(parameter("number"), spelt(value)) == value
