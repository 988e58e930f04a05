"""What the operators mean, missing and odd values included: literally and compiled."""

from __future__ import annotations

import pytest

from dfs.organiser.rules import Value, compile_rules, index_key, parse_rules
from dfs.organiser.rules import interpreter as literal
from dfs.organiser.rules.codegen import predicate
from dfs.organiser.rules.values import equal

HEADER: dict[str, Value] = {
    "DPR.CATG": "CALIB",
    "DPR.TYPE": "LAMP,FLAT_BLUE",
    "DET.CHIPS": 2,
    "DET.DIT": 1.5,
    "SPEED": "50",
    "INS.LAMP": True,
    "INS.DOOR": False,
    "DATE-OBS": "2024-03-01T23:59:59.5",
    "MJD-OBS": 60370.5,
    "EMPTY": "",
    "LETTER": "T",
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        # strings are equal letter by letter
        ('DPR.CATG == "CALIB"', True),
        ('DPR.CATG == "calib"', False),
        ('DPR.CATG == "CALIB "', False),
        ('EMPTY == ""', True),
        ('DATE-OBS < "2024-03-02"', True),
        ('DATE-OBS between "2024-03-01" and "2024-03-02"', True),
        ('SPEED == "50.0"', False),
        # a number beside a string that spells one
        ("DET.CHIPS == 2", True),
        ("DET.CHIPS == 2.0", True),
        ('DET.CHIPS == "2"', True),
        ('DET.CHIPS == " 2.0 "', True),
        ('DET.CHIPS == "two"', False),
        ('DET.CHIPS != "two"', True),
        ('DET.CHIPS < "two"', False),
        ("SPEED == 50", True),
        ("SPEED > 49.5", True),
        ("DPR.CATG > 1", False),
        # logical values are T and F, and no numbers
        ("INS.LAMP == T", True),
        ('INS.LAMP == "T"', True),
        ("LETTER == T", True),
        ("INS.LAMP == 1", False),
        ("INS.LAMP != 1", True),
        ("INS.DOOR == 0", False),
        ("INS.DOOR == F", True),
        ("INS.DOOR + 1 == 1", False),
        # missing values
        ("NOT.THERE == 1", False),
        ("NOT.THERE != 1", False),
        ('NOT.THERE == ""', False),
        ("NOT.THERE == NOT.THERE", False),
        ("not NOT.THERE == 1", True),
        ('NOT.THERE like "%"', False),
        ("NOT.THERE + 1 == 1", False),
        ("NOT.THERE + 1 is undefined", True),
        ("NOT.THERE is undefined", True),
        ("DPR.CATG is undefined", False),
        ("EMPTY is undefined", False),
        ("NOT.THERE between 1 and 2", False),
        ("NOT.THERE tryBetween 1 and 2", True),
        ("DET.DIT tryBetween NOT.THERE and 2", True),
        ("DET.DIT tryBetween 2 and 3", False),
        ("DET.DIT tryBetween 1 and 2", True),
        ("NOT.THERE ?= 1", True),
        ("1 ?= NOT.THERE", True),
        ("DET.CHIPS ?= 2", True),
        ("DET.CHIPS ?= 3", False),
        # patterns
        ('DPR.TYPE like "%FLAT%"', True),
        ('DPR.TYPE like "LAMP%"', True),
        ('DPR.TYPE like "%BLUE"', True),
        ('DPR.TYPE like "FLAT"', False),
        ('DPR.TYPE like "%flat%"', False),
        ('DPR.TYPE like "L%,%_BLUE"', True),
        ('DPR.TYPE like "LAMP,FLAT_BLUE"', True),
        ('DPR.TYPE like "LAMP,FLAT-BLUE"', False),
        ('DPR.TYPE like "LAMP_FLAT_BLUE"', False),
        ('DPR.TYPE like "LAMP.FLAT_BLUE"', False),
        ('DPR.TYPE like "LAMP,FL%FLAT_BLUE"', False),
        ('DPR.TYPE like "L%E"', True),
        ('DPR.TYPE like "L%T_%E"', True),
        ('EMPTY like "%"', True),
        ('DET.CHIPS like "2"', False),
        ('DPR.TYPE regexp "FLAT"', True),
        ('DPR.TYPE regexp "^FLAT"', False),
        ('DPR.TYPE regexp "^L[A-Z]+,"', True),
        ('DET.CHIPS regexp "2"', False),
        # types
        ("DPR.CATG is string", True),
        ("SPEED is string", True),
        ("DET.CHIPS is string", False),
        ("NOT.THERE is string", False),
        # ranges and sums
        ("DET.DIT between 1.5 and 2", True),
        ("DET.DIT between 1 and 1.5", True),
        ("DET.DIT between 2 and 1", False),
        ("DET.CHIPS + 1 - 2 * 2 == -1", True),
        ("-DET.DIT == -1.5", True),
        ("DET.CHIPS / 0 == 1", False),
        ("DET.CHIPS / 0 is undefined", True),
        ("1e300 * 1e300 is undefined", True),
        ("SPEED / 100 == 0.5", True),
        ("DPR.CATG + 1 is undefined", True),
        ("MJD-OBS - 3 < 60370", True),
        # values as conditions
        ("T", True),
        ("F", False),
        ("INS.LAMP", True),
        ("INS.DOOR", False),
        ("LETTER", True),
        ("DPR.CATG", False),
        ("DET.CHIPS", True),
        ("DET.CHIPS - 2", False),
        ("NOT.THERE", False),
        ("not NOT.THERE", True),
        ("(DET.CHIPS == 2) == T", True),
        # precedence
        ("T or F and F", True),
        ("(T or F) and F", False),
        ("not F and F", False),
        ("!(F and F)", True),
    ],
)
def test_a_condition_holds_as_the_reference_says(condition: str, expected: bool) -> None:
    (rule,) = parse_rules(f"if {condition} then {{}}").rules
    assert literal.holds(rule.condition, HEADER) is expected
    assert predicate(rule.condition)(HEADER, HEADER) is expected


