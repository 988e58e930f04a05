"""Every construct of the language, as its tree."""

from __future__ import annotations

import pytest

from dfs.organiser.rules import format_rules, parse_rules
from dfs.organiser.rules.syntax import (
    Action,
    Arithmetic,
    Assignment,
    Association,
    Between,
    Card,
    Comparison,
    Conjunction,
    Constant,
    Disjunction,
    Expression,
    Grouping,
    Keyword,
    Match,
    Negation,
    Negative,
    Organisation,
    Position,
    Priority,
    Product,
    Recipe,
    Rule,
    TypeTest,
)

A, B, C = Keyword("A"), Keyword("B"), Keyword("C")
CALIB = Comparison("==", Keyword("DPR.CATG"), Constant("CALIB"))


def condition(text: str) -> Expression:
    return parse_rules(f"if {text} then {{}}").rules[0].condition


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('DPR.CATG == "CALIB"', CALIB),
        ('DPR.CATG=="CALIB"', CALIB),
        ("DPR.CATG == 'CALIB'", CALIB),
        ('((DPR.CATG=="CALIB"))', CALIB),
        ("A != 1", Comparison("!=", A, Constant(1))),
        ("A <= -.2", Comparison("<=", A, Constant(-0.2))),
        ("A >= 3.", Comparison(">=", A, Constant(3.0))),
        ("A < 1e-3", Comparison("<", A, Constant(1e-3))),
        ("A > +4", Comparison(">", A, Constant(4))),
        ("inputFile.A?=B", Comparison("?=", Keyword("A", True), B)),
        ('A like "%FLAT_LAMP%"', Match("like", A, "%FLAT_LAMP%")),
        ('A regexp "^B.*"', Match("regexp", A, "^B.*")),
        ("A is undefined", TypeTest("undefined", A)),
        ("A is string", TypeTest("string", A)),
        ("A between 1 and 2", Between("between", A, Constant(1), Constant(2))),
        (
            "A between B and C and B",
            Conjunction((Between("between", A, B, C), B)),
        ),
        (
            "MJD-OBS tryBetween inputFile.MJD-OBS - 7.5 and inputFile.MJD-OBS + 7.5",
            Between(
                "tryBetween",
                Keyword("MJD-OBS"),
                Arithmetic("-", Keyword("MJD-OBS", True), Constant(7.5)),
                Arithmetic("+", Keyword("MJD-OBS", True), Constant(7.5)),
            ),
        ),
        ("A and B and C", Conjunction((A, B, C))),
        ("A or B and C", Disjunction((A, Conjunction((B, C))))),
        ("(A or B) and C", Conjunction((Disjunction((A, B)), C))),
        ("(A and B) and C", Conjunction((Conjunction((A, B)), C))),
        ("not A == 1", Negation(Comparison("==", A, Constant(1)))),
        ("!A", Negation(A)),
        ("! !A", Negation(Negation(A))),
        ("A - 1 - 2", Arithmetic("-", Arithmetic("-", A, Constant(1)), Constant(2))),
        ("A - (1 - 2)", Arithmetic("-", A, Arithmetic("-", Constant(1), Constant(2)))),
        ("A + B * C", Arithmetic("+", A, Arithmetic("*", B, C))),
        ("-A / 2", Arithmetic("/", Negative(A), Constant(2))),
        ("A-3 < 1", Comparison("<", Arithmetic("-", A, Constant(3)), Constant(1))),
        (
            "MJD-OBS-3 < 1",
            Comparison("<", Arithmetic("-", Keyword("MJD-OBS"), Constant(3)), Constant(1)),
        ),
        ("T", Constant(True)),
        ("(T)", Constant(True)),
        ("F", Constant(False)),
        ("T.X", Keyword("T.X")),
        ("TPL.START", Keyword("TPL.START")),
        ("DET.WIN1.BINX", Keyword("DET.WIN1.BINX")),
        ("det.win1_2.Binx", Keyword("det.win1_2.Binx")),
        ("android", Keyword("android")),
        ("or.x", Keyword("or.x")),
        ('A == "// no /* comment"', Comparison("==", A, Constant("// no /* comment"))),
        ("A == 'say \"yes\"'", Comparison("==", A, Constant('say "yes"'))),
        ('A == ""', Comparison("==", A, Constant(""))),
    ],
)
def test_an_expression_binds_as_in_the_reference(text: str, tree: Expression) -> None:
    assert condition(text) == tree
    assert (
        condition(format_rules(parse_rules(f"if {text} then {{}}"))[3:].split(" then\n")[0]) == tree
    )


def test_a_rule_assigns_strings_numbers_keywords_and_conditions() -> None:
    rules = parse_rules(
        """
        if T then
        {
          DO.CATG = "BIAS"; N = 3; DO.CLASS = PRO.CATG;;
          X.F = INS.OPTI1.NAME like "Blue%";
        }
        else { DO.CATG = "OTHER"; };
        """
    )
    assert rules.statements == (
        Rule(
            condition=Constant(True),
            assignments=(
                Assignment(keyword="DO.CATG", value=Constant("BIAS")),
                Assignment(keyword="N", value=Constant(3)),
                Assignment(keyword="DO.CLASS", value=Keyword("PRO.CATG")),
                Assignment(keyword="X.F", value=Match("like", Keyword("INS.OPTI1.NAME"), "Blue%")),
            ),
            otherwise=(Assignment(keyword="DO.CATG", value=Constant("OTHER")),),
        ),
    )


