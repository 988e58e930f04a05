"""Each warning: what raises it, where it points, and what does not raise it."""

from __future__ import annotations

import pytest

from dfs.organiser.rules import Dictionary, LintWarning, lint_rules, parse_rules
from dfs.organiser.rules.dictionary import parse_dictionary
from dfs.organiser.rules.lint import LINTS

ACTION = "action A { recipe r; }\nselect execute(A) from inputFiles;\n"


def found(text: str, name: str, **known: object) -> list[str]:
    """Warnings of one name, as ``line:column message``."""
    warnings = lint_rules(parse_rules(text, "n.oca"), **known)  # type: ignore[arg-type]
    assert all(warning.rule in LINTS for warning in warnings)
    return [
        f"{warning.position.line}:{warning.position.column} {warning.message}"
        for warning in warnings
        if warning.rule == name
    ]


def test_sound_rules_raise_nothing() -> None:
    text = """
        if DPR.TYPE == "BIAS" then { DO.CATG = "BIAS"; }
        if DPR.TYPE == "DARK" then { DO.CATG = "DARK"; }
        if PRO.CATG == "MASTER_BIAS" then { DO.CATG = "MASTER_BIAS"; }
        select execute(BIAS) from inputFiles where DO.CATG == "BIAS" group by DET.BINX, TPL.START;
        select execute(DARK) from inputFiles where DO.CATG == "DARK" group by DET.BINX;
        action BIAS { recipe b; product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; } }
        action DARK { recipe d; minRet = 1; maxRet = 1;
          select file as MASTER_BIAS from calibFiles where DO.CATG == "MASTER_BIAS"
            and inputFile.DET.BINX == DET.BINX; }
    """
    assert lint_rules(parse_rules(text)) == ()


def test_a_warning_reads_like_a_compilers() -> None:
    (warning,) = lint_rules(parse_rules("action A { }", "n.oca"))
    assert isinstance(warning, LintWarning)
    assert warning.file == "n.oca"
    assert str(warning) == "n.oca:1:1: missing-recipe: action A has no recipe"


def test_warnings_come_in_the_order_of_their_places() -> None:
    warnings = lint_rules(parse_rules("action B { }\naction A { }\n" * 3, "n.oca"))
    assert list(warnings) == sorted(warnings)
    assert len(warnings) > 6


DICTIONARY = Dictionary(
    parse_dictionary("Parameter Name: INS LAMPi NAME\nParameter Name: INS MODE\n")
)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("INS.MODES == 1", "no dictionary defines INS.MODES; is INS.MODE meant?"),
        ("INS.LAMPX.NAME == 1", "no dictionary defines INS.LAMPX.NAME; is INS.LAMPi.NAME meant?"),
        ("FOO.BAR == 1", "no dictionary defines FOO.BAR"),
        ("NONSENSE == 1", "no dictionary defines NONSENSE"),
        ("INS.MODE == 1", ""),
        ("INS.LAMP12.NAME == 1", ""),
        ("INSTRUME == 1 and MJD-OBS > 1 and NAXIS1 == 2", ""),
        ("DET.WIN1.BINX == 1", ""),
        ("X.MINE == 1", ""),
    ],
)
def test_unknown_keyword(condition: str, message: str) -> None:
    text = f"if T then {{ X.MINE = 1; }}\nif {condition} then {{ Y = 1; }}"
    expected = [f"2:4 {message}"] if message else []
    assert found(text, "unknown-keyword", dictionary=DICTIONARY) == expected
    assert found(text, "unknown-keyword") == []


def test_an_unknown_keyword_is_reported_once() -> None:
    text = "if A.B == 1 then { C = 1; }\nif A.B == 2 then { C = 2; }"
    assert len(found(text, "unknown-keyword", dictionary=DICTIONARY)) == 1