def classify(text: str, header: dict[str, Value]) -> dict[str, Value]:
    rules = parse_rules(text)
    assigned = compile_rules(rules).classify(header)
    assert assigned == literal.classify(rules, header)
    return assigned


def test_later_assignments_overwrite_and_see_earlier_ones() -> None:
    text = """
        if DPR.TYPE == "BIAS" then { RAW.TYPE = "BIAS"; DO.CATG = "BIAS"; }
        if RAW.TYPE == "BIAS" and DET.CHIPS == 1 then { DO.CATG = "BIAS_BLUE"; }
        if DO.CATG == "BIAS_BLUE" then { COPY = DO.CATG; }
    """
    assert classify(text, {"DPR.TYPE": "BIAS", "DET.CHIPS": 1}) == {
        "RAW.TYPE": "BIAS",
        "DO.CATG": "BIAS_BLUE",
        "COPY": "BIAS_BLUE",
    }
    assert classify(text, {"DPR.TYPE": "BIAS"}) == {"RAW.TYPE": "BIAS", "DO.CATG": "BIAS"}
    assert classify(text, {"RAW.TYPE": "BIAS", "DET.CHIPS": 1})["DO.CATG"] == "BIAS_BLUE"
    assert classify(text, {}) == {}


def test_within_a_rule_an_assignment_sees_the_one_before() -> None:
    assert classify('if T then { A = "x"; B = A; A = "y"; }', {}) == {"A": "y", "B": "x"}


def test_assignments_take_values_conditions_and_sums_but_nothing_from_the_missing() -> None:
    text = """
        if T then { FLAG = TYPE like "B%"; N = DIT * 2; C = MISSING; D = MISSING + 1; G = TYPE; }
    """
    assert classify(text, {"TYPE": "BIAS", "DIT": 1.5, "C": "kept"}) == {
        "FLAG": True,
        "N": 3.0,
        "G": "BIAS",
    }


def test_else_acts_where_the_condition_does_not_hold() -> None:
    text = 'if A == 1 then { B = "yes"; } else { B = "no"; }'
    assert classify(text, {"A": 1}) == {"B": "yes"}
    assert classify(text, {"A": 2}) == {"B": "no"}
    assert classify(text, {}) == {"B": "no"}


def test_a_product_rule_may_copy_the_category_last() -> None:
    text = """
        if PRO.CATG like "%BIAS%" then { DO.CATG = "SOME_BIAS"; }
        if PRO.CATG is string then { DO.CATG = PRO.CATG; }
    """
    assert classify(text, {"PRO.CATG": "MASTER_BIAS"}) == {"DO.CATG": "MASTER_BIAS"}
    assert classify(text, {"PRO.CATG": 3}) == {}


@pytest.mark.parametrize("value", [10**400, -0.0, 1e308, float("inf"), float("nan"), "9" * 5000])
def test_odd_values_never_raise(value: Value) -> None:
    text = """
        if A * 1e300 > 1 then { X = A + A; }
        if A == 1 or A < 1.5 or A like "9%" or A between 0 and 1 then { Y = -A; }
        if A == "9" then { Z = 1; }
    """
    rules = parse_rules(text)
    compiled = compile_rules(rules).classify({"A": value})
    assert repr(compiled) == repr(literal.classify(rules, {"A": value}))


VALUES: tuple[Value, ...] = (
    "1",
    "1.0",
    " 1",
    "T",
    "F",
    "x",
    "",
    1,
    1.0,
    0,
    True,
    False,
    "1e0",
    2**60,
)


@pytest.mark.parametrize("left", VALUES)
@pytest.mark.parametrize("right", VALUES)
def test_equal_values_meet_in_an_index(left: Value, right: Value) -> None:
    if equal(left, right):
        assert index_key(left) == index_key(right)
        assert hash(index_key(left)) == hash(index_key(right))