@pytest.mark.parametrize(
    ("text", "grouping"),
    [
        ("", None),
        (" group by A", Grouping((A,))),
        (" group by A,B , C as (TPL_A,tpl)", Grouping((A, B, C), False, "TPL_A", "tpl")),
        (" cluster by A as ( TPL_A, grp )", Grouping((A,), True, "TPL_A", "grp")),
    ],
)
def test_an_organisation_rule_selects_and_groups(text: str, grouping: Grouping | None) -> None:
    rules = parse_rules(f'select execute (BIAS) from inputFiles where DPR.CATG=="CALIB"{text};')
    assert rules.organisations == (
        Organisation(action="BIAS", source="inputFiles", condition=CALIB, grouping=grouping),
    )


def test_an_organisation_rule_needs_no_condition() -> None:
    assert parse_rules("select execute(X) from rawFiles group by A;").organisations == (
        Organisation(action="X", source="rawFiles", grouping=Grouping((A,))),
    )


def test_an_action_holds_cards_associations_recipes_products_and_priority_in_any_order() -> None:
    rules = parse_rules(
        """
        action DARK
        {
          recipe make_dark { "--sigma=3"; "--quick"; }
          product MASTER_DARK { PRO.CATG="MASTER_DARK"; PRO.EXT="tpl_0000.fits";}
          minRet = 0; maxRet = 1;
          select file as MASTER_BIAS from calibFiles where DPR.CATG=="CALIB";
          priority = -2.5;
          select file as LAMP-1.x from rawFiles;
          recipe check_dark
        }
        """
    )
    assert rules.actions == (
        Action(
            name="DARK",
            items=(
                Recipe(name="make_dark", options=("--sigma=3", "--quick")),
                Product(
                    name="MASTER_DARK",
                    assignments=(
                        Assignment(keyword="PRO.CATG", value=Constant("MASTER_DARK")),
                        Assignment(keyword="PRO.EXT", value=Constant("tpl_0000.fits")),
                    ),
                ),
                Card(kind="minRet", count=0),
                Card(kind="maxRet", count=1),
                Association(tag="MASTER_BIAS", source="calibFiles", condition=CALIB),
                Priority(value=-2.5),
                Association(tag="LAMP-1.x", source="rawFiles"),
                Recipe(name="check_dark"),
            ),
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";;;",
        "action EMPTY {}",
        "action A { recipe r { } }",
        "action A { minRet=2 select file as G from calibFiles; recipe r; }",
        "minRet=3;\nselect execute(A) from inputFiles;",
        "action 2MASS_1.x { recipe r-2; };",
        "action select { select file as from from calibFiles; recipe recipe; product as {} }",
        "if A==1 then{B=1;}if A==2 then{B=2;}",
        "if A==1\tthen\r\n{\r\n\tB=1;\r\n}\r\n",
        "if A==1 then {B=1;}\rif A==2 then {B=2;}\r",
        "\ufeffif A == 1 then { B = 'é'; }",
        "// comment\n/* and\n * another */ /// and\nif /* here */ A // there\nthen { /**/ }",
        "if A == 1 then { B = 1; } // no line end",
        "if A\u00a0== 1 then { B = 1; }",
    ],
)
def test_what_is_plain_enough_is_accepted(text: str) -> None:
    rules = parse_rules(text)
    assert parse_rules(format_rules(rules)) == rules


def test_a_glued_word_is_part_of_the_keyword() -> None:
    assert condition("A == DET.WIN1.BINYand") == Comparison("==", A, Keyword("DET.WIN1.BINYand"))


def test_nodes_know_their_places_and_places_do_not_make_trees_differ() -> None:
    rules = parse_rules('if A == 1\n   and B == "x" then\n{\n  C = B;\n}\n', "night.oca")
    (rule,) = rules.rules
    assert isinstance(rule.condition, Conjunction)
    assert str(rule.condition.operands[1].position) == "night.oca:2:8"
    assert rule.assignments[0].position == Position("night.oca", 4, 3)
    assert parse_rules('if A==1 and B=="x" then{C=B;}') == rules


def test_one_and_true_are_different_constants() -> None:
    assert len({Constant(1), Constant(1.0), Constant(True)}) == 3


COMMENTED = """\
// about the file
/* about
   the rule */
if DPR.CATG == "CALIB" then
{
  DO.CATG = "BIAS"; // the usual
  // at the end
}

// before the group
select execute(BIAS) from inputFiles;

// of the action
action BIAS
{
  // minRet = 1;
  recipe r; // a recipe
  // last words
}
// end of file
"""


def test_the_formatter_keeps_every_comment_where_it_belongs() -> None:
    formatted = format_rules(parse_rules(COMMENTED))
    assert formatted == (
        """\
// about the file
/* about
   the rule */
if DPR.CATG == "CALIB" then
{
  // the usual
  DO.CATG = "BIAS";
  // at the end
}

// before the group
select execute(BIAS) from inputFiles;

// of the action
action BIAS
{
  // minRet = 1;
  // a recipe
  recipe r;
  // last words
}

// end of file
"""
    )
    assert format_rules(parse_rules(formatted)) == formatted


def test_the_formatter_breaks_long_lines_before_clauses_and_never_in_strings() -> None:
    text = " and ".join(f'inputFile.INS.GRAT{n}.NAME == "a  and b, {n}"' for n in range(9))
    source = f"action A {{ select file as X from calibFiles where {text}; }}"
    formatted = format_rules(parse_rules(source))
    assert max(map(len, formatted.splitlines())) <= 102
    assert all(
        line.strip().startswith(("action", "{", "}", "select", "and", "where"))
        for line in formatted.splitlines()
    )
    assert formatted.count('"a  and b, ') == 9