def test_glued_token() -> None:
    assert found("if A == DET.WIN1.BINYand then { B = 1; }", "glued-token") == [
        "1:9 DET.WIN1.BINYand runs into the word 'and': a blank is missing"
    ]
    assert found("if MJD-OBS-MJD-OBS < 3 then { B = 1; }", "glued-token") == [
        "1:4 MJD-OBS-MJD-OBS is one keyword; put blanks around a minus"
    ]
    assert found("if DET.BRAND == 1 and DATE-OBS is string then { B = 1; }", "glued-token") == []


def test_doubled_and_missing_prefix() -> None:
    text = (
        "if DET.WIN1.BINX == 1 and DET.WIN1.BINX < 2 then { DO.CATG = 1; }\n"
        "if LF.DO.CATG == 1 and LF.DO.CATG < 2 and DO.CATG == 1 then { B = 1; }\n"
        "select execute(A) from inputFiles group by DET.DET.NX, WIN1.BINX;"
    )
    assert found(text, "doubled-prefix") == ["3:44 DET.DET.NX has DET twice in a row"]
    assert found(text, "missing-prefix") == ["3:56 WIN1.BINX looks like the end of DET.WIN1.BINX"]


def test_case_trap() -> None:
    text = """if DPR.TYPE like "%TEST%" and DPR.TYPE == "A" then { B = 1; }
if DPR.TYPE like "%TEST%" then { B = 1; }
if DPR.TYPE like "%test%" then { B = 1; }
if Dpr.Type == "B" or inputfile.DPR.TYPE == "C" then { B = 1; }
if TPL.ID like "%x%" or TPL.ID like "%X%" then { B = 1; }
"""
    assert found(text, "case-trap") == [
        '3:4 "%test%" and "%TEST%" are two values of DPR.TYPE',
        "4:4 Dpr.Type and DPR.TYPE are two keywords",
        "4:23 inputfile.DPR.TYPE is a keyword; the prefix is spelled inputFile",
    ]


@pytest.mark.parametrize(
    ("condition", "impossible"),
    [
        ('A == "x" and A == "y"', True),
        ('A == "x" and B == 1 and A != "x"', True),
        ('A == "x" and A like "y%"', True),
        ('A like "y%" and A == "x"', True),
        ('A == "x" and A regexp "y"', True),
        ("A == 1 and A == 2", True),
        ("A == 1 and A > 2", True),
        ("A > 2 and A < 1", True),
        ("A > 2 and A <= 2", True),
        ("A is undefined and A == 1", True),
        ('A is undefined and A like "%"', True),
        ("A is undefined and A is string", True),
        ("F", True),
        ('(A == "x" or A == "z") and A == "y"', True),
        ('A == "x" or A == "y"', False),
        ('(A == "x" or A == "y") and A == "y"', False),
        ('A == "x" and inputFile.A == "y"', False),
        ('A == "1" and A == 1', False),
        ('A == "1" and A == "1.0"', False),
        ('A == "T" and A == T', False),
        ('A == "x" and A like "%x%"', False),
        ("A >= 2 and A <= 2", False),
        ("A is undefined and A ?= 1", False),
        ("A is undefined and A is undefined", False),
        ('A == "x" and not A == "x"', False),
        (" and ".join(f"(A{n} == 1 or B{n} == 1)" for n in range(20)), False),
    ],
)
def test_unreachable_rule(condition: str, impossible: bool) -> None:
    as_rule = found(f"if {condition} then {{ B = 1; }}", "unreachable-rule")
    as_group = found(f"select execute(A) from inputFiles where {condition};", "unreachable-rule")
    assert bool(as_rule) == bool(as_group) == impossible
    assert all(message.startswith("1:1 this can never hold: ") for message in as_rule + as_group)


@pytest.mark.parametrize(
    ("first", "between", "last", "shadowed"),
    [
        ('A == "TEST"', "", 'A like "%TEST%"', True),
        ('A like "%XTESTY%"', "", 'A like "%TEST%"', True),
        ('A == "x" and B == 1', "", 'A == "x"', True),
        ('A == "x"', "", 'A == "x"', True),
        ('A == "x"', "", 'A == "y" or A == "x"', True),
        ('A == "x" or A == "y"', "", 'A != "z"', True),
        ('A == "x"', "", "T", True),
        ('A == "x"', "", "A is string", True),
        ('A like "%TEST%"', "", 'A == "TEST"', False),
        ('A == "x" or B == 1', "", 'A == "x"', False),
        ('A == "x"', "", 'A == "x" and B == 1', False),
        ('A == "test"', "", 'A like "%TEST%"', False),
        ('A == "1"', "", 'A like "1"', False),
        ('A == "x"', "if C == 1 then { E = DO.CATG; }", 'A == "x"', False),
        ('A == "x"', 'if DO.CATG == "FIRST" then { E = 1; }', 'A == "x"', False),
        ('A == "x"', 'if B == 1 then { A = "z"; }', 'A == "x"', False),
        ('A == "x"', "if B == 1 then { E = 1; }", 'A == "x"', True),
    ],
)
def test_shadowed_rule(first: str, between: str, last: str, shadowed: bool) -> None:
    text = (
        f'if {first} then {{ DO.CATG = "FIRST"; }}\n{between}\n'
        f'if {last} then {{ DO.CATG = "LAST"; EXTRA = 1; }}\n'
    )
    message = (
        "1:1 every file that this rule matches also matches the rule at line 3, "
        "which overwrites all it assigns"
    )
    assert found(text, "shadowed-rule") == ([message] if shadowed else [])


def test_a_rule_that_assigns_more_or_whose_heir_may_assign_nothing_is_not_shadowed() -> None:
    more = 'if A == "x" then { B = 1; C = 1; }\nif A == "x" then { B = 2; }'
    unsure = 'if A == "x" then { B = 1; }\nif A == "x" then { B = PRO.CATG; }'
    otherwise = 'if A == "x" then { B = 1; } else { C = 1; }\nif A == "x" then { B = 2; C = 2; }'
    for text in (more, unsure, otherwise):
        assert found(text, "shadowed-rule") == []


CASCADE = """if DPR.TYPE == "BIAS" then { RAW.TYPE = "BIAS"; }
if DPR.TYPE == "ODD" then { RAW.TYPE = "ODD"; }
if PRO.CATG == "STATIC" then { DO.CATG = "STATIC"; }
select execute(BIAS) from inputFiles where RAW.TYPE == "BIAS";
select execute(NONE) from inputFiles where RAW.TYPE == "NEVER";
action BIAS { recipe b;
  product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; }
  product RESIDUAL { PRO.CATG = "RESIDUAL"; } }
action DARK { recipe d;
  select file as MASTER_BIAS from calibFiles where PRO.CATG == "MASTER_BIAS";
  select file as STATIC from calibFiles where PRO.CATG == "STATIC";
  select file as MASTER_FLAT from calibFiles where PRO.CATG like "MASTER_BIASS";
  select file as RAW from rawFiles where DPR.TYPE == "WHATEVER"; }
"""


def test_unused_and_unproduced_tag() -> None:
    assert found(CASCADE, "unused-tag") == [
        "2:1 nothing selects files with RAW.TYPE ODD",
        "8:3 no association takes RESIDUAL, which action BIAS makes",
    ]
    assert found(CASCADE, "unproduced-tag") == [
        "5:1 nothing makes files with RAW.TYPE NEVER",
        "12:3 nothing makes files with PRO.CATG MASTER_BIASS; is MASTER_BIAS meant?",
    ]


def test_a_product_is_used_if_classification_gives_it_the_tag_that_is_selected() -> None:
    text = """
        if PRO.CATG is string then { DO.CATG = PRO.CATG; }
        select execute(BIAS) from inputFiles where DPR.TYPE == "BIAS";
        action BIAS { recipe b; product MASTER_BIAS { PRO.CATG = "MASTER_BIAS"; } }
        action DARK { recipe d;
          select file as MASTER_BIAS from calibFiles where DO.CATG == "MASTER_BIAS"; }
    """
    assert found(text, "unused-tag") == []
    assert found(text, "unproduced-tag") == []


def test_classification_alone_is_not_asked_what_selects_its_tags() -> None:
    assert found('if A == 1 then { DO.CATG = "X"; }', "unused-tag") == []


def test_misnamed_tag() -> None:
    text = """if PRO.CATG == "FORMAT_TAB_NIR" then { DO.CATG = "FORMAT_TAB_NIR"; }
action A { recipe r;
  select file as FORMAT_TAB_BIR from calibFiles where DO.CATG == "FORMAT_TAB_NIR";
  select file as ANYTHING from calibFiles where DO.CATG == "FORMAT_TAB_NIR"; }"""
    assert found(text, "misnamed-tag") == [
        "3:3 the files are called FORMAT_TAB_BIR but their tag is FORMAT_TAB_NIR"
    ]


def needs(action: str, wanted: str, made: str) -> str:
    return (
        f'action {action} {{ recipe r; product {made} {{ PRO.CATG = "{made}"; }}\n'
        f'select file as {wanted} from calibFiles where PRO.CATG == "{wanted}"; }}\n'
    )


def test_cyclic_cascade() -> None:
    circle = needs("A", "PC", "PA") + needs("B", "PA", "PB") + needs("C", "PB", "PC")
    assert found(circle, "cyclic-cascade") == [
        "1:1 these actions need each other's products: A <- C <- B <- A"
    ]
    assert found(needs("A", "PA", "PA"), "cyclic-cascade") == ["1:1 action A needs its own product"]
    line = needs("A", "PX", "PA") + needs("B", "PA", "PB") + needs("C", "PB", "PC")
    assert found(line, "cyclic-cascade") == []


def test_limits() -> None:
    text = """action A { recipe r;
  minRet = 2; maxRet = 1; select file as X from calibFiles;
  minRet = 0; maxRet = 0; select file as Y from calibFiles;
  maxRet = 0; select file as Z from calibFiles;
  minRet = 3; select file as V from calibFiles;
}"""
    assert found(text, "inverted-limits") == [
        "2:27 minRet is 2 and maxRet is 1",
        "4:15 minRet is 1 and maxRet is 0",
    ]
    assert found(text, "never-taken") == ["3:27 Y is never taken, since maxRet is 0"]


def test_dangling_card() -> None:
    text = """action A { recipe r; minRet = 1;
minRet = 0; select file as X from calibFiles;
maxRet = 1; }"""
    assert found(text, "dangling-card") == [
        "1:22 no select uses this minRet = 1",
        "3:1 no select uses this maxRet = 1",
    ]


def test_untested_group_key() -> None:
    text = """if INS.MODE == 1 then { A = 1; }
select execute(A) from inputFiles where B.C == 1 group by INS.MODE, B.C, D.E, TPL.START, F.G;
action A { recipe r; select file as X from calibFiles where inputFile.D.E == D.E; }"""
    assert found(text, "untested-group-key") == ["2:90 no condition tests F.G, by which A groups"]


def test_actions_selected_and_defined() -> None:
    text = "action A { recipe r; }\naction B { recipe r; }\naction B { recipe s; }\n"
    text += "select execute(A) from inputFiles;\nselect execute(C) from inputFiles;\n"
    assert found(text, "undefined-action") == ["5:1 no action C is defined"]
    assert found(text, "unselected-action") == [
        "2:1 no rule selects files for action B",
        "3:1 no rule selects files for action B",
    ]
    assert found(text, "duplicate-action") == ["2:1 the action B at line 3 replaces this one"]
    assert found("select execute(C) from inputFiles;", "undefined-action") == []
    assert found("action A { recipe r; }", "unselected-action") == []


def test_recipes() -> None:
    text = (
        "action A { }\naction B { recipe none; }\naction C { recipe make_dork; recipe make_bias; }"
    )
    assert found(text, "missing-recipe") == [
        "1:1 action A has no recipe",
        "2:12 action B has the recipe 'none'",
    ]
    assert found(text, "unknown-recipe", recipes={"make_dark", "make_bias"}) == [
        "3:12 there is no recipe make_dork; is make_dark meant?"
    ]
    assert found(text, "unknown-recipe") == []
